import type { Octets } from "../dns/octets.ts";
import type { RRset } from "./rrset.ts";

/**
 * The records of an RRset that one client's answers hold: all, or of more than `selection.max` a weighted subset that is
 * stable for the client's network (DNS.md §2.10).
 */
export function selected(rrset: RRset, clientAddress: string): readonly Octets[] {
  const { rdatas, selection } = rrset;
  if (selection === undefined || !isInPart(rrset)) return rdatas;
  return subset(rdatas, selection.max, selection.totals, networkHash(clientAddress));
}

/** True when one answer holds only some of the records. */
export function isInPart({ rdatas, selection }: RRset): boolean {
  return selection !== undefined && rdatas.length > selection.max;
}

/**
 * Systematic sampling: `max` equally spaced pointers over the running totals, shifted by the client's hash. Each record
 * is drawn in proportion to its weight, none twice, and over all networks every record is reached.
 */
function subset(rdatas: readonly Octets[], max: number, totals: readonly number[] | undefined, hash: number): Octets[] {
  const total = totals?.at(-1) ?? rdatas.length;
  const step = total / max;
  const chosen: Octets[] = [];
  let at = 0;
  for (let pointer = (hash / 2 ** 32) * step; chosen.length < max && at < rdatas.length; pointer += step) {
    at = totals === undefined ? Math.max(at, Math.floor(pointer)) : firstAbove(totals, pointer, at);
    if (at < rdatas.length) chosen.push(rdatas[at++]!);
  }
  return chosen;
}

/** The first index from `low` on whose running total is above `value`. */
function firstAbove(totals: readonly number[], value: number, low: number): number {
  let high = totals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (totals[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A hash of the network a client is in (IPv4 /24, IPv6 /48): neighbours share it, and with it their subset. */
function networkHash(address: string): number {
  const network = address.includes(":") ? address.split(":", 3).join(":") : address.slice(0, address.lastIndexOf("."));
  let hash = 0x811c9dc5;
  for (let i = 0; i < network.length; i++) hash = Math.imul(hash ^ network.charCodeAt(i), 0x01000193);
  // FNV's low bits move more than its high ones, which decide here.
  return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
}
