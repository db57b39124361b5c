/// <reference lib="es2024.sharedmemory" />
import { Worker } from "node:worker_threads";
import type { Snapshot } from "../zone/snapshot.ts";
import type { Wake } from "./wake.ts";
import { type FromWorker, MAIL, type ToWorker, type UdpWorkerData } from "./worker-messages.ts";

/** How long a worker that was asked to end may take; one that is stuck is ended by force. */
const CLOSE_MS = 1000;

/** Our end of one UDP worker. Owns the thread, for as long as it lives. */
export class WorkerLink {
  /** What the thread answers when it has taken all its mail; undefined: nothing yet. */
  at: Snapshot | undefined;
  /** Its sockets are read: what it answers is seen. */
  isServing = false;
  isGone = false;
  /** Resolves with why, once the thread has ended. */
  readonly exited: Promise<string>;
  readonly #thread: Worker;
  readonly #wake: Wake;
  readonly #mail = new Int32Array(new SharedArrayBuffer(3 * 4));

  /** `wake` ends the waiting of this worker, and of no other one. */
  constructor(file: URL, data: Omit<UdpWorkerData, "mail">, wake: Wake, hear: (message: FromWorker) => void) {
    const thread = new Worker(file, { workerData: { ...data, mail: this.#mail } satisfies UdpWorkerData });
    this.#thread = thread;
    this.#wake = wake;
    thread.on("message", hear);
    let error: Error | undefined;
    thread.once("error", (thrown) => {
      error = thrown;
    });
    this.exited = new Promise((resolve) => {
      thread.once("exit", (code) => {
        this.isGone = true;
        Atomics.notify(this.#mail, MAIL.taken);
        resolve(error?.message ?? `it ended with code ${code}`);
      });
    });
  }

  /** The publication that the thread answers from. */
  get applied(): number {
    return Atomics.load(this.#mail, MAIL.applied);
  }

  /** Messages that the thread has taken since it began. */
  get taken(): number {
    return Atomics.load(this.#mail, MAIL.taken);
  }

  /** Messages that wait for it. */
  get waiting(): number {
    return (Atomics.load(this.#mail, MAIL.posted) - this.taken) | 0;
  }

  post(message: ToWorker): void {
    this.#thread.postMessage(message);
    Atomics.add(this.#mail, MAIL.posted, 1);
    // It waits for this cell until it serves, and from then on for its sockets.
    Atomics.notify(this.#mail, MAIL.posted);
    this.#wake.wake();
  }

  /** Resolves when `condition`, which follows what the thread has taken, is true, or the thread is gone. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      const { taken } = this;
      if (this.isGone || condition()) return;
      await Atomics.waitAsync(this.#mail, MAIL.taken, taken).value;
    }
  }

  /** Ends the thread, with what it has been posted done unless it is stuck. */
  async close(): Promise<void> {
    this.post({ kind: "close" });
    const timer = setTimeout(() => this.end(), CLOSE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** Ends the thread whatever it does. */
  end(): void {
    this.#thread.terminate();
    // A thread that waits for its sockets ends when it comes back.
    this.#wake.wake();
  }
}
