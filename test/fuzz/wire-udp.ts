import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { Endpoint } from "../../src/server/transport.ts";
import { Broken } from "./target.ts";
import { checkReply, idOf, isAnswered, type Packets, packetOf } from "./wire-packets.ts";

/** Packets of which the responses are awaited together: no more than the buffers of two sockets hold. */
const BURST = 100;
const SOCKETS = 4;
/** How long a burst is awaited, for updates wait for the disk; and how often a packet is sent, for UDP may lose it. */
const PATIENCE_MS = 3000;
const ATTEMPTS = 5;
const RECEIVE_OCTETS = 4 * 1024 * 1024;
const UDP_OCTETS_MAX = 1232;

/** Sends the packets over UDP and checks that each one is answered, and nothing else. */
export async function attackUdp(server: Endpoint, { seed, from, end }: Packets): Promise<void> {
  const share = Math.ceil((end - from) / SOCKETS);
  const attackers = Array.from({ length: SOCKETS }, (_, i) => {
    const first = from + i * share;
    return attackFrom(server, { seed, from: first, end: Math.min(end, first + share) });
  });
  await Promise.all(attackers);
}

async function attackFrom(server: Endpoint, { seed, from, end }: Packets): Promise<void> {
  const conversation = new Conversation(await connected(server));
  try {
    for (let at = from; at < end; at += BURST) {
      const count = Math.min(BURST, end - at);
      await conversation.exchange(Array.from({ length: count }, (_, i) => packetOf(seed, at + i)));
    }
  } finally {
    conversation.close();
  }
}

/** What one socket sent, and what of it is not answered yet. */
class Conversation {
  readonly #socket: Socket;
  readonly #sent = new Map<number, Uint8Array>();
  readonly #awaited = new Set<number>();
  #failure: unknown;
  #wake = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (response) => this.#receive(response));
    socket.on("error", () => {}); // a port that is closed for a moment shows as a response that is missing
  }

  /** Sends packets of different ids and resolves when each one that must be is answered. */
  async exchange(packets: readonly Uint8Array[]): Promise<void> {
    for (const packet of packets) {
      if (!isAnswered(packet)) this.#socket.send(packet);
      else this.#await(packet);
    }
    for (let attempt = 0; attempt < ATTEMPTS && this.#awaited.size > 0 && this.#failure === undefined; attempt++) {
      for (const id of this.#awaited) this.#socket.send(this.#sent.get(id)!);
      await this.#settled();
    }
    if (this.#failure !== undefined) throw this.#failure;
    for (const id of this.#awaited)
      throw new Broken(`must be answered\n  hex ${Buffer.from(this.#sent.get(id)!).toString("hex")}`);
  }

  #await(packet: Uint8Array): void {
    this.#awaited.add(idOf(packet));
    this.#sent.set(idOf(packet), packet);
  }

  close(): void {
    this.#socket.close();
  }

  #receive(response: Uint8Array): void {
    const request = this.#sent.get(idOf(response));
    try {
      checkReply(response, request === undefined ? [] : [request], UDP_OCTETS_MAX);
    } catch (error) {
      this.#failure ??= error;
    }
    this.#awaited.delete(idOf(response));
    if (this.#awaited.size === 0 || this.#failure !== undefined) this.#wake();
  }

  /** Resolves when nothing is awaited any more, or too long. */
  async #settled(): Promise<void> {
    const patience = new AbortController();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(PATIENCE_MS, undefined, { signal: patience.signal }).then(resolve, () => {});
    });
    patience.abort();
  }
}

/** The response to one query; rejects when there is none. */
export async function askUdp(server: Endpoint, query: Uint8Array): Promise<Uint8Array> {
  const socket = await connected(server);
  try {
    socket.send(query);
    const [response] = (await once(socket, "message", { signal: AbortSignal.timeout(PATIENCE_MS) })) as [Uint8Array];
    return response;
  } finally {
    socket.close();
  }
}

async function connected({ address, port }: Endpoint): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: RECEIVE_OCTETS });
  socket.connect(port, address);
  await once(socket, "connect");
  return socket;
}
