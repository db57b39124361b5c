import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Commit } from "../catalog/store.ts";
import type { Change } from "./feed.ts";
import type { DatabaseOptions } from "./sqlite-database.ts";
import { failureOf, storeErrorOf } from "./sqlite-failure.ts";
import type {
  Failure,
  LeftSession,
  Opening,
  Outcome,
  ReadReply,
  ReadRequest,
  Reply,
  Request,
  WriteRequest,
} from "./sqlite-messages.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** What a link tells of its own accord. */
interface LinkListener {
  /** What a group commit changed, before anybody who asked for it is answered. */
  changed(changes: readonly Change[]): void;
  /** The worker is gone, and with it whatever was asked. */
  lost(why: string): void;
}

/**
 * Of the thread's heap, what is for objects that hardly outlive a group. By itself it grows to 32 MB while the table is
 * read and stays so: a tenth of the whole server with 100 000 instances.
 */
const YOUNG_GENERATION_MB = 2;

/** Starts a worker and waits until its database is open. Rejects with StoreError. */
export async function startWorker(
  worker: URL,
  database: DatabaseOptions,
): Promise<{ worker: Worker; sessions: readonly LeftSession[] }> {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
  const thread = new Worker(worker, { workerData: database, resourceLimits });
  const [opening] = (await once(thread, "message").catch((error) => [
    failureOf("start the store's thread", error),
  ])) as [Opening];
  if (opening.kind === "failed") throw storeErrorOf(opening);
  return { worker: thread, sessions: opening.sessions };
}

/** Our end of the worker: sends requests in batches and brings each reply to whoever asked. Owns the thread. */
export class Link {
  readonly #worker: Worker;
  readonly #listener: LinkListener;
  readonly #asked = new Map<number, (outcome: Outcome) => void>();
  readonly #reading = new Map<number, (reply: ReadReply) => void>();
  readonly #exited: Promise<unknown>;
  #outbox: Request[] = [];
  #lastId = 0;
  /** Why nothing can be asked any more. */
  #end: Failure | undefined;

  constructor(worker: Worker, listener: LinkListener) {
    this.#worker = worker;
    this.#listener = listener;
    this.#exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.on("message", (reply: Reply) => this.#hear(reply));
    worker.once("error", (error) => this.#crashed(error));
    worker.once("exit", (code) => this.#crashed(new Error(`it ended with code ${code}`)));
  }

  /** Resolves once it is durable. Rejects with StoreError. */
  ask(request: WithoutId<WriteRequest>): Promise<Commit> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        if (outcome.kind === "failed") reject(storeErrorOf(outcome));
        else resolve(outcome);
      };
      if (this.#end !== undefined) return settle(this.#end);
      const id = ++this.#lastId;
      this.#asked.set(id, settle);
      this.#send({ ...request, id });
    });
  }

  /** Brings the replies up to `done` or `broken` to `take`, none before this has returned. */
  read(request: WithoutId<ReadRequest>, take: (reply: ReadReply) => void): void {
    const id = ++this.#lastId;
    const failure = this.#end;
    if (failure !== undefined) {
      queueMicrotask(() => take({ kind: "broken", id, failure }));
    } else {
      this.#reading.set(id, take);
      this.#send({ ...request, id });
    }
  }

  /** What was asked before is still done; resolves when the thread has ended. */
  async close(): Promise<void> {
    if (this.#end === undefined) {
      this.#send({ kind: "close" });
      this.#end = {
        kind: "failed",
        code: "STORE_CLOSED",
        message: "Cannot use the store as it is closed: open it again",
      };
    }
    await this.#exited;
  }

  /** All that is asked in one turn of the loop goes as one message. */
  #send(request: Request): void {
    if (this.#outbox.push(request) > 1) return;
    setImmediate(() => {
      this.#worker.postMessage(this.#outbox);
      this.#outbox = [];
    });
  }

  #hear(reply: Reply): void {
    switch (reply.kind) {
      case "group":
        if (reply.changes.length > 0) this.#listener.changed(reply.changes);
        for (const { id, outcome } of reply.outcomes) {
          this.#asked.get(id)?.(outcome);
          this.#asked.delete(id);
        }
        return;
      case "items":
      case "changes":
        this.#reading.get(reply.id)?.(reply);
        return;
      case "done":
      case "broken":
        this.#reading.get(reply.id)?.(reply);
        this.#reading.delete(reply.id);
    }
  }

  /** Called for an error and again for the exit behind it, and for the exit of a link that was closed. */
  #crashed(error: Error): void {
    const why = "the store's thread has crashed: restart the server";
    const wasOpen = this.#end === undefined;
    this.#end ??= { kind: "failed", code: "STORE_IO", message: `Cannot use the store as ${why}`, cause: error.message };
    for (const settle of this.#asked.values()) settle(this.#end);
    for (const [id, take] of this.#reading) take({ kind: "broken", id, failure: this.#end });
    this.#asked.clear();
    this.#reading.clear();
    if (wasOpen) this.#listener.lost(`${why} (${error.message})`);
  }
}
