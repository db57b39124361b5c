import type { Commit, Guard, Revision, StoreError, Write } from "../catalog/store.ts";
import type { Change } from "./feed.ts";

/** What crosses between sqlite-link.ts and sqlite-worker.ts: structured clones, in order, both ways in batches. */

export type WriteRequest =
  | {
      readonly kind: "commit";
      readonly id: number;
      readonly writes: readonly Write[];
      readonly guards: readonly Guard[];
    }
  | { readonly kind: "openSession"; readonly id: number; readonly session: string; readonly ttlMs: number }
  | { readonly kind: "endSession"; readonly id: number; readonly session: string }
  | { readonly kind: "compact"; readonly id: number; readonly before: Revision };

export type ReadRequest =
  | { readonly kind: "read"; readonly id: number; readonly prefix: string }
  | { readonly kind: "follow"; readonly id: number; readonly from: Revision | null };

/** A batch of these is one message. */
export type Request = WriteRequest | ReadRequest | { readonly kind: "close" };

/** A StoreError, taken apart: a class does not survive the crossing. */
export interface Failure {
  readonly kind: "failed";
  readonly code: StoreError["code"];
  readonly message: string;
  /** What SQLite or the operating system said. */
  readonly cause?: string;
}

export type Outcome = Commit | Failure;

/** Items as columns: three arrays cross much faster than as many objects. */
export interface Columns {
  readonly keys: string[];
  readonly values: string[];
  readonly revisions: Revision[];
}

export interface LeftSession {
  readonly id: string;
  readonly ttlMs: number;
}

/** The first message of the worker. */
export type Opening = { readonly kind: "opened"; readonly sessions: readonly LeftSession[] } | Failure;

export type ReadReply =
  | { readonly kind: "items"; readonly id: number; readonly columns: Columns }
  | { readonly kind: "changes"; readonly id: number; readonly changes: readonly Change[] }
  /** All was said, as of `revision`; `reset` is why a follower was given the table and not the log. */
  | { readonly kind: "done"; readonly id: number; readonly revision: Revision; readonly reset: string | undefined }
  | { readonly kind: "broken"; readonly id: number; readonly failure: Failure };

export type Reply =
  /** One group commit: what it changed, for the followers, and what became of each request. Durable. */
  | {
      readonly kind: "group";
      readonly changes: readonly Change[];
      readonly outcomes: readonly { readonly id: number; readonly outcome: Outcome }[];
    }
  | ReadReply;
