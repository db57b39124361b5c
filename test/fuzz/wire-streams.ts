import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Framing } from "../../src/server/framing.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import { mutateOctets } from "./mutate.ts";
import { type Random, randomOf } from "./random.ts";
import { Broken } from "./target.ts";
import { checkReply, idOf, isAnswered, type Packets, packetOf } from "./wire-packets.ts";

const CONNECTIONS = 4;
const MESSAGES_MAX = 40;
const PATIENCE_MS = 20_000;
const TCP_OCTETS_MAX = 65_535;

/** Sends the packets over TCP, some to a connection, and checks that each is answered there, and nothing else. */
export async function attackStreams(server: Endpoint, { seed, from, end }: Packets): Promise<void> {
  let next = from;
  const attacker = async () => {
    while (next < end) {
      const random = randomOf(seed, next);
      const first = next;
      next = Math.min(end, first + 1 + random.below(MESSAGES_MAX));
      await attackStream(server, random, { seed, from: first, end: next });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, attacker));
}

/** One connection: requests in pieces, at times a broken frame, and one of the ways to leave. */
async function attackStream(server: Endpoint, random: Random, packets: Packets): Promise<void> {
  const framed = Array.from({ length: packets.end - packets.from }, (_, i) =>
    frame(packetOf(packets.seed, packets.from + i)),
  );
  const sound = framed.flat();
  const octets = Uint8Array.from(random.oneIn(8) ? mutateOctets(random, sound, 3) : sound);
  const { requests, isSound } = requestsIn(octets);
  const awaited = new Set(isSound ? [...requests.values()].flat().filter(isAnswered).map(idOf) : []);
  const leaving = random.pick(["waits", "waits", "ends", "resets"] as const);
  const socket = connect(server.port, server.address);
  socket.setNoDelay(true);
  let failure: unknown;
  const framing = new Framing();
  socket.on("data", (chunk) => {
    framing.push(chunk);
    for (let response = framing.next(); response !== undefined; response = framing.next()) {
      try {
        checkReply(response, requests.get(idOf(response)) ?? [], TCP_OCTETS_MAX);
      } catch (error) {
        failure ??= error;
        socket.destroy();
      }
      awaited.delete(idOf(response));
    }
    if (awaited.size === 0 && leaving === "waits") socket.end();
  });
  socket.on("error", () => {}); // as it leaves, or as the server refuses what it cannot read
  await once(socket, "connect");
  send(random, socket, octets);
  if (leaving === "ends" || awaited.size === 0) socket.end();
  if (leaving === "resets") setTimeout(() => socket.resetAndDestroy(), random.below(5));
  await closed(socket);
  if (failure !== undefined) throw failure;
  if (leaving === "resets" || awaited.size === 0) return;
  const [missing] = awaited;
  const hex = Buffer.from(requests.get(missing!)![0]!).toString("hex");
  throw new Broken(
    `must be answered on a connection that ${leaving}\n  hex ${hex}\n  among ${Buffer.from(octets).toString("hex")}`,
  );
}

interface Requests {
  readonly requests: ReadonlyMap<number, readonly Uint8Array[]>;
  /** False when a message of no octets makes the server hang up, perhaps before its responses have arrived. */
  readonly isSound: boolean;
}

/** The messages that a server reads out of these octets, by id. */
function requestsIn(octets: Uint8Array): Requests {
  const framing = new Framing();
  framing.push(octets.slice());
  const requests = new Map<number, Uint8Array[]>();
  let request = framing.next();
  for (; request !== undefined && request.length > 0; request = framing.next()) {
    requests.set(idOf(request), [...(requests.get(idOf(request)) ?? []), request]);
  }
  return { requests, isSound: request === undefined };
}

function send(random: Random, socket: Socket, octets: Uint8Array): void {
  const most = random.pick([7, 100, octets.length]);
  for (let at = 0; at < octets.length; ) {
    const end = Math.min(octets.length, at + 1 + random.below(most));
    socket.write(octets.subarray(at, end));
    at = end;
  }
}

async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
  await new Promise((resolve) => socket.once("close", resolve)); // `once` of node:events would reject at an error
  clearTimeout(timer);
}

function frame(message: Uint8Array): number[] {
  return [message.length >> 8, message.length & 0xff, ...message];
}
