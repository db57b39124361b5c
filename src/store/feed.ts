import type { Feed, Revision } from "../catalog/store.ts";

export type Change = Extract<Feed, { kind: "change" }>;

/** Why a follower that has everything up to `from` must be given the whole table, or undefined when the log suffices. */
export function resetReason(from: Revision | null, compacted: Revision, revision: Revision): string | undefined {
  if (from === null) return "the first load";
  if (from < compacted) return `the log up to revision ${compacted} is compacted: revision ${from} cannot be resumed`;
  if (from > revision) return `revision ${from} is newer than the store's ${revision}: it is of another store`;
  return undefined;
}
