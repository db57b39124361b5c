import { isIPv6 } from "node:net";
import type { Client, Endpoint } from "./transport.ts";

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken by another program",
  EACCES: "this port needs a privilege (on Linux CAP_NET_BIND_SERVICE)",
  EADDRNOTAVAIL: "no network interface has this address",
  EAFNOSUPPORT: "this machine does not speak this address family",
  EINVAL: "the address must be an IPv4 or IPv6 address",
};

/** A listener could not be opened; `message` says where and why, `cause` is the system's error. */
export class ListenError extends Error {
  readonly code = "MUSTER_LISTEN";

  constructor(at: Endpoint, protocol: Client["protocol"] | "http", cause: NodeJS.ErrnoException) {
    const reason = REASONS[cause.code ?? ""] ?? cause.message;
    super(`Cannot listen on ${endpointText(at)} (${protocol}) as ${reason}`, { cause });
    this.name = "ListenError";
  }
}

function endpointText({ address, port }: Endpoint): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
