import { CLASS, TTL_SECONDS_MAX, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { foldRdata } from "../dns/rdata.ts";
import { isNewer } from "../dns/serial.ts";
import type { UpdateRecord } from "../dns/update-message.ts";
import type { Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";
import { serialOf } from "./zone.ts";

/** RRsets by type, their records by what these are compared by: a message of thousands costs no look through them each. */
type Sets = Map<number, { readonly ttl: number; readonly records: Map<Octets, Octets> }>;

/** A name while a message is at work on it. */
export interface Spot {
  readonly isApex: boolean;
  /** The zone's. */
  readonly serial: number;
  readonly generated: Node | undefined;
  /** What files say; `hasFixedBelow`: of names below it too. */
  readonly fixed: Sets;
  readonly hasFixedBelow: boolean;
  /** A static delegation or DNAME stands here or above: nothing that is added would be answered. */
  readonly isCutOff: boolean;
  /** What updates have given it so far. */
  readonly given: Sets;
}

/** Why an update cannot be made, in words that fit behind "as". */
type Obstacle = string;

const GENERATED: Obstacle = "it is generated from what is registered";
const STATIC: Obstacle = "it is static data, of a zone file";
const OWN_SOA: Obstacle = "the server keeps the SOA itself";
const CUT_OFF: Obstacle = "a delegation or DNAME of a zone file stands there or above";
const HIDES: Obstacle = "it would hide what is static or generated there or below";

/** Types of which a name has one record. */
const SINGLETONS: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.DNAME]);

/** Makes one update of what updates have given a name, or returns why it cannot. */
export function makeUpdate(update: UpdateRecord, spot: Spot): Obstacle | undefined {
  const { generated } = spot;
  // Without records but with notes it is a service of which nothing can be answered at the moment.
  if (generated !== undefined && (generated.rrsets.length > 0 || generated.notes !== undefined)) return GENERATED;
  switch (update.class) {
    case CLASS.IN:
      return add(update, spot);
    case CLASS.NONE:
      return deleteRecord(update, spot);
    default:
      return update.type === TYPE.ANY ? deleteName(spot) : deleteRRset(update, spot);
  }
}

/** RFC 2136 §3.4.2.2. */
function add({ type, ttl, rdata }: UpdateRecord, spot: Spot): Obstacle | undefined {
  const { fixed, given } = spot;
  if (type === TYPE.SOA) return spot.isApex && isNewer(serialOf(rdata), spot.serial) ? OWN_SOA : undefined;
  // A CNAME beside other data, or other data beside a CNAME, is passed over.
  const types = [...fixed.keys(), ...given.keys()];
  if (types.some((other) => (other === TYPE.CNAME) !== (type === TYPE.CNAME))) return undefined;
  const standing = fixed.get(type);
  const key = keyOf(type, rdata);
  if (standing !== undefined) return standing.ttl === ttl && standing.records.has(key) ? undefined : STATIC;
  if (spot.isCutOff) return CUT_OFF;
  if (hides(type, spot)) return HIDES;
  const records = given.get(type)?.records ?? new Map<Octets, Octets>();
  if (SINGLETONS.has(type)) records.clear();
  // The TTL that came last is that of all records (RFC 2181 §5.2); with the highest bit set it counts as 0 (§8).
  given.set(type, { ttl: ttl > TTL_SECONDS_MAX ? 0 : ttl, records: records.set(key, rdata) });
  return undefined;
}

/** True when a zone cut or a DNAME here would put static or generated data out of reach (RFC 6672 §5.2). */
function hides(type: number, { fixed, hasFixedBelow, generated }: Spot): boolean {
  if (type !== TYPE.NS && type !== TYPE.DNAME) return false;
  return hasFixedBelow || generated?.children !== undefined || (type === TYPE.NS && fixed.size > 0);
}

/** RFC 2136 §3.4.2.3, of one type. */
function deleteRRset({ type }: UpdateRecord, spot: Spot): Obstacle | undefined {
  if (isKept(type, spot)) return undefined;
  if (spot.fixed.has(type)) return STATIC;
  spot.given.delete(type);
  return undefined;
}

/** RFC 2136 §3.4.2.3, of all types. */
function deleteName(spot: Spot): Obstacle | undefined {
  if (![...spot.fixed.keys()].every((type) => isKept(type, spot))) return STATIC;
  spot.given.clear();
  return undefined;
}

/** What deletions of whole RRsets pass over at the apex. */
function isKept(type: number, { isApex }: Spot): boolean {
  return isApex && (type === TYPE.SOA || type === TYPE.NS);
}

/** RFC 2136 §3.4.2.4. */
function deleteRecord({ type, rdata }: UpdateRecord, { isApex, fixed, given }: Spot): Obstacle | undefined {
  const key = keyOf(type, rdata);
  const standing = fixed.get(type)?.records;
  const isLastNs = isApex && type === TYPE.NS && standing?.size === 1;
  if (type === TYPE.SOA || isLastNs) return undefined;
  if (standing?.has(key)) return STATIC;
  const records = given.get(type)?.records;
  records?.delete(key);
  if (records?.size === 0) given.delete(type);
  return undefined;
}

/** What two records of a type are compared by; RDATA that does not fit the type is like nothing that does. */
function keyOf(type: number, rdata: Octets): Octets {
  return foldRdata(type, rdata) ?? rdata;
}

export function setsOf(rrsets: readonly RRset[]): Sets {
  return new Map(
    rrsets.map(({ type, ttl, rdatas }) => [
      type,
      { ttl, records: new Map(rdatas.map((rdata) => [keyOf(type, rdata), rdata])) },
    ]),
  );
}

export function rrsetsOf(sets: Sets): readonly RRset[] {
  return Array.from(sets, ([type, { ttl, records }]) => rrset(type, ttl, [...records.values()]));
}
