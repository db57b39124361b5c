import { fnv } from "../dns/fnv.ts";
import { TYPE } from "../dns/numbers.ts";
import type { RRset } from "./rrset.ts";
import { splicesOf } from "./splice.ts";

/** Where RDATA begins with what may change of a record: priority and weight (RFC 2782), or priority (RFC 9460 §2.2). */
const RANK_OCTETS: ReadonlyMap<number, number> = new Map([
  [TYPE.SRV, 4],
  [TYPE.SVCB, 2],
  [TYPE.HTTPS, 2],
]);

/** Places of which the RRset is remembered that was there last. */
const PLACES_MAX = 1024;

/**
 * What tells each record of an RRset from others, whatever becomes of its priority and weight: a hash of its RDATA. Every
 * thread makes its own, of the RRsets it is asked for, so that none cross and a change of those that fit whole costs nothing.
 */
export class RecordKeys {
  readonly #known = new WeakMap<RRset, Int32Array>();
  /** What comes next at a place differs from this in few records: it has most keys already. */
  readonly #last = new Map<number, RRset>();

  /** The keys of the records, in their order; `place` stands for owner and type, where they are known. */
  of(rrset: RRset, place: number | undefined): Int32Array {
    const known = this.#known.get(rrset);
    if (known !== undefined) return known;
    const last = place === undefined ? undefined : this.#last.get(place);
    const keys = last === undefined ? keysOf(rrset) : keysAfter(last, this.of(last, undefined), rrset);
    this.#known.set(rrset, keys);
    if (this.#last.size >= PLACES_MAX) this.#last.clear();
    if (place !== undefined) this.#last.set(place, rrset);
    return keys;
  }
}

function keysOf({ type, rdatas }: Pick<RRset, "type" | "rdatas">): Int32Array {
  const from = RANK_OCTETS.get(type) ?? 0;
  const keys = new Int32Array(rdatas.length);
  for (let i = 0; i < keys.length; i++) keys[i] = fnv(rdatas[i]!, from);
  return keys;
}

/** The keys of an RRset, of which most are those of another one. */
function keysAfter(before: RRset, known: Int32Array, { type, rdatas }: RRset): Int32Array {
  const { counts, values } = splicesOf(before.rdatas, rdatas);
  const added = keysOf({ type, rdatas: values });
  const keys = new Int32Array(rdatas.length);
  for (let [at, from, to, taken] = [0, 0, 0, 0]; at < counts.length; at += 3) {
    const [kept, dropped, put] = [counts[at]!, counts[at + 1]!, counts[at + 2]!];
    keys.set(known.subarray(from, from + kept), to);
    keys.set(added.subarray(taken, taken + put), to + kept);
    from += kept + dropped;
    to += kept + put;
    taken += put;
  }
  return keys;
}
