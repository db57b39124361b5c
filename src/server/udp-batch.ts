import type { DnsCounters } from "../observe/dns-counters.ts";
import { BatchMemory } from "./batch-memory.ts";
import { exchangeWith } from "./exchange.ts";
import { type Libc, Pinned } from "./libc.ts";
import { POLLIN, PollSet } from "./poll-set.ts";
import type { ReplyPath } from "./reply-paths.ts";
import { SocketBatch } from "./socket-batch.ts";
import type { Client, Responder } from "./transport.ts";
import type { UdpSocket } from "./udp-sockets.ts";
import { EVENTFD_OCTETS } from "./wake.ts";

export interface BatchLoopOptions {
  readonly libc: Libc;
  readonly sockets: readonly UdpSocket[];
  /** That of a `Wake`. */
  readonly wakeFd: number;
  readonly responder: Responder;
  readonly counters: DnsCounters;
  /** As that of other listeners. */
  readonly onError?: (error: unknown) => void;
  /**
   * Takes over a request for which the responder returned LATER. All that it is given is plain data and may be kept. Each
   * message of the answer is given to `send`, with this socket and path, and not before `pump` has returned.
   */
  onLater(request: Uint8Array, client: Client, socket: number, path: ReplyPath): void;
}

/**
 * Answers DNS over UDP in a thread that does nothing else: `for (;;) if (loop.pump() === 0 && loop.wait(-1)) …`. It is
 * synchronous throughout, and the sockets are its caller's.
 */
export class BatchLoop {
  readonly #options: BatchLoopOptions;
  readonly #batches: readonly SocketBatch[];
  readonly #poll: PollSet;
  readonly #wakes: Pinned;

  constructor(options: BatchLoopOptions) {
    const { libc, sockets, wakeFd, counters, onLater } = options;
    this.#options = options;
    const memory = new BatchMemory(libc);
    const responder = exchangeWith(options.responder, counters, options.onError);
    this.#batches = sockets.map((socket, index) => {
      const later = (request: Uint8Array, client: Client, path: ReplyPath) => onLater(request, client, index, path);
      return new SocketBatch(socket, memory, { libc, responder, counters, onLater: later });
    });
    this.#poll = new PollSet(libc, [wakeFd, ...sockets.map(({ fd }) => fd)], POLLIN);
    this.#wakes = new Pinned(libc, EVENTFD_OCTETS);
  }

  /** Answers a batch of each socket that may have one; waits for a full send buffer only. Returns how many datagrams it took. */
  pump(): number {
    let count = 0;
    for (const batch of this.#batches) if (batch.isReady) count += batch.answer();
    return count;
  }

  /** Waits until there is something to `pump`, or the thread is woken; −1 for as long as it takes. True: it was woken. */
  wait(timeoutMs: number): boolean {
    if (!this.#poll.wait(timeoutMs)) return false;
    for (const [index, batch] of this.#batches.entries()) if (this.#poll.has(index + 1)) batch.isReady = true;
    if (!this.#poll.has(0)) return false;
    this.#options.libc.read(this.#options.wakeFd, this.#wakes.address, EVENTFD_OCTETS);
    return true;
  }

  /** Sends a message that answers a request which `onLater` took over. */
  send(message: Uint8Array, socket: number, path: ReplyPath): void {
    this.#batches[socket]!.send(message, path);
  }
}
