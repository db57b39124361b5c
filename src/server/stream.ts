import { once } from "node:events";
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from "node:net";
import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import { DnsCounters } from "../observe/dns-counters.ts";
import { type Exchange, exchangeWith } from "./exchange.ts";
import { ListenError } from "./listen-error.ts";
import { type AnswerFramed, StreamConnection, type StreamTimes } from "./stream-connection.ts";
import type { Client, Endpoint, Listener, ListenOptions, Responder } from "./transport.ts";

/** What the clients of one listener may take of it (RFC 7766 §6.2.2, RFC 9210 §4). */
export interface StreamLimits extends StreamTimes {
  readonly connectionsMax: number;
  /** A client is an address; behind one there may be a whole network. */
  readonly connectionsPerClientMax: number;
}

const STREAM_LIMITS: StreamLimits = {
  idleMs: 10_000,
  lifetimeMs: 600_000,
  drainMs: 10_000,
  graceMs: 1000,
  connectionsMax: 2000,
  connectionsPerClientMax: 500,
};

interface StreamOptions extends ListenOptions {
  /** Those given replace the ones of STREAM_LIMITS. */
  readonly limits?: Partial<StreamLimits>;
}

/** The connections of one listener, and what they share. */
interface Streams {
  readonly open: Set<StreamConnection>;
  readonly answer: AnswerFramed;
  readonly limits: StreamLimits;
  readonly counters: DnsCounters;
}

/** Answers DNS over TCP (RFC 7766) at an IPv4 or IPv6 address. Rejects with ListenError. */
export async function listenTcp(at: Endpoint, responder: Responder, options: StreamOptions = {}): Promise<Listener> {
  const counters = options.counters ?? new DnsCounters();
  const streams: Streams = {
    open: new Set(),
    answer: framedAnswers(exchangeWith(responder, counters, options.onError)),
    limits: { ...STREAM_LIMITS, ...options.limits },
    counters,
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => admit(socket, streams));
  try {
    const listening = once(server, "listening");
    server.listen({ host: at.address, port: at.port, ipv6Only: isIPv6(at.address) });
    await listening;
  } catch (error) {
    throw new ListenError(at, "tcp", error as NodeJS.ErrnoException);
  }
  server.on("error", () => counters.drop("accept-error"));
  const { address, port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return { endpoint: { address, port }, close: () => (closed ??= closeStreams(server, streams)) };
}

/** Resolves when the last connection is gone: at once for idle ones, after `graceMs` at most for the others. */
function closeStreams(server: Server, { open }: Streams): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const connection of open) connection.leave();
  });
}

/** All responses are written into one frame, which is copied out because a socket may hold it until the client reads. */
function framedAnswers(exchange: Exchange): AnswerFramed {
  const frame = Buffer.allocUnsafeSlow(2 + MESSAGE_OCTETS_MAX);
  const out = frame.subarray(2);
  return (request, client) => {
    const length = exchange(request, client, out);
    if (length === 0) return undefined;
    frame.writeUInt16BE(length);
    return Buffer.from(frame.subarray(0, 2 + length)); // length and message in one write (RFC 7766 §8)
  };
}

function admit(socket: Socket, streams: Streams): void {
  const { open, answer, limits, counters } = streams;
  const { remoteAddress: address, remotePort: port } = socket;
  if (address === undefined || port === undefined || !makeRoom(address, streams)) {
    socket.destroy(); // gone already, or every connection is busy
    return;
  }
  const client: Client = { address, port, protocol: "tcp" };
  const connection = new StreamConnection(socket, client, answer, limits, () => counters.drop("slow-reader"));
  open.add(connection);
  counters.tcpConnections++;
  socket.on("close", () => {
    open.delete(connection);
    counters.tcpConnections--;
  });
}

/** Where a limit is reached, ends the connection that has been idle longest (RFC 7766 §6.2.3); false when none is. */
function makeRoom(address: string, { open, limits, counters }: Streams): boolean {
  const all = [...open];
  const ofClient = all.filter((connection) => connection.client.address === address);
  const isClientFull = ofClient.length >= limits.connectionsPerClientMax;
  if (!isClientFull && all.length < limits.connectionsMax) return true;
  counters.drop("connection-limit");
  const idle = (isClientFull ? ofClient : all).filter((connection) => connection.isIdle);
  if (idle.length === 0) return false;
  const oldest = idle.reduce((a, b) => (b.lastRequestMs < a.lastRequestMs ? b : a));
  oldest.finish();
  return true;
}
