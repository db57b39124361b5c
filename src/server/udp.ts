import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import { DnsCounters } from "../observe/dns-counters.ts";
import { type Exchange, exchangeWith } from "./exchange.ts";
import { ListenError } from "./listen-error.ts";
import type { Endpoint, Listener, ListenOptions, Responder } from "./transport.ts";

/** What we ask the operating system to hold of datagrams that wait, in and out; it gives what it allows. */
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024;
/** Responses that may wait for a full socket; those after them are dropped, as UDP may. */
const SENDS_QUEUED_MAX = 64;

/** Answers DNS over UDP (RFC 1035 §4.2.1) at an IPv4 or IPv6 address. Rejects with ListenError. */
export async function listenUdp(at: Endpoint, responder: Responder, options: ListenOptions = {}): Promise<Listener> {
  const counters = options.counters ?? new DnsCounters();
  const socket = openSocket(at.address);
  answerDatagrams(socket, exchangeWith(responder, counters, options.onError), counters);
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
  let closed: Promise<void> | undefined;
  return {
    endpoint: { address, port },
    close: () => (closed ??= new Promise((resolve) => socket.close(resolve))),
  };
}

function openSocket(address: string): Socket {
  return createSocket({
    // An IPv6 socket must leave the IPv4 port to its sibling.
    ...(isIPv6(address) ? { type: "udp6", ipv6Only: true } : { type: "udp4" }),
    // Addresses are literals: without a lookup on the next tick, `send` reaches the kernel before it returns.
    lookup: (literal, { family }, found) => found(null, literal, Number(family)),
  });
}

/** What of a socket the answering needs, so that tests can stand in for a congested one. */
export type DatagramSocket = Pick<Socket, "on" | "send" | "getSendQueueCount">;

/** Answers every datagram of `socket`, from one buffer. */
export function answerDatagrams(socket: DatagramSocket, exchange: Exchange, counters: DnsCounters): void {
  let out = Buffer.allocUnsafeSlow(MESSAGE_OCTETS_MAX);
  let sendsQueued = 0;
  const onSent = (error: Error | null) => {
    if (error !== null) counters.drop("send-error");
  };
  socket.on("message", (request, { address, port }) => {
    if (port === 0) return counters.drop("port-zero");
    if (sendsQueued > 0) sendsQueued = socket.getSendQueueCount();
    if (sendsQueued >= SENDS_QUEUED_MAX) return counters.drop("send-queue");
    const length = exchange(request, { address, port, protocol: "udp" }, out);
    if (length === 0) return;
    socket.send(out, 0, length, port, address, onSent);
    sendsQueued = socket.getSendQueueCount();
    // The kernel took no more and a queued response still lies in this buffer: leave it to the queue.
    if (sendsQueued > 0) out = Buffer.allocUnsafeSlow(MESSAGE_OCTETS_MAX);
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
