import { TYPE } from "../dns/numbers.ts";
import { type Octets, readU16 } from "../dns/octets.ts";
import { findRRset, type Node } from "../zone/node.ts";
import type { RRset, Selection } from "../zone/rrset.ts";
import type { Group, Member } from "./group.ts";
import { noMoves, rdatasAfter } from "./moves.ts";

/**
 * The RRset to which each answered member gives what `rdatasOf` says of it; undefined when none gives anything. `at` is the
 * node that had it.
 */
export function givenRRset(
  type: number,
  { answered, known, policy: { ttl, scheme } }: Group,
  at: Node | undefined,
  rdatasOf: (member: Member) => readonly Octets[],
): RRset | undefined {
  const before = known && at && findRRset(at, type);
  const moves = noMoves();
  for (const change of answered) {
    const was = change.before ? rdatasOf(change.before) : [];
    const is = change.after ? rdatasOf(change.after) : [];
    for (const rdata of was) if (!is.includes(rdata)) moves.went.push(rdata);
    for (const rdata of is) if (!was.includes(rdata)) moves.came.push(rdata);
  }
  if (moves.came.length === 0 && moves.went.length === 0) return before;
  const { rdatas, repeats } = rdatasAfter(moves, before);
  if (rdatas.length === 0) return undefined;
  const selection =
    type === TYPE.SRV ? selectionOf(rdatas, scheme.maxAnswers, before, moves.came) : { max: scheme.maxAnswers };
  const made = { type, ttl, rdatas, selection };
  return repeats.length === 0 ? made : { ...made, repeats };
}

/** Running totals of the weights, only where a subset is drawn from SRV records of different weight. */
function selectionOf(
  rdatas: readonly Octets[],
  max: number,
  before: RRset | undefined,
  came: readonly Octets[],
): Selection {
  if (rdatas.length <= max) return { max };
  const first = weightOf(rdatas[0]!);
  // Where they all weighed the same, only those that came have to be asked.
  const wasEven = before !== undefined && before.rdatas.length > max && before.selection?.totals === undefined;
  if ((wasEven ? came : rdatas).every((rdata) => weightOf(rdata) === first)) return { max };
  let total = 0;
  const totals = rdatas.map((rdata) => {
    total += Math.max(weightOf(rdata), LEAST_WEIGHT);
    return total;
  });
  return { max, totals };
}

/** What weight 0 counts as, which means a very small chance, not none (RFC 2782): a tenth of weight 1 on the wire. */
const LEAST_WEIGHT = 25;

/** The weight in the RDATA of an SRV record. */
function weightOf(rdata: Octets): number {
  return readU16(rdata, 2);
}
