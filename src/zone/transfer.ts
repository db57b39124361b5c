import { TYPE } from "../dns/numbers.ts";
import { recordsBeyond, type ZoneRecord } from "./difference.ts";
import { findRRset } from "./node.ts";
import type { Zone } from "./zone.ts";

/** The whole zone between two copies of its SOA (RFC 5936 §2.2): AXFR, and what answers IXFR where there is no better. */
export function* wholeZone(zone: Zone): Generator<ZoneRecord> {
  yield soaOf(zone);
  yield* recordsBeyond(zone, undefined);
  yield soaOf(zone);
}

/** What makes `after` of `before`, condensed into one difference sequence however many versions lie between (RFC 1995 §4, §5). */
export function* incrementally(before: Zone, after: Zone): Generator<ZoneRecord> {
  yield soaOf(after);
  yield soaOf(before);
  yield* recordsBeyond(before, after); // deleted
  yield soaOf(after);
  yield* recordsBeyond(after, before); // added
  yield soaOf(after);
}

/** The SOA alone: the client has this version already, or is told to come back over TCP (RFC 1995 §2). */
export function* versionOnly(zone: Zone): Generator<ZoneRecord> {
  yield soaOf(zone);
}

function soaOf({ origin, apex }: Zone): ZoneRecord {
  const rrset = findRRset(apex, TYPE.SOA)!;
  return { owner: origin, rrset, rdata: rrset.rdatas[0]! };
}
