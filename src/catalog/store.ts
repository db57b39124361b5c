/**
 * The seam between what was registered and where it is kept. A Store keeps keys and values, numbers every commit with a
 * Revision, and knows nothing of services. Memory, SQLite (and later etcd) pass one contract suite.
 */

/** The number of a commit: 1 for the first, each later one greater by one. 0 is the empty store. */
export type Revision = number;

/** A key as it stands now; `revision` is that of the commit that last put it. Values are text (ours: JSON). */
export interface Item {
  readonly key: string;
  readonly value: string;
  readonly revision: Revision;
}

export type Write =
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly session?: string }
  | { readonly kind: "delete"; readonly key: string };

/** What must hold of a key for a commit to happen: its revision, or 0 for "it does not exist". */
export interface Guard {
  readonly key: string;
  readonly revision: Revision;
}

/** All of a commit's writes stand at one revision, durable; or a guard failed and nothing was written. */
export type Commit =
  | { readonly kind: "committed"; readonly revision: Revision }
  | { readonly kind: "conflict"; readonly guard: Guard; readonly actual: Revision };

export type Feed =
  /** Replace the whole table at once. */
  | { readonly kind: "reset"; readonly revision: Revision; readonly items: readonly Item[]; readonly why: string }
  /** All of one revision, in one item. A delete names a key that existed. */
  | {
      readonly kind: "change";
      readonly revision: Revision;
      readonly puts: readonly Item[];
      readonly deletes: readonly string[];
    }
  /** All up to `revision` is delivered; the source lives. */
  | { readonly kind: "mark"; readonly revision: Revision; readonly atMs: number }
  /** The source is away: fail static until the next item. */
  | { readonly kind: "lost"; readonly sinceMs: number; readonly why: string };

/** Keys put with a session's id vanish, in one commit, when the session is closed or not renewed for its `ttlMs`. */
export interface Session {
  readonly id: string;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface Store {
  /**
   * Delivers the table (`reset`) and then every later change in order, once; or, from a revision whose successors are
   * still in the log, only those. A compacted `from` gives a reset. `sink` must not throw and is never called before
   * `follow` has returned.
   */
  follow(from: Revision | null, sink: (item: Feed) => void): { close(): void };
  /** All or nothing, at one revision, resolved once durable. Rejects with StoreError when the world is in the way. */
  commit(writes: readonly Write[], guards?: readonly Guard[]): Promise<Commit>;
  /** The items whose key begins with `prefix`, sorted by key, as of `revision`. Linearizable. */
  read(prefix: string): Promise<{ readonly revision: Revision; readonly items: readonly Item[] }>;
  session(ttlMs: number): Promise<Session>;
  /** Forgets the log up to and including `before`; the table stays whole. */
  compact(before: Revision): Promise<void>;
  close(): Promise<void>;
}

/** The world is in the way of a store; `message` says what to do about it. */
export class StoreError extends Error {
  readonly code: "STORE_CORRUPT" | "STORE_LOCKED" | "STORE_FULL" | "STORE_NEWER" | "STORE_CLOSED" | "STORE_IO";

  constructor(code: StoreError["code"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
