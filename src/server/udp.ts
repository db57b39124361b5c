import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { DnsCounters } from "../observe/dns-counters.ts";
import { Datagrams } from "./datagrams.ts";
import { exchangeWith } from "./exchange.ts";
import { ListenError } from "./listen-error.ts";
import type { Endpoint, Listener, ListenOptions, Responder } from "./transport.ts";

/** What we ask the operating system to hold of datagrams that wait, in and out; it gives what it allows. */
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024;

/** Answers DNS over UDP (RFC 1035 §4.2.1) at an IPv4 or IPv6 address. Rejects with ListenError. */
export async function listenUdp(at: Endpoint, responder: Responder, options: ListenOptions = {}): Promise<Listener> {
  const counters = options.counters ?? new DnsCounters();
  const socket = openSocket(at.address);
  try {
    const listening = once(socket, "listening");
    socket.bind(at.port, at.address);
    await listening;
  } catch (error) {
    socket.close();
    throw new ListenError(at, "udp", error as NodeJS.ErrnoException);
  }
  socket.on("error", () => counters.drop("receive-error"));
  raiseBuffers(socket);
  const { address, port } = socket.address();
  const endpoint = { address, port };
  const datagrams = new Datagrams(socket, endpoint, exchangeWith(responder, counters, options.onError), counters);
  let closed: Promise<void> | undefined;
  const close = () => {
    datagrams.stop();
    return new Promise<void>((resolve) => socket.close(resolve));
  };
  return { endpoint, close: () => (closed ??= close()) };
}

function openSocket(address: string): Socket {
  return createSocket({
    // An IPv6 socket must leave the IPv4 port to its sibling.
    ...(isIPv6(address) ? { type: "udp6", ipv6Only: true } : { type: "udp4" }),
    // Addresses are literals: without a lookup on the next tick, `send` reaches the kernel before it returns.
    lookup: (literal, { family }, found) => found(null, literal, Number(family)),
  });
}

function raiseBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_OCTETS);
    socket.setSendBufferSize(SOCKET_BUFFER_OCTETS);
  } catch {
    // Some systems refuse where Linux gives less. The default serves too, with more loss in a burst.
  }
}
