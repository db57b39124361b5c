import { randomUUID } from "node:crypto";
import type { Worker } from "node:worker_threads";
import type { Commit, Feed, Guard, Item, Revision, Session, Store, Write } from "../catalog/store.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Change } from "./feed.ts";
import { DEFAULT_RETENTION, keepRetention, type Retention } from "./retention.ts";
import { Sessions } from "./sessions.ts";
import type { DatabaseOptions } from "./sqlite-database.ts";
import { storeErrorOf } from "./sqlite-failure.ts";
import { Link, startWorker } from "./sqlite-link.ts";
import type { Columns, LeftSession } from "./sqlite-messages.ts";

export interface SqliteStoreOptions extends DatabaseOptions {
  readonly clock?: Clock;
  readonly retention?: Retention;
  /** The compiled worker; another one only where a test makes it crash. */
  readonly worker?: URL;
}

// Node 20 runs no TypeScript in a worker: from the sources, as vitest runs them, the thread is the built one.
const WORKER = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/store/sqlite-worker.js" : "./sqlite-worker.js",
  import.meta.url,
);

/** Opens the database at `file`, which no other server may have open. Rejects with StoreError. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { clock = systemClock, retention = DEFAULT_RETENTION, worker = WORKER, ...database } = options;
  const started = await startWorker(worker, database);
  return new SqliteStore(started.worker, started.sessions, clock, retention);
}

interface Follower {
  readonly sink: (item: Feed) => void;
  /** It has all up to the last group commit: what the next one changes is for it. */
  isCaughtUp: boolean;
}

/** The main thread's half: followers and sessions. The worker's messages come in order, and so do the changes. */
class SqliteStore implements Store {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #retain: (revision: Revision) => void;
  readonly #followers = new Set<Follower>();

  constructor(worker: Worker, left: readonly LeftSession[], clock: Clock, retention: Retention) {
    this.#link = new Link(worker, { changed: (changes) => this.#changed(changes), lost: (why) => this.#lost(why) });
    this.#clock = clock;
    this.#sessions = new Sessions(clock, (session) => this.#link.ask({ kind: "endSession", session }));
    // Whoever held these died with the last process: a full ttl of grace, in which they register again.
    for (const { id, ttlMs } of left) this.#sessions.start(id, ttlMs);
    this.#retain = keepRetention(retention, clock, (before) => {
      // When the disk refuses, the next compaction takes this one's share.
      this.compact(before).catch(() => undefined);
    });
  }

  follow(from: Revision | null, sink: (item: Feed) => void): { close(): void } {
    const follower: Follower = { sink, isCaughtUp: false };
    let items: Item[] = [];
    this.#followers.add(follower);
    this.#link.read({ kind: "follow", from }, (reply) => {
      switch (reply.kind) {
        case "items":
          return pushItems(items, reply.columns);
        case "changes":
          return this.#deliver(follower, reply.changes);
        case "done": {
          const { revision, reset: why } = reply;
          if (why !== undefined) this.#deliver(follower, [{ kind: "reset", revision, items, why }]);
          items = []; // The follower lives as long as the server, and must not keep the table a second time.
          this.#deliver(follower, [{ kind: "mark", revision, atMs: this.#clock.wallMs() }]);
          follower.isCaughtUp = true;
          return;
        }
        case "broken":
          return this.#deliver(follower, [{ kind: "lost", sinceMs: this.#clock.wallMs(), why: reply.failure.message }]);
      }
    });
    return { close: () => void this.#followers.delete(follower) };
  }

  commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<Commit> {
    return this.#link.ask({ kind: "commit", writes, guards });
  }

  read(prefix: string): Promise<{ revision: Revision; items: readonly Item[] }> {
    const items: Item[] = [];
    return new Promise((resolve, reject) => {
      this.#link.read({ kind: "read", prefix }, (reply) => {
        switch (reply.kind) {
          case "items":
            return pushItems(items, reply.columns);
          case "changes":
            return;
          case "done":
            return resolve({ revision: reply.revision, items });
          case "broken":
            return reject(storeErrorOf(reply.failure));
        }
      });
    });
  }

  async session(ttlMs: number): Promise<Session> {
    const session = randomUUID();
    await this.#link.ask({ kind: "openSession", session, ttlMs });
    return this.#sessions.start(session, ttlMs);
  }

  async compact(before: Revision): Promise<void> {
    await this.#link.ask({ kind: "compact", before });
  }

  async close(): Promise<void> {
    this.#sessions.stop();
    await this.#link.close();
    this.#followers.clear();
  }

  #changed(changes: readonly Change[]): void {
    const revision = changes.at(-1)?.revision ?? 0;
    const burst: readonly Feed[] = [...changes, { kind: "mark", revision, atMs: this.#clock.wallMs() }];
    for (const follower of this.#followers) if (follower.isCaughtUp) this.#deliver(follower, burst);
    this.#retain(revision);
  }

  #lost(why: string): void {
    this.#sessions.stop();
    const lost: Feed = { kind: "lost", sinceMs: this.#clock.wallMs(), why };
    for (const follower of this.#followers) if (follower.isCaughtUp) this.#deliver(follower, [lost]);
  }

  /** A sink may close its follower between two items. */
  #deliver(follower: Follower, items: readonly Feed[]): void {
    for (const item of items) if (this.#followers.has(follower)) follower.sink(item);
  }
}

function pushItems(items: Item[], { keys, values, revisions }: Columns): void {
  for (let i = 0; i < keys.length; i++) items.push({ key: keys[i]!, value: values[i]!, revision: revisions[i]! });
}
