import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeMessage, encodeQuery, type Message } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { Framing } from "../../src/server/framing.ts";

export interface Query {
  readonly name: string;
  readonly type: "A" | "SRV";
}

/** Asks as dig does: again when nothing comes, over TCP when the answer is truncated. */
export interface Asker {
  /** Undefined when there is no answer after all tries. */
  ask(query: Query): Promise<Message | undefined>;
  close(): void;
}

const TRIES = 3;
const TRY_MS = 2000;
const UDP_OCTETS = 1232;

/** One question at a time, through a socket of its own. */
export async function askOver(protocol: "udp" | "tcp", port: number): Promise<Asker> {
  const tcp = await tcpChannel(port);
  const udp = protocol === "udp" ? await udpChannel(port) : undefined;
  let id = 0;
  const send = async (channel: Channel, { name, type }: Query): Promise<Message | undefined> => {
    for (let tries = 0; tries < TRIES; tries++) {
      id = (id + 1) & 0xffff;
      const edns = { udpOctets: UDP_OCTETS };
      const response = await exchange(channel, id, encodeQuery({ id, name: parseName(name), type: TYPE[type], edns }));
      if (response !== undefined) return response;
    }
    return undefined;
  };
  return {
    async ask(query) {
      const response = await send(udp ?? tcp, query);
      return response?.flags.has("tc") ? send(tcp, query) : response;
    },
    close() {
      udp?.close();
      tcp.close();
    },
  };
}

interface Channel {
  send(query: Uint8Array): void;
  /** Told of every message that comes. */
  onMessage: (octets: Uint8Array) => void;
  close(): void;
}

async function exchange(channel: Channel, id: number, query: Uint8Array): Promise<Message | undefined> {
  const stop = new AbortController();
  const answer = new Promise<Message>((resolve) => {
    channel.onMessage = (octets) => {
      const message = decodeMessage(octets);
      // What comes for an earlier try is nobody's any more.
      if (message?.id === id) resolve(message);
    };
  });
  channel.send(query);
  const timeUp = sleep(TRY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  const response = await Promise.race([answer, timeUp]);
  stop.abort();
  return response;
}

async function udpChannel(port: number): Promise<Channel> {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const channel: Channel = {
    send: (query) => socket.send(query),
    onMessage: () => {},
    close: () => socket.close(),
  };
  socket.on("message", (octets) => channel.onMessage(octets)).on("error", () => {});
  return channel;
}

async function tcpChannel(port: number): Promise<Channel> {
  let socket = connect(port, "127.0.0.1");
  const open = () => {
    const framing = new Framing();
    socket
      .setNoDelay()
      .on("error", () => {})
      .on("data", (chunk) => {
        framing.push(chunk);
        for (let next = framing.next(); next !== undefined; next = framing.next())
          channel.onMessage(Uint8Array.from(next));
      });
  };
  const channel: Channel = {
    send(query) {
      if (!socket.writable) {
        // The server closes what has been idle for some time.
        socket = connect(port, "127.0.0.1");
        open();
      }
      socket.write(Buffer.concat([Buffer.of(query.length >> 8, query.length & 255), query]));
    },
    onMessage: () => {},
    close: () => socket.destroy(),
  };
  open();
  await once(socket, "connect");
  return channel;
}
