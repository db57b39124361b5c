"""Registers, discovers and configures with Python's standard library alone, over HTTP and over DNS.

Usage: registry_client.py URL DNS_ADDRESS DNS_PORT. Prints a line for each step; exits with 1 when one goes wrong.
"""

import json
import socket
import struct
import sys
import urllib.error
import urllib.request

TYPE_A, TYPE_TXT, TYPE_SRV = 1, 16, 33
RCODE_NXDOMAIN = 3


class RegistryClient:
    """The plain registry: names, addresses, a port, and one JSON object of configuration for each service."""

    def __init__(self, url):
        self.url = url

    def register(self, name, address, port):
        return self._call("POST", "/register", {"name": name, "address": address, "port": port})

    def unregister(self, name):
        return self._call("DELETE", f"/unregister/{name}")

    def discover(self, name):
        """The address and port of one instance, or None when there is none."""
        try:
            entry = self._call("GET", f"/discover/{name}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return entry["address"], entry["port"]

    def load_configuration(self, service):
        return self._call("GET", f"/config/{service}")

    def update_configuration(self, service, values):
        return self._call("POST", f"/config/{service}", values)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.load(response)


def query(server, name, qtype):
    """Asks over UDP without EDNS. Returns the rcode and the RDATA of the answers, with where it stands in the response."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    request = struct.pack(">6H", 4711, 0, 1, 0, 0, 0) + question + struct.pack(">2H", qtype, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(5)
        udp.sendto(request, server)
        response = udp.recv(512)
    identifier, flags, _, answers, _, _ = struct.unpack_from(">6H", response)
    assert identifier == 4711 and flags & 0x8400 == 0x8400, f"not an authoritative response: {flags:#06x}"
    offset = len(request)
    rdatas = []
    for _ in range(answers):
        offset = name_end(response, offset)
        length = struct.unpack_from(">H", response, offset + 8)[0]
        rdatas.append((response, offset + 10, length))
        offset += 10 + length
    return flags & 0xF, rdatas


def name_end(message, offset):
    while message[offset] != 0:
        if message[offset] >= 0xC0:
            return offset + 2
        offset += 1 + message[offset]
    return offset + 1


def read_name(message, offset):
    labels = []
    while message[offset] != 0:
        if message[offset] >= 0xC0:
            offset = struct.unpack_from(">H", message, offset)[0] & 0x3FFF
            continue
        labels.append(message[offset + 1 : offset + 1 + message[offset]].decode())
        offset += 1 + message[offset]
    return ".".join(labels)


def addresses(server, name):
    return sorted(socket.inet_ntoa(message[at : at + 4]) for message, at, _ in query(server, name, TYPE_A)[1])


def endpoints(server, name):
    """Addresses and ports of a service, by SRV and then A, as any client does it."""
    found = []
    for message, at, _ in query(server, name, TYPE_SRV)[1]:
        port = struct.unpack_from(">H", message, at + 4)[0]
        found += [(address, port) for address in addresses(server, read_name(message, at + 6))]
    return sorted(found)


def strings(server, name):
    """The strings of the TXT records of a name."""
    found = []
    for message, at, length in query(server, name, TYPE_TXT)[1]:
        end = at + length
        while at < end:
            found.append(message[at + 1 : at + 1 + message[at]].decode())
            at += 1 + message[at]
    return found


def expect(what, expected, actual):
    if actual != expected:
        sys.exit(f"{what}: expected {expected}: got {actual}")
    print(f"{what}: {actual}")


def main(url, address, port):
    registry, server = RegistryClient(url), (address, int(port))
    registry.register("users", "10.0.0.7", 8080)
    registry.register("users", "10.0.0.8", 8081)
    everybody = [("10.0.0.7", 8080), ("10.0.0.8", 8081)]
    expect("discovered over HTTP in turns", everybody, sorted(registry.discover("users") for _ in everybody))
    expect("discovered over DNS", everybody, endpoints(server, "users.svc.internal"))

    registry.update_configuration("users", {"timeout": 30, "log.level": "info"})
    registry.update_configuration("users", {"log.level": "debug"})
    expect("configuration over HTTP", {"timeout": 30, "log.level": "debug"}, registry.load_configuration("users"))
    expect("configuration over DNS", ["log.level=debug", "timeout=30"], strings(server, "_config.users.svc.internal"))

    registry.unregister("users")
    expect("discovered when gone", None, registry.discover("users"))
    expect("addresses when gone", [], addresses(server, "users.svc.internal"))
    expect("rcode of a name never heard of", RCODE_NXDOMAIN, query(server, "nobody.svc.internal", TYPE_A)[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
