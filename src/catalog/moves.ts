import type { Octets } from "../dns/octets.ts";
import type { RRset } from "../zone/rrset.ts";
import { respliced, timesIn } from "./sorted.ts";

/** RDATA that an RRset gained and lost in a batch of changes: once for each on whose behalf it stands there. */
export interface Moves {
  readonly came: Octets[];
  readonly went: Octets[];
}

export function noMoves(): Moves {
  return { came: [], went: [] };
}

/**
 * The RDATA of an RRset after these moves, and its repeats. Sorted, so that they stand in the same order whatever the
 * order in which they came, and found without a walk through all of them.
 */
export function rdatasAfter(
  { came, went }: Moves,
  { rdatas = [], repeats = [] }: Partial<Pick<RRset, "rdatas" | "repeats">> = {},
): { readonly rdatas: Octets[]; readonly repeats: readonly Octets[] } {
  const times = new Map<Octets, number>();
  const timesOf = (rdata: Octets) => times.get(rdata) ?? timesIn(rdatas, rdata) + timesIn(repeats, rdata);
  for (const rdata of went) times.set(rdata, timesOf(rdata) - 1);
  for (const rdata of came) times.set(rdata, timesOf(rdata) + 1);
  const moved = [...times.keys()].sort();
  return {
    rdatas: respliced(rdatas, moved, (rdata) => Math.min(times.get(rdata)!, 1)),
    repeats: respliced(repeats, moved, (rdata) => times.get(rdata)! - 1),
  };
}
