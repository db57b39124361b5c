import { once } from "node:events";
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from "node:net";
import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import { DnsCounters } from "../observe/dns-counters.ts";
import { Connections } from "./connections.ts";
import { exchangeWith } from "./exchange.ts";
import { framed } from "./framing.ts";
import { ListenError } from "./listen-error.ts";
import { type AnswerFramed, StreamConnection } from "./stream-connection.ts";
import { STREAM_TIMES, type StreamTimes } from "./stream-times.ts";
import { type Client, type Endpoint, LATER, type Listener, type ListenOptions, type Responder } from "./transport.ts";

export interface StreamOptions extends ListenOptions {
  /** Those given replace the ones of STREAM_TIMES. */
  readonly times?: Partial<StreamTimes>;
  /** Shared by the listeners that are limited together. Unless given, this one is limited alone. */
  readonly connections?: Connections;
}

/** What lies between TCP and the messages. */
export interface Carrier {
  readonly protocol: Client["protocol"];
  /** What carries the messages of an accepted connection. */
  carry(socket: Socket): Socket;
}

const PLAIN: Carrier = { protocol: "tcp", carry: (socket) => socket };

/** Answers DNS over TCP (RFC 7766) at an IPv4 or IPv6 address. Rejects with ListenError. */
export function listenTcp(at: Endpoint, responder: Responder, options?: StreamOptions): Promise<Listener> {
  return listenStream(at, responder, PLAIN, options);
}

/** Answers DNS over what `carrier` makes of TCP connections. Rejects with ListenError. */
export async function listenStream(
  at: Endpoint,
  responder: Responder,
  carrier: Carrier,
  options: StreamOptions = {},
): Promise<Listener> {
  const counters = options.counters ?? new DnsCounters();
  const streams: Streams = {
    open: new Set(),
    connections: options.connections ?? new Connections(counters),
    carrier,
    answer: framedAnswers(exchangeWith(responder, counters, options.onError)),
    times: { ...STREAM_TIMES, ...options.times },
    counters,
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => admit(socket, streams));
  try {
    const listening = once(server, "listening");
    server.listen({ host: at.address, port: at.port, ipv6Only: isIPv6(at.address) });
    await listening;
  } catch (error) {
    throw new ListenError(at, carrier.protocol, error as NodeJS.ErrnoException);
  }
  server.on("error", () => counters.drop("accept-error"));
  const { address, port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return { endpoint: { address, port }, close: () => (closed ??= closeStreams(server, streams)) };
}

/** The connections of one listener, and what they share. */
interface Streams {
  readonly open: Set<StreamConnection>;
  readonly connections: Connections;
  readonly carrier: Carrier;
  readonly answer: AnswerFramed;
  readonly times: StreamTimes;
  readonly counters: DnsCounters;
}

/** Resolves when the last connection is gone: at once for idle ones, after `graceMs` at most for the others. */
function closeStreams(server: Server, { open }: Streams): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const connection of open) connection.leave();
  });
}

/** All responses are written into one buffer and copied out of it: a socket may hold them until the client reads. */
function framedAnswers(responder: Responder): AnswerFramed {
  const out = Buffer.allocUnsafeSlow(MESSAGE_OCTETS_MAX);
  return (request, client) => {
    const length = responder.respond(request, client, out);
    // The request is cut out of what arrived with it, which must not be kept as long as a transfer takes.
    if (length === LATER) return framedEach(responder.respondLater(Uint8Array.from(request), client));
    return length === 0 ? undefined : framed(out.subarray(0, length));
  };
}

async function* framedEach(messages: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const message of messages) yield framed(message);
}

function admit(socket: Socket, { open, connections, carrier, answer, times, counters }: Streams): void {
  const { remoteAddress: address, remotePort: port } = socket;
  if (address === undefined || port === undefined || !connections.makeRoom(address)) {
    socket.destroy(); // gone already, or every connection is busy
    return;
  }
  const { protocol } = carrier;
  const carried = carrier.carry(socket);
  const onSlowReader = () => counters.drop("slow-reader");
  const connection = new StreamConnection(carried, { address, port, protocol }, answer, times, onSlowReader);
  open.add(connection);
  connections.add(connection);
  carried.on("close", () => {
    open.delete(connection);
    connections.delete(connection);
  });
}
