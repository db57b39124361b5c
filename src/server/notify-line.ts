import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Endpoint } from "./transport.ts";

/** A request, given the id that it must bear. */
export interface Asking {
  readonly bytes: Uint8Array;
  /** True for the response, false for what somebody else made up. It bears the id, and came from the target. */
  accepts(response: Uint8Array): boolean;
}

/** Asks one server over UDP, several things at a time, from one socket: it is opened when first used. */
export class NotifyLine {
  readonly #target: Endpoint;
  readonly #source: string | undefined;
  #socket: Promise<Socket> | undefined;
  /** Who waits for a response, by its id. */
  readonly #waiting = new Map<number, (response: Uint8Array | undefined) => void>();
  #isClosed = false;

  /** `source` is the address to speak from; undefined leaves it to the operating system. */
  constructor(target: Endpoint, source: string | undefined) {
    this.#target = target;
    this.#source = source;
  }

  /** The response; undefined when none came in time. Rejects when nothing can be sent from here. */
  async ask(request: (id: number) => Asking, waitMs: number): Promise<Uint8Array | undefined> {
    this.#socket ??= this.#open();
    const socket = await this.#socket;
    if (this.#isClosed) return undefined;
    const id = this.#freeId();
    const { bytes, accepts } = request(id);
    return new Promise((resolve) => {
      const end = (response: Uint8Array | undefined) => {
        if (response !== undefined && !accepts(response)) return;
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(response);
      };
      const timer = setTimeout(end, waitMs, undefined);
      this.#waiting.set(id, end);
      socket.send(bytes, () => {}); // what could not be sent is not answered, and so asked again
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#waiting.values()) end(undefined);
    const socket = await this.#socket?.catch(() => undefined);
    socket?.close();
  }

  async #open(): Promise<Socket> {
    const { address, port } = this.#target;
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    try {
      socket.bind({ port: 0, ...(this.#source !== undefined && { address: this.#source }) });
      await once(socket, "listening");
      // The kernel then hands over only what comes from the target.
      socket.connect(port, address);
      await once(socket, "connect");
    } catch (error) {
      socket.close();
      this.#socket = undefined; // the address may come back
      throw error;
    }
    socket.on("error", () => {}); // "port unreachable": nobody there, for now
    socket.on("message", (response) => {
      if (response.length >= 2) this.#waiting.get(response.readUInt16BE(0))?.(response);
    });
    return socket;
  }

  /** An id that cannot be guessed (RFC 5452 §9.1) and that no other request bears now. */
  #freeId(): number {
    for (;;) {
      const id = randomInt(0x10000);
      if (!this.#waiting.has(id)) return id;
    }
  }
}
