import type { Octets } from "../dns/octets.ts";

/** All records of one owner and type. The owner is the node it hangs on. Immutable. */
export interface RRset {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** Uncompressed wire form, each once, in the order in which a truncated answer keeps them. */
  readonly rdatas: readonly Octets[];
  /** Which of them one answer holds, and whether their order rotates; absent: all, in order. */
  readonly selection?: Selection;
  /**
   * Of RDATA that stands here on behalf of several, or of their stakes, sorted: once for each of them but one. No answer
   * has it; it tells whether RDATA stays when one of them goes.
   */
  readonly repeats?: readonly Octets[];
  /** What each of those on whose behalf RDATA stands here says of it, sorted. `rdatas` and `selection` follow from it. */
  readonly stakes?: readonly Octets[];
}

/** Which instances one answer holds, and in which order; absent: those that suit the client's network best, rotated. */
export type SelectionKind = "all" | Draw;

/**
 * How the records of each answer are drawn from those of the best priority, then from those of the next: in an order by
 * chance and weight; in turn; by who suits the client's network best; by chance among those near the client.
 */
export type Draw = "random" | "roundRobin" | "hash" | "nearest";

export interface Selection {
  /** Records in one answer at most. */
  readonly max: number;
  /** Absent: all, or of more than `max` those that suit the client's network best, begun elsewhere each time. */
  readonly draw?: Draw;
  /** Running totals of the records' weights; absent when all weigh the same. */
  readonly totals?: readonly number[];
  /** What the records fall into, the lowest priority first; absent when they are one. */
  readonly pools?: readonly Pool[];
  /** For the draw "hash", what tells each record's instance from others: it has the same key with all its records. */
  readonly keys?: readonly number[];
}

/** Records in a row that have priority and locality in common. */
export interface Pool {
  readonly priority: number;
  /** UTF-8; "" is none, or one that does not matter. */
  readonly locality: Octets;
  /** Index behind its last record: it begins where the pool before it ends. */
  readonly end: number;
}

/** Keeps a copy of `rdatas`: an array that grew has room for more, and there are as many arrays as RRsets. */
export function rrset(type: number, ttl: number, rdatas: readonly Octets[], selection?: Selection): RRset {
  const kept = rdatas.slice();
  return selection === undefined ? { type, ttl, rdatas: kept } : { type, ttl, rdatas: kept, selection };
}

/** True when both hold the same records in the same order under the same TTL and selection. */
export function sameRRset(a: RRset, b: RRset): boolean {
  return (
    a.type === b.type &&
    a.ttl === b.ttl &&
    sameValues(a.rdatas, b.rdatas) &&
    sameSelection(a.selection, b.selection) &&
    sameValues(a.repeats, b.repeats) &&
    sameValues(a.stakes, b.stakes)
  );
}

function sameSelection(a: Selection | undefined, b: Selection | undefined): boolean {
  if (a === b) return true;
  return (
    a?.max === b?.max &&
    a?.draw === b?.draw &&
    sameValues(a?.totals, b?.totals) &&
    sameValues(a?.keys, b?.keys) &&
    sameValues(a?.pools, b?.pools, samePool)
  );
}

function samePool(a: Pool, b: Pool): boolean {
  return a.priority === b.priority && a.locality === b.locality && a.end === b.end;
}

function sameValues<T>(
  a: readonly T[] = [],
  b: readonly T[] = [],
  same = (one: T, other: T) => one === other,
): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => same(value, b[i]!)));
}
