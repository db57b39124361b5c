import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decodeMessage, encodeQuery, type Message } from "../../src/dns/message.ts";
import { UDP_OCTETS_MAX } from "../../src/dns/numbers.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import type { Query } from "./generated-queries.ts";

const TRIES = 5;
const TRY_MS = 1000;

/** Asks one query after the other over UDP with EDNS and returns the responses in their order. */
export async function askAll(server: Endpoint, queries: readonly Query[]): Promise<Message[]> {
  const socket = createSocket("udp4");
  socket.connect(server.port, server.address);
  await once(socket, "connect");
  try {
    const responses: Message[] = [];
    for (const query of queries) responses.push(await exchange(socket, query, responses.length & 0xffff));
    return responses;
  } finally {
    socket.close();
  }
}

/** Asks again when no response comes: a busy machine loses datagrams, loopback or not. */
async function exchange(socket: Socket, query: Query, id: number): Promise<Message> {
  const request = encodeQuery({ id, ...query, edns: { udpOctets: UDP_OCTETS_MAX } });
  for (let tries = 0; tries < TRIES; tries++) {
    const arrival = responseTo(socket, id);
    socket.send(request);
    const response = await arrival;
    if (response === undefined) continue;
    const message = decodeMessage(response);
    if (message === undefined) throw new Error(`A response must be well-formed: got ${response.toString("hex")}`);
    return message;
  }
  throw new Error(
    `A query must be answered within ${TRIES} tries: got nothing for ${Buffer.from(request).toString("hex")}`,
  );
}

/** The next datagram with this id, or undefined when none comes in time. */
function responseTo(socket: Socket, id: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (response?: Buffer) => {
      clearTimeout(timer);
      socket.off("message", take);
      resolve(response);
    };
    const take = (response: Buffer) => {
      if (response.readUInt16BE(0) === id) settle(response);
    };
    const timer = setTimeout(settle, TRY_MS);
    socket.on("message", take);
  });
}
