import { fnv } from "../dns/fnv.ts";
import { flat, type Octets, readU16, readU32, u16, u32, utf8 } from "../dns/octets.ts";
import type { Pool, RRset, Selection } from "../zone/rrset.ts";
import type { GroupPolicy, Member } from "./group.ts";
import { type Moves, rdatasAfter } from "./moves.ts";

/** What is said of a record for the selection among its like. */
export interface Standing {
  readonly priority: number;
  /** UTF-8; "" is none, or one that does not matter. */
  readonly locality: Octets;
  /** As on the wire. */
  readonly weight: number;
}

/** What weight 0 counts as, which means a very small chance, not none (RFC 2782): a tenth of weight 1 on the wire. */
const LEAST_WEIGHT = 25;

/** Of a stake, behind its RDATA: key and weight. */
const TAIL_OCTETS = 6;

/**
 * RDATA with what a member says of it: priority, locality, RDATA, key, weight. In this order, so that those who have a
 * priority and a locality in common stand together when they are sorted, and the same RDATA next to itself.
 */
export function stakeOf(rdata: Octets, { instance, weight }: Member, policy: GroupPolicy): Octets {
  const { id, registration } = instance;
  const locality = policy.selection === "nearest" ? utf8(registration.locality ?? "") : "";
  const place = u16(registration.priority) + String.fromCharCode(locality.length) + locality;
  // What an instance is drawn by stays, whatever becomes of its ports and its weight.
  return flat(place + rdata + u32(fnv(id)) + u16(weight));
}

/** The RRset after these stakes came and went; undefined when none is left. */
export function stakedRRset(
  type: number,
  { ttl, selection, maxAnswers }: GroupPolicy,
  before: RRset | undefined,
  moves: Moves,
): RRset | undefined {
  const known = before && { rdatas: before.stakes ?? [], repeats: before.repeats ?? [] };
  const { rdatas: stakes, repeats } = rdatasAfter(moves, known);
  if (stakes.length === 0) return undefined;
  const { rdatas, keys, standings } = readStakes(stakes);
  const isSubset = selection !== undefined || rdatas.length > maxAnswers;
  const made: RRset = {
    type,
    ttl,
    rdatas,
    selection: {
      max: maxAnswers,
      ...(selection !== undefined && selection !== "all" && { draw: selection }),
      ...(isSubset && weighed(standings)),
      ...(selection === "hash" && { keys }),
    },
    stakes,
  };
  return repeats.length === 0 ? made : { ...made, repeats };
}

/** The records that these stakes are held in, each once, at the best priority that somebody gives it. */
function readStakes(stakes: readonly Octets[]) {
  const rdatas: Octets[] = [];
  const keys: number[] = [];
  const standings: Standing[] = [];
  const seen = new Set<Octets>();
  for (const stake of stakes) {
    const localityEnd = 3 + stake.charCodeAt(2);
    const tailAt = stake.length - TAIL_OCTETS;
    const rdata = stake.slice(localityEnd, tailAt);
    const standing = {
      priority: readU16(stake, 0),
      locality: stake.slice(3, localityEnd),
      weight: readU16(stake, tailAt + 4),
    };
    const last = standings.at(-1);
    if (rdata === rdatas.at(-1) && isBeside(last!, standing)) {
      standings[standings.length - 1] = { ...standing, weight: last!.weight + standing.weight };
    } else if (!seen.has(rdata)) {
      seen.add(rdata);
      rdatas.push(rdata);
      keys.push(readU32(stake, tailAt));
      standings.push(standing);
    }
  }
  return { rdatas, keys, standings };
}

/** What a selection knows of records in this order: nothing where they are all alike. */
export function weighed(standings: readonly Standing[]): Pick<Selection, "totals" | "pools"> {
  const isEven = standings.every(({ weight }) => weight === standings[0]!.weight);
  const totals: number[] = [];
  const pools: Pool[] = [];
  let total = 0;
  for (const [index, standing] of standings.entries()) {
    total += Math.max(standing.weight, LEAST_WEIGHT);
    if (!isEven) totals.push(total);
    const next = standings[index + 1];
    const { priority, locality } = standing;
    if (next === undefined || !isBeside(standing, next)) pools.push({ priority, locality, end: index + 1 });
  }
  return { ...(!isEven && { totals }), ...(pools.length > 1 && { pools }) };
}

function isBeside(a: Standing, b: Standing): boolean {
  return a.priority === b.priority && a.locality === b.locality;
}
