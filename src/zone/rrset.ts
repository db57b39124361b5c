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
   * Of RDATA that stands here on behalf of several, sorted: once for each of them but one. No answer has it; it tells
   * whether RDATA stays when one of them goes.
   */
  readonly repeats?: readonly Octets[];
}

export interface Selection {
  /** Records in one answer at most. */
  readonly max: number;
  /** Running totals of the records' weights; absent when all weigh the same. */
  readonly totals?: readonly number[];
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
    a.selection?.max === b.selection?.max &&
    sameValues(a.selection?.totals ?? [], b.selection?.totals ?? []) &&
    sameValues(a.repeats ?? [], b.repeats ?? [])
  );
}

function sameValues<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}
