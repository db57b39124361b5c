import { type Name, nameOf } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { differences, eachChild } from "./children.ts";
import { findRRset, type Node } from "./node.ts";
import type { RRset } from "./rrset.ts";
import type { Zone } from "./zone.ts";

/** One record of a zone. */
export interface ZoneRecord {
  readonly owner: Name;
  readonly rrset: RRset;
  readonly rdata: Octets;
}

/**
 * The records of `zone` that `other` lacks, all of them where there is no other, and never the SOA. What two zones differ
 * in is this once each way; subtrees that both share are skipped, so it costs what differs.
 */
export function recordsBeyond(zone: Zone, other: Zone | undefined): Generator<ZoneRecord> {
  return beyond(zone.apex, other?.apex, zone.origin);
}

function* beyond(node: Node, other: Node | undefined, owner: Name): Generator<ZoneRecord> {
  if (node === other) return;
  // In other case it is another name to whoever keeps case, here and in every name below.
  if (node.label !== other?.label) other = undefined;
  for (const rrset of node.rrsets) {
    if (rrset.type === TYPE.SOA) continue;
    for (const rdata of rdatasBeyond(rrset, other && findRRset(other, rrset.type))) yield { owner, rrset, rdata };
  }
  if (other === undefined) {
    for (const child of eachChild(node.children)) yield* beyond(child, undefined, nameOf([child.label], owner));
    return;
  }
  for (const { before, after } of differences(other.children, node.children)) {
    if (after !== undefined) yield* beyond(after, before, nameOf([after.label], owner));
  }
}

/** The RDATA of an RRset that the other does not have under this TTL. */
function rdatasBeyond(rrset: RRset, other: RRset | undefined): readonly Octets[] {
  if (rrset === other) return [];
  if (rrset.ttl !== other?.ttl) return rrset.rdatas;
  const [ours, theirs] = [rrset.rdatas, other.rdatas];
  // Of an RRset of thousands one record comes or goes: what stands before it and behind it is the same on both sides.
  const shorter = Math.min(ours.length, theirs.length);
  let start = 0;
  while (start < shorter && ours[start] === theirs[start]) start++;
  let tail = 0;
  while (tail < shorter - start && ours[ours.length - 1 - tail] === theirs[theirs.length - 1 - tail]) tail++;
  const known = new Set(theirs.slice(start, theirs.length - tail));
  return ours.slice(start, ours.length - tail).filter((rdata) => !known.has(rdata));
}
