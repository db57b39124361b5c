import { isIPv6 } from "node:net";
import { ipv6Octets, ipv6Text } from "../dns/addresses.ts";
import { addressOctets } from "../dns/networks.ts";
import { checked, type Libc, Pinned } from "./libc.ts";
import { ListenError } from "./listen-error.ts";
import {
  AF_INET,
  AF_INET6,
  portIn,
  SOCKADDR_IN_OCTETS,
  SOCKADDR_IN6_OCTETS,
  writeSocketAddress,
} from "./socket-address.ts";
import type { Endpoint } from "./transport.ts";

/** A bound socket; plain data, so that another thread can be told of it. */
export interface UdpSocket {
  readonly fd: number;
  /** What it is bound to: port 0 has become a number. */
  readonly endpoint: Endpoint;
  readonly isIpv6: boolean;
  /** Bound to every address of the machine: each datagram tells which it came to (IP_PKTINFO, RFC 3542 §6). */
  readonly isWildcard: boolean;
}

/**
 * Opens `count` sockets at one endpoint, among which the kernel divides the clients (SO_REUSEPORT). Throws ListenError.
 * They belong to the process: a thread that answered one can be replaced, and neither port nor waiting datagrams are lost.
 */
export function openUdpSockets(libc: Libc, at: Endpoint, count: number): UdpSocket[] {
  const sockets: UdpSocket[] = [];
  try {
    while (sockets.length < count) sockets.push(openSocket(libc, sockets[0]?.endpoint ?? at, sockets.length === 0));
    return sockets;
  } catch (error) {
    closeUdpSockets(libc, sockets);
    throw new ListenError(at, "udp", error as NodeJS.ErrnoException);
  }
}

export function closeUdpSockets(libc: Libc, sockets: readonly UdpSocket[]): void {
  for (const { fd } of sockets) libc.close(fd);
}

const [SOCK_DGRAM, SOCK_CLOEXEC] = [2, 0o2000000];

function openSocket(libc: Libc, at: Endpoint, isFirst: boolean): UdpSocket {
  const isIpv6 = isIPv6(at.address);
  const isWildcard = /^\0*$/.test(addressOctets(at.address) ?? "");
  const fd = checked("socket", libc.socket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    configure(libc, fd, isIpv6, isWildcard);
    // The first binds alone, or any program of this user with the port would share it with us, and nobody would know.
    if (!isFirst) setOption(libc, fd, OPTION.reusePort, 1);
    const port = bind(libc, fd, at, isIpv6);
    if (isFirst) setOption(libc, fd, OPTION.reusePort, 1);
    return { fd, endpoint: { address: canonical(at.address), port }, isIpv6, isWildcard };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** An IPv6 address as those of clients are written; one with a zone stays as it is. */
function canonical(address: string): string {
  const octets = ipv6Octets(address);
  return octets === undefined ? address : ipv6Text(octets);
}

const [SOL_SOCKET, SOL_IP, SOL_IPV6] = [1, 0, 41];

/** Socket options: level and name. */
const OPTION = {
  sendBuffer: [SOL_SOCKET, 7],
  receiveBuffer: [SOL_SOCKET, 8],
  reusePort: [SOL_SOCKET, 15],
  receiveBufferForce: [SOL_SOCKET, 33],
  ipPktinfo: [SOL_IP, 8],
  ipMtuDiscover: [SOL_IP, 10],
  ipv6MtuDiscover: [SOL_IPV6, 23],
  ipv6Only: [SOL_IPV6, 26],
  ipv6RecvPktinfo: [SOL_IPV6, 49],
} as const;

/** What we ask the kernel to hold of datagrams that wait, in and out; it gives what it allows. */
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024;
const PMTUDISC_OMIT = 5;

function configure(libc: Libc, fd: number, isIpv6: boolean, isWildcard: boolean): void {
  // An IPv6 socket must leave the IPv4 port to its sibling.
  if (isIpv6) setOption(libc, fd, OPTION.ipv6Only, 1);
  if (isWildcard) setOption(libc, fd, isIpv6 ? OPTION.ipv6RecvPktinfo : OPTION.ipPktinfo, 1);
  // No forged ICMP message makes us cut responses into fragments, of which somebody else could send the second.
  setOption(libc, fd, isIpv6 ? OPTION.ipv6MtuDiscover : OPTION.ipMtuDiscover, PMTUDISC_OMIT);
  setOption(libc, fd, OPTION.sendBuffer, SOCKET_BUFFER_OCTETS);
  try {
    setOption(libc, fd, OPTION.receiveBufferForce, SOCKET_BUFFER_OCTETS);
  } catch {
    // That goes beyond net.core.rmem_max and takes a privilege.
    setOption(libc, fd, OPTION.receiveBuffer, SOCKET_BUFFER_OCTETS);
  }
}

function setOption(libc: Libc, fd: number, [level, name]: readonly [number, number], value: number): void {
  const memory = new Pinned(libc, 4);
  memory.view.setInt32(0, value, true);
  checked("setsockopt", libc.setsockopt(fd, level, name, memory.address, 4));
}

/** Binds, and returns the port. */
function bind(libc: Libc, fd: number, at: Endpoint, isIpv6: boolean): number {
  const memory = new Pinned(libc, SOCKADDR_IN6_OCTETS);
  const octets = isIpv6 ? SOCKADDR_IN6_OCTETS : SOCKADDR_IN_OCTETS;
  writeSocketAddress(memory.view, at);
  checked("bind", libc.bind(fd, memory.address, octets));
  const room = new Pinned(libc, 4);
  room.view.setUint32(0, octets, true);
  checked("getsockname", libc.getsockname(fd, memory.address, room.address));
  return portIn(memory.words()[0]!);
}
