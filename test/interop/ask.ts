import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { CLASS, HEADER_OCTETS } from "../../src/dns/numbers.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import type { Query } from "./generated-queries.ts";
import type { Response } from "./same-answer.ts";

const TRIES = 5;
const TRY_MS = 1000;
/** Queries under way at a time: few enough to wait in the buffer of a server that is not running at the moment. */
const WINDOW = 64;
const FLAG_BITS = { rd: 0x0100, ad: 0x0020, cd: 0x0010 };
/** Where in OPT the version stands (RFC 6891 §6.1.3): behind owner, type, class and the extended rcode. */
const VERSION_OFFSET = 6;

/** Asks all queries, each over the protocol it names, and returns the responses in their order. */
export async function askAll(server: Endpoint, queries: readonly Query[]): Promise<Response[]> {
  const requests = queries.map((query, i) => encode(query, i & 0xffff));
  const responses: Buffer[] = [];
  const [udp, tcp] = await Promise.all([openUdp(server), openTcp(server)]);
  try {
    for (let from = 0; from < queries.length; from += WINDOW) {
      const window = requests.slice(from, from + WINDOW);
      const channelOf = (i: number) => (queries[from + i]!.protocol === "tcp" ? tcp : udp);
      responses.push(...(await exchange(window, channelOf)));
    }
  } finally {
    udp.close();
    tcp.close();
  }
  return responses.map((response, i) => decoded(response, requests[i]!));
}

function encode({ name, type, class: qclass = CLASS.IN, flags = [], edns }: Query, id: number): Buffer {
  const request = Buffer.from(encodeQuery({ id, name, type, ...(edns && { edns }) }));
  const questionEnd = HEADER_OCTETS + name.length + 4;
  request.writeUInt16BE(
    flags.reduce((bits, flag) => bits | FLAG_BITS[flag], 0),
    2,
  );
  request.writeUInt16BE(qclass, questionEnd - 2);
  if (edns) request[questionEnd + VERSION_OFFSET] = edns.version;
  return request;
}

function decoded(response: Buffer, request: Buffer): Response {
  const message = decodeMessage(response);
  if (message !== undefined) return { ...message, octets: response.length };
  throw new Error(`A response must be well-formed: got ${response.toString("hex")} for ${request.toString("hex")}`);
}

interface Channel {
  send(request: Buffer): void;
  /** Told of every response. */
  onResponse: (response: Buffer) => void;
  close(): void;
}

/** Asks again what is not answered in time: a busy machine loses datagrams, loopback or not. */
async function exchange(window: readonly Buffer[], channelOf: (i: number) => Channel): Promise<Buffer[]> {
  const responses = new Map<number, Buffer>();
  const idOf = (message: Buffer) => message.readUInt16BE(0);
  for (let tries = 0; tries < TRIES && responses.size < window.length; tries++) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TRY_MS);
      for (const [i, request] of window.entries()) {
        if (responses.has(idOf(request))) continue;
        const channel = channelOf(i);
        channel.onResponse = (response) => {
          responses.set(idOf(response), response);
          if (responses.size < window.length) return;
          clearTimeout(timer);
          resolve();
        };
        channel.send(request);
      }
    });
  }
  return window.map((request) => {
    const response = responses.get(idOf(request));
    if (response === undefined) throw new Error(`A query must be answered: got nothing for ${request.toString("hex")}`);
    return response;
  });
}

async function openUdp({ address, port }: Endpoint): Promise<Channel> {
  const socket = createSocket("udp4");
  socket.connect(port, address);
  await once(socket, "connect");
  const channel: Channel = {
    send: (request) => socket.send(request),
    onResponse: () => {},
    close: () => socket.close(),
  };
  socket.on("message", (response) => channel.onResponse(response));
  return channel;
}

/** One connection for all queries, pipelined (RFC 7766 §6.2.1.1). */
async function openTcp({ address, port }: Endpoint): Promise<Channel> {
  const socket = connect(port, address);
  await once(socket, "connect");
  const channel: Channel = {
    send: (request) => socket.write(Buffer.concat([Buffer.of(request.length >> 8, request.length & 0xff), request])),
    onResponse: () => {},
    close: () => socket.destroy(),
  };
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      channel.onResponse(received.subarray(2, end));
      received = received.subarray(end);
    }
  });
  return channel;
}
