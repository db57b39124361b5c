import { createSocket, type Socket } from "node:dgram";
import { on, once } from "node:events";
import { decodeMessage, encodeQuery, type Message } from "../../src/dns/message.ts";
import { octetsOf, readU16 } from "../../src/dns/octets.ts";
import type { Query } from "./generated-queries.ts";

const TRIES = 5;
const TRY_MS = 1000;
const UDP_OCTETS = 1232;

/** Asks one query after the other over UDP with EDNS and returns the answers in their order. */
export async function askAll(server: { address: string; port: number }, queries: readonly Query[]): Promise<Message[]> {
  const socket = createSocket("udp4");
  socket.connect(server.port, server.address);
  await once(socket, "connect");
  try {
    const answers: Message[] = [];
    for (const [id, query] of queries.entries()) {
      answers.push(
        await exchange(
          socket,
          id & 0xffff,
          encodeQuery({ id: id & 0xffff, ...query, edns: { udpOctets: UDP_OCTETS } }),
        ),
      );
    }
    return answers;
  } finally {
    socket.close();
  }
}

/** Datagrams get lost on a busy machine, loopback or not: asks again when no answer comes. */
async function exchange(socket: Socket, id: number, query: Uint8Array): Promise<Message> {
  for (let tries = 0; tries < TRIES; tries++) {
    const arrived = on(socket, "message", { signal: AbortSignal.timeout(TRY_MS) });
    socket.send(query);
    const response = await firstOf(arrived, id);
    if (response === undefined) continue;
    const message = decodeMessage(response);
    if (message === undefined)
      throw new Error(`A response must be well-formed: got ${Buffer.from(response).toString("hex")}`);
    return message;
  }
  throw new Error(`No answer in ${TRIES} tries to ${Buffer.from(query).toString("hex")}`);
}

/** The first response to this query among what arrives; undefined when the time is over. */
async function firstOf(arrived: AsyncIterable<[Uint8Array]>, id: number): Promise<Uint8Array | undefined> {
  try {
    for await (const [response] of arrived) if (readU16(octetsOf(response, 0, 2), 0) === id) return response;
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  }
  return undefined;
}
