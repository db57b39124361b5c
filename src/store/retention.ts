import type { Revision } from "../catalog/store.ts";
import type { Clock } from "./clock.ts";

/** How much of the log is kept: what is beyond either limit is compacted. */
export interface Retention {
  readonly revisions: number;
  readonly ageMs: number;
}

export const DEFAULT_RETENTION: Retention = { revisions: 100_000, ageMs: 3_600_000 };

/** Both limits may be exceeded by one part in this many: compacting in steps costs a commit next to nothing. */
const STEPS = 64;

/**
 * Tells `compact` what may be forgotten. Call the result after every commit with its revision. No timer: what nobody
 * writes to does not grow. After a restart every revision counts as new.
 */
export function keepRetention(
  limits: Retention,
  clock: Clock,
  compact: (before: Revision) => void,
): (revision: Revision) => void {
  const ages: { readonly revision: Revision; readonly atMs: number }[] = [];
  let compacted = 0;
  return (revision) => {
    const nowMs = clock.nowMs();
    const youngest = ages.at(-1);
    if (youngest === undefined || nowMs - youngest.atMs >= limits.ageMs / STEPS) ages.push({ revision, atMs: nowMs });

    const excess = revision - limits.revisions;
    let before = excess - compacted > limits.revisions / STEPS ? excess : compacted;
    while (ages[0] !== undefined && nowMs - ages[0].atMs >= limits.ageMs) {
      before = Math.max(before, ages.shift()?.revision ?? 0);
    }
    if (before > compacted) {
      compacted = before;
      compact(before);
    }
  };
}
