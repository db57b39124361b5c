import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { vi } from "vitest";
import { type AnswerFramed, StreamConnection } from "../../src/server/stream-connection.ts";
import { framed } from "./clients.ts";

/** A socket whose client takes octets only when told to. */
class HeldSocket extends Duplex {
  #taken: (() => void) | undefined;
  writes = 0;
  hasEnded = false;

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, taken: () => void): void {
    this.writes++;
    this.#taken = taken;
  }

  override _writev(_chunks: unknown, taken: () => void): void {
    this.writes++;
    this.#taken = taken;
  }

  override _final(ended: () => void): void {
    this.hasEnded = true;
    ended();
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  /** The client takes what was written last. */
  takeOne(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}

export const TIMES = { idleMs: 10_000, lifetimeMs: 600_000, drainMs: 5000, graceMs: 1000 };

/** A connection whose every response has this length. */
export function connected(responseOctets: number) {
  return connectedTo(() => new Uint8Array(responseOctets));
}

export function connectedTo(answers: AnswerFramed) {
  const socket = new HeldSocket();
  const answer = vi.fn(answers);
  const onSlowReader = vi.fn();
  const client = { address: "192.0.2.1", port: 53_000, protocol: "tcp" } as const;
  const connection = new StreamConnection(socket as unknown as Socket, client, answer, TIMES, onSlowReader);
  const ask = async (...requests: Uint8Array[]) => {
    socket.push(framed(...requests));
    await settled();
  };
  return { socket, answer, onSlowReader, connection, ask };
}

/** Streams tell of what happened on later ticks, which are no part of the fake clock; messages made later take some. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
