import type Database from "better-sqlite3";
import type { Commit, Item, Revision } from "../catalog/store.ts";
import { type Put, planCommit, sessionEnded } from "./commit-plan.ts";
import type { Change } from "./feed.ts";
import { failureOf } from "./sqlite-failure.ts";
import type { LeftSession, Outcome, WriteRequest } from "./sqlite-messages.ts";

/** One group commit: what to tell the followers and what to tell each caller. */
interface Group {
  readonly changes: Change[];
  readonly outcomes: { readonly id: number; readonly outcome: Outcome }[];
}

interface LogRow {
  readonly revision: Revision;
  readonly key: string;
  readonly value: string | null;
}

/** Revisions forgotten in one go, for a commit may be waiting. */
const SWEEP_REVISIONS = 1000;

/** The tables as functions over prepared statements. Owns no state: what is rolled back is forgotten nowhere else. */
export class SqliteTable {
  readonly #sqlite: Database.Database;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #commitGroup: (requests: readonly WriteRequest[]) => Group;

  constructor(sqlite: Database.Database) {
    this.#sqlite = sqlite;
    this.#statements = prepare(sqlite);
    this.#commitGroup = sqlite.transaction((requests: readonly WriteRequest[]) => this.#applyAll(requests)).immediate;
  }

  /** Does all of `requests` in one transaction, each at a revision of its own. Durable when it returns. Never throws. */
  commit(requests: readonly WriteRequest[]): Group {
    try {
      return this.#commitGroup(requests);
    } catch (error) {
      const [only] = requests;
      if (requests.length === 1 && only !== undefined) {
        return { changes: [], outcomes: [{ id: only.id, outcome: failureOf(actionOf(only), error) }] };
      }
      // One that does not fit on the disk must not take the others with it: each for itself.
      const alone = requests.map((request) => this.commit([request]));
      return { changes: alone.flatMap((group) => group.changes), outcomes: alone.flatMap((group) => group.outcomes) };
    }
  }

  /** Runs `read` on one state of the tables, whoever writes meanwhile. */
  snapshot(read: () => void): void {
    this.#sqlite.transaction(read)();
  }

  revision(): Revision {
    return Math.max(this.#statements.newest.get() ?? 0, this.compacted());
  }

  compacted(): Revision {
    return this.#statements.compacted.get() ?? 0;
  }

  /** Items from the first key of `prefix` on, sorted as UTF-8, without end: the caller stops where the prefix does. */
  itemsFrom(prefix: string): IterableIterator<Item> {
    return this.#statements.itemsFrom.iterate(prefix);
  }

  *changesAfter(from: Revision): Generator<Change> {
    let change: { kind: "change"; revision: Revision; puts: Item[]; deletes: string[] } | undefined;
    for (const { revision, key, value } of this.#statements.logAfter.iterate(from)) {
      if (change?.revision !== revision) {
        if (change !== undefined) yield change;
        change = { kind: "change", revision, puts: [], deletes: [] };
      }
      if (value === null) change.deletes.push(key);
      else change.puts.push({ key, value, revision });
    }
    if (change !== undefined) yield change;
  }

  sessions(): LeftSession[] {
    return this.#statements.sessions.all();
  }

  /** Deletes a part of what is compacted; true when there is more. The log's end is what `compacted` says, not its rows. */
  sweep(): boolean {
    const oldest = this.#statements.oldest.get() ?? null;
    const compacted = this.compacted();
    if (oldest === null || oldest > compacted) return false;
    this.#statements.deleteLog.run(Math.min(compacted, oldest + SWEEP_REVISIONS));
    return true;
  }

  #applyAll(requests: readonly WriteRequest[]): Group {
    const group: Group = { changes: [], outcomes: [] };
    let revision = this.revision();
    for (const request of requests) {
      const effect = this.#apply(request, revision);
      if ("outcome" in effect) {
        group.outcomes.push({ id: request.id, outcome: effect.outcome });
        continue;
      }
      if (effect.puts.length > 0 || effect.deletes.length > 0) group.changes.push(this.#write(effect, ++revision));
      group.outcomes.push({ id: request.id, outcome: { kind: "committed", revision } });
    }
    return group;
  }

  /** What a request writes to the keys, or what became of it when that is nothing. */
  #apply(request: WriteRequest, revision: Revision): Effect | { readonly outcome: Outcome } {
    switch (request.kind) {
      case "commit": {
        const plan = planCommit(this.#planning, request.writes, request.guards);
        switch (plan.kind) {
          case "conflict":
            return { outcome: plan satisfies Commit };
          case "refused":
            return { outcome: failureOf("commit", sessionEnded(plan.put)) };
          case "effect":
            return plan;
        }
        break;
      }
      case "openSession":
        this.#statements.putSession.run(request.session, request.ttlMs);
        return { puts: [], deletes: [] };
      case "endSession":
        this.#statements.deleteSession.run(request.session);
        return { puts: [], deletes: this.#statements.keysOfSession.all(request.session) };
      case "compact":
        this.#statements.compact.run(Math.min(request.before, revision));
        return { puts: [], deletes: [] };
    }
  }

  #write({ puts, deletes }: Effect, revision: Revision): Change {
    let n = 0;
    for (const { key, value, session } of puts) {
      this.#statements.put.run(key, value, revision, session ?? null);
      this.#statements.log.run(revision, n++, key, value);
    }
    for (const key of deletes) {
      this.#statements.delete.run(key);
      this.#statements.log.run(revision, n++, key, null);
    }
    return { kind: "change", revision, puts: puts.map(({ key, value }) => ({ key, value, revision })), deletes };
  }

  readonly #planning = {
    revisionOf: (key: string): Revision => this.#statements.revisionOf.get(key) ?? 0,
    hasSession: (id: string): boolean => this.#statements.hasSession.get(id) !== undefined,
  };
}

interface Effect {
  readonly puts: readonly Put[];
  readonly deletes: readonly string[];
}

function prepare(sqlite: Database.Database) {
  const one = <P extends unknown[], R>(sql: string) => sqlite.prepare<P, R>(sql).pluck() as Database.Statement<P, R>;
  return {
    revisionOf: one<[string], Revision>("SELECT revision FROM kv WHERE key = ?"),
    put: sqlite.prepare<[string, string, Revision, string | null]>("INSERT OR REPLACE INTO kv VALUES (?, ?, ?, ?)"),
    delete: sqlite.prepare<[string]>("DELETE FROM kv WHERE key = ?"),
    itemsFrom: sqlite.prepare<[string], Item>("SELECT key, value, revision FROM kv WHERE key >= ? ORDER BY key"),
    keysOfSession: one<[string], string>("SELECT key FROM kv WHERE session = ? ORDER BY key"),

    log: sqlite.prepare<[Revision, number, string, string | null]>("INSERT INTO log VALUES (?, ?, ?, ?)"),
    logAfter: sqlite.prepare<[Revision], LogRow>(
      "SELECT revision, key, value FROM log WHERE revision > ? ORDER BY revision, n",
    ),
    newest: one<[], Revision | null>("SELECT max(revision) FROM log"),
    oldest: one<[], Revision | null>("SELECT min(revision) FROM log"),
    deleteLog: sqlite.prepare<[Revision]>("DELETE FROM log WHERE revision <= ?"),
    compacted: one<[], Revision>("SELECT value FROM meta WHERE name = 'compacted'"),
    compact: sqlite.prepare<[Revision]>("UPDATE meta SET value = max(value, ?) WHERE name = 'compacted'"),

    sessions: sqlite.prepare<[], LeftSession>("SELECT id, ttl_ms AS ttlMs FROM session"),
    hasSession: one<[string], number>("SELECT 1 FROM session WHERE id = ?"),
    putSession: sqlite.prepare<[string, number]>("INSERT INTO session VALUES (?, ?)"),
    deleteSession: sqlite.prepare<[string]>("DELETE FROM session WHERE id = ?"),
  };
}

function actionOf(request: WriteRequest): string {
  switch (request.kind) {
    case "commit":
      return "commit";
    case "openSession":
      return "open a session";
    case "endSession":
      return `end session "${request.session}"`;
    case "compact":
      return `compact the log up to revision ${request.before}`;
  }
}
