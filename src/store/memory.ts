import { randomUUID } from "node:crypto";
import {
  type Commit,
  type Feed,
  type Guard,
  type Item,
  type Revision,
  type Session,
  type Store,
  StoreError,
  type Write,
} from "../catalog/store.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Put, planCommit, sessionEnded } from "./commit-plan.ts";
import { type Change, resetReason } from "./feed.ts";
import { byCodePoint } from "./key-order.ts";
import { DEFAULT_RETENTION, keepRetention, type Retention } from "./retention.ts";
import { Sessions } from "./sessions.ts";

export interface MemoryStoreOptions {
  readonly clock?: Clock;
  readonly retention?: Retention;
}

/** A store that ends with the process: for tests, and for servers whose instances all register again. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options.clock ?? systemClock, options.retention ?? DEFAULT_RETENTION);
}

interface Row {
  readonly item: Item;
  readonly session: string | undefined;
}

interface Follower {
  readonly sink: (item: Feed) => void;
  /** What it has. */
  position: Revision | null;
  isCaughtUp: boolean;
}

class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #sessionIds = new Set<string>();
  readonly #retain: (revision: Revision) => void;
  readonly #rows = new Map<string, Row>();
  readonly #followers = new Set<Follower>();
  /** Every change after `#compacted`, without a gap. */
  readonly #log: Change[] = [];
  #compacted: Revision = 0;
  /** What is to be compacted once everybody has it. */
  #forgettable: Revision = 0;
  #isDeliveryDue = false;
  #isClosed = false;

  constructor(clock: Clock, retention: Retention) {
    this.#clock = clock;
    this.#sessions = new Sessions(clock, async (id) => this.#endSession(id));
    this.#retain = keepRetention(retention, clock, (before) => this.#forgetSoon(before));
  }

  follow(from: Revision | null, sink: (item: Feed) => void): { close(): void } {
    if (this.#isClosed) return this.#followClosed(sink);
    const follower: Follower = { sink, position: from, isCaughtUp: false };
    this.#followers.add(follower);
    this.#deliverSoon();
    return { close: () => void this.#followers.delete(follower) };
  }

  async commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<Commit> {
    this.#assertOpen("commit");
    const plan = planCommit(this.#table, writes, guards);
    switch (plan.kind) {
      case "conflict":
        return plan;
      case "refused":
        throw sessionEnded(plan.put);
      case "effect":
        this.#apply(plan.puts, plan.deletes);
        return { kind: "committed", revision: this.#revision };
    }
  }

  async read(prefix: string): Promise<{ revision: Revision; items: readonly Item[] }> {
    this.#assertOpen("read");
    return { revision: this.#revision, items: this.#itemsUnder(prefix) };
  }

  async session(ttlMs: number): Promise<Session> {
    this.#assertOpen("open a session");
    const id = randomUUID();
    this.#sessionIds.add(id);
    return this.#sessions.start(id, ttlMs);
  }

  async compact(before: Revision): Promise<void> {
    this.#assertOpen("compact");
    this.#forgetSoon(Math.min(before, this.#revision));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sessions.stop();
    this.#deliverSoon();
    await Promise.resolve(); // The delivery comes first: what was committed is heard.
    this.#followers.clear();
  }

  get #revision(): Revision {
    return this.#compacted + this.#log.length;
  }

  readonly #table = {
    revisionOf: (key: string): Revision => this.#rows.get(key)?.item.revision ?? 0,
    hasSession: (id: string): boolean => this.#sessionIds.has(id),
  };

  #apply(puts: readonly Put[], deletes: readonly string[]): void {
    if (puts.length === 0 && deletes.length === 0) return;
    const revision = this.#revision + 1;
    const items = puts.map(({ key, value }): Item => ({ key, value, revision }));
    for (const [index, item] of items.entries()) this.#rows.set(item.key, { item, session: puts[index]?.session });
    for (const key of deletes) this.#rows.delete(key);
    this.#log.push({ kind: "change", revision, puts: items, deletes });
    this.#retain(revision);
    this.#deliverSoon();
  }

  #endSession(id: string): void {
    this.#sessionIds.delete(id);
    const ended = [...this.#rows].filter(([, row]) => row.session === id);
    this.#apply([], ended.map(([key]) => key).sort(byCodePoint));
  }

  #forgetSoon(before: Revision): void {
    this.#forgettable = Math.max(this.#forgettable, before);
    this.#deliverSoon();
  }

  #forget(): void {
    if (this.#forgettable <= this.#compacted) return;
    this.#log.splice(0, this.#forgettable - this.#compacted);
    this.#compacted = this.#forgettable;
  }

  #deliverSoon(): void {
    if (this.#isDeliveryDue) return;
    this.#isDeliveryDue = true;
    queueMicrotask(() => this.#deliver());
  }

  /** Every follower reads the log from where it stands: joining, catching up and following are one path. */
  #deliver(): void {
    this.#isDeliveryDue = false;
    for (const follower of this.#followers) {
      const revision = this.#revision;
      if (follower.isCaughtUp && follower.position === revision) continue;
      const items = this.#itemsSince(follower.position);
      items.push({ kind: "mark", revision, atMs: this.#clock.wallMs() });
      follower.position = revision;
      follower.isCaughtUp = true;
      this.#tell(follower, items);
    }
    this.#forget();
  }

  #followClosed(sink: (item: Feed) => void): { close(): void } {
    let isFollowing = true;
    queueMicrotask(() => {
      if (isFollowing) sink({ kind: "lost", sinceMs: this.#clock.wallMs(), why: "the store is closed" });
    });
    return {
      close: () => {
        isFollowing = false;
      },
    };
  }

  /** A sink may close its follower between two items. */
  #tell(follower: Follower, items: readonly Feed[]): void {
    for (const item of items) if (this.#followers.has(follower)) follower.sink(item);
  }

  #itemsSince(from: Revision | null): Feed[] {
    const why = resetReason(from, this.#compacted, this.#revision);
    if (why === undefined) return this.#log.slice((from ?? 0) - this.#compacted);
    return [{ kind: "reset", revision: this.#revision, items: this.#itemsUnder(""), why }];
  }

  #itemsUnder(prefix: string): Item[] {
    const items: Item[] = [];
    for (const { item } of this.#rows.values()) if (item.key.startsWith(prefix)) items.push(item);
    return items.sort((a, b) => byCodePoint(a.key, b.key));
  }

  #assertOpen(action: string): void {
    if (this.#isClosed) throw new StoreError("STORE_CLOSED", `Cannot ${action} as the store is closed: open it again`);
  }
}
