import { TYPE } from "../dns/numbers.ts";
import { type Octets, readU16 } from "../dns/octets.ts";
import { findRRset, type Node } from "../zone/node.ts";
import type { RRset, Selection } from "../zone/rrset.ts";
import type { Group, GroupPolicy, Member } from "./group.ts";
import { noMoves, rdatasAfter } from "./moves.ts";
import { type Standing, stakedRRset, stakeOf, weighed } from "./stakes.ts";

/**
 * The RRset to which each answered member gives what `rdatasOf` says of it; undefined when none gives anything. `at` is the
 * node that had it.
 */
export function givenRRset(
  type: number,
  { answered, known, policy }: Group,
  at: Node | undefined,
  rdatasOf: (member: Member) => readonly Octets[],
): RRset | undefined {
  const before = known && at && findRRset(at, type);
  const hasStakes = isStaked(type, policy);
  const moves = noMoves();
  const givenBy = (member: Member | undefined) => {
    if (member === undefined) return [];
    const rdatas = rdatasOf(member);
    return hasStakes ? rdatas.map((rdata) => stakeOf(rdata, member, policy)) : rdatas;
  };
  for (const change of answered) {
    const [was, is] = [givenBy(change.before), givenBy(change.after)];
    for (const given of was) if (!is.includes(given)) moves.went.push(given);
    for (const given of is) if (!was.includes(given)) moves.came.push(given);
  }
  if (moves.came.length === 0 && moves.went.length === 0) return before;
  if (hasStakes) return stakedRRset(type, policy, before, moves);
  const { rdatas, repeats } = rdatasAfter(moves, before);
  if (rdatas.length === 0) return undefined;
  const max = policy.selection === "all" ? Number.POSITIVE_INFINITY : policy.maxAnswers;
  const selection = type === TYPE.SRV ? selectionOf(rdatas, max, before, moves.came) : { max };
  const made = { type, ttl: policy.ttl, rdatas, selection };
  return repeats.length === 0 ? made : { ...made, repeats };
}

/**
 * True where more must be known of the records than their RDATA: where their order is drawn, and of addresses where a
 * service wants fewer than others. SRV says it all by itself, but for who draws.
 */
function isStaked(type: number, { selection, maxAnswers, scheme }: GroupPolicy): boolean {
  if (selection !== undefined) return selection !== "all";
  return type !== TYPE.SRV && maxAnswers !== scheme.maxAnswers;
}

/** Running totals of the weights, and the priorities, only where a subset is drawn from SRV records that differ in them. */
function selectionOf(
  rdatas: readonly Octets[],
  max: number,
  before: RRset | undefined,
  came: readonly Octets[],
): Selection {
  if (rdatas.length <= max) return { max };
  // Where they were all alike, only those that came have to be asked.
  if (before !== undefined && before.rdatas.length > max && isEven(before)) {
    const alike = before.rdatas[0]!.slice(0, PRIORITY_AND_WEIGHT_OCTETS);
    if (came.every((rdata) => rdata.startsWith(alike))) return { max };
  }
  return { max, ...weighed(rdatas.map(srvStanding)) };
}

/** SRV RDATA begins with them (RFC 2782). */
const PRIORITY_AND_WEIGHT_OCTETS = 4;

function srvStanding(rdata: Octets): Standing {
  return { priority: readU16(rdata, 0), locality: "", weight: readU16(rdata, 2) };
}

function isEven({ selection }: RRset): boolean {
  return selection?.totals === undefined && selection?.pools === undefined;
}
