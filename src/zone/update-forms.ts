import { CLASS, TTL_SECONDS_MAX, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { foldRdata } from "../dns/rdata.ts";
import { isNewer } from "../dns/serial.ts";
import type { UpdateRecord } from "../dns/update-message.ts";
import type { Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";
import { serialOf } from "./zone.ts";

/** A name as an update finds it. */
export interface Spot {
  readonly isApex: boolean;
  /** The zone's. */
  readonly serial: number;
  readonly generated: Node | undefined;
  readonly fixed: Node | undefined;
  /** A static delegation or DNAME stands here or above: nothing that is added would be answered. */
  readonly isCutOff: boolean;
  /** What updates have given it before this message. */
  readonly updated: readonly RRset[];
}

type RRsets = readonly RRset[];
/** Words that fit behind "as". */
type Obstacle = string;

const GENERATED: Obstacle = "it is generated from what is registered";
const STATIC: Obstacle = "it is static data, of a zone file";
const OWN_SOA: Obstacle = "the server keeps the SOA itself";
const CUT_OFF: Obstacle = "a delegation or DNAME of a zone file stands there or above";
const HIDES: Obstacle = "it would hide what is static or generated there or below";

/** The RRsets of a name after one update, from those that updates have `given` it so far; or why it cannot be made. */
export function makeUpdate(update: UpdateRecord, spot: Spot, given: RRsets): RRsets | Obstacle {
  const { generated } = spot;
  // Without records but with notes it is a service of which nothing can be answered at the moment.
  if (generated !== undefined && (generated.rrsets.length > 0 || generated.notes !== undefined)) return GENERATED;
  switch (update.class) {
    case CLASS.IN:
      return add(update, spot, given);
    case CLASS.NONE:
      return deleteRecord(update, spot, given);
    default:
      return update.type === TYPE.ANY ? deleteName(spot) : deleteRRset(update, spot, given);
  }
}

/** RFC 2136 §3.4.2.2. */
function add({ type, ttl, rdata }: UpdateRecord, spot: Spot, given: RRsets): RRsets | Obstacle {
  const fixed = spot.fixed?.rrsets ?? [];
  if (type === TYPE.SOA) return spot.isApex && isNewer(serialOf(rdata), spot.serial) ? OWN_SOA : given;
  // A CNAME beside other data, or other data beside a CNAME, is passed over.
  if ([...fixed, ...given].some((other) => (other.type === TYPE.CNAME) !== (type === TYPE.CNAME))) return given;
  const standing = fixed.find((other) => other.type === type);
  if (standing !== undefined) return standing.ttl === ttl && has(standing, rdata) ? given : STATIC;
  if (spot.isCutOff) return CUT_OFF;
  if (hides(type, spot)) return HIDES;
  const known = given.find((other) => other.type === type);
  const made = rrset(type, ttl > TTL_SECONDS_MAX ? 0 : ttl, withRdata(type, known?.rdatas ?? [], rdata));
  return known === undefined ? [...given, made] : given.map((other) => (other === known ? made : other));
}

/** The records of an RRset with one more, which takes the place of its equal, and of any other where there can be one only. */
function withRdata(type: number, rdatas: readonly Octets[], rdata: Octets): readonly Octets[] {
  if (type === TYPE.CNAME || type === TYPE.DNAME) return [rdata];
  const at = rdatas.findIndex((other) => isEqual(type, other, rdata));
  return at < 0 ? [...rdatas, rdata] : rdatas.with(at, rdata);
}

/** True when a zone cut or a DNAME here would put static or generated data out of reach (RFC 6672 §5.2). */
function hides(type: number, { fixed, generated }: Spot): boolean {
  if (type !== TYPE.NS && type !== TYPE.DNAME) return false;
  if (type === TYPE.NS && fixed !== undefined && fixed.rrsets.length > 0) return true;
  return fixed?.children !== undefined || generated?.children !== undefined;
}

/** RFC 2136 §3.4.2.3, of one type. */
function deleteRRset({ type }: UpdateRecord, spot: Spot, given: RRsets): RRsets | Obstacle {
  if (isKept(type, spot)) return given;
  if (spot.fixed?.rrsets.some((other) => other.type === type)) return STATIC;
  return given.filter((other) => other.type !== type);
}

/** RFC 2136 §3.4.2.3, of all types. */
function deleteName(spot: Spot): RRsets | Obstacle {
  return spot.fixed?.rrsets.some(({ type }) => !isKept(type, spot)) ? STATIC : [];
}

/** What deletions of whole RRsets pass over at the apex. */
function isKept(type: number, { isApex }: Spot): boolean {
  return isApex && (type === TYPE.SOA || type === TYPE.NS);
}

/** RFC 2136 §3.4.2.4. */
function deleteRecord({ type, rdata }: UpdateRecord, { isApex, fixed }: Spot, given: RRsets): RRsets | Obstacle {
  const standing = fixed?.rrsets.find((other) => other.type === type);
  const isLastNs = isApex && type === TYPE.NS && standing?.rdatas.length === 1;
  if (type === TYPE.SOA || isLastNs) return given;
  if (standing !== undefined && has(standing, rdata)) return STATIC;
  return given.flatMap((other) => {
    if (other.type !== type || !has(other, rdata)) return [other];
    const rdatas = other.rdatas.filter((one) => !isEqual(type, one, rdata));
    return rdatas.length > 0 ? [rrset(type, other.ttl, rdatas)] : [];
  });
}

function has({ type, rdatas }: RRset, rdata: Octets): boolean {
  return rdatas.some((other) => isEqual(type, other, rdata));
}

function isEqual(type: number, a: Octets, b: Octets): boolean {
  // Names that differ in case are as long.
  return a === b || (a.length === b.length && foldRdata(type, a) === foldRdata(type, b));
}
