import type { Octets } from "./octets.ts";

/** A hash of the octets from an index on (FNV-1a), 32 bits with a sign. Its low bits move more than its high ones. */
export function fnv(octets: Octets, from = 0): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = from; i < octets.length; i++) hash = Math.imul(hash ^ octets.charCodeAt(i), 0x01000193);
  return hash;
}
