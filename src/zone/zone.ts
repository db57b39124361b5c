import { labelsOf, type Name } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { type Octets, readU32, u32 } from "../dns/octets.ts";
import { type SoughtName, soughtName } from "../dns/sought-name.ts";
import { type NegativeImage, negativeImage } from "./negative.ts";
import { childIn, findRRset, makeNode, type Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";

/** A zone at one serial: an immutable tree below its apex. */
export interface Zone {
  readonly origin: Name;
  /** Labels of the origin. */
  readonly depth: number;
  /** As `SoughtName.suffixHash` has it. */
  readonly originHash: number;
  readonly serial: number;
  readonly apex: Node;
  /** What a negative answer carries: the SOA under min(its TTL, MINIMUM) (RFC 2308 §3). */
  readonly negativeSoa: RRset;
  readonly negativeImage: NegativeImage | undefined;
}

const SOA_TAIL_OCTETS = 20; // serial, refresh, retry, expire, minimum

/** The zone of this tree at `serial`; the apex must hold one SOA, whose serial field is replaced. */
export function makeZone(origin: Name, apex: Node, serial: number): Zone {
  const soa = findRRset(apex, TYPE.SOA)!;
  const rdata = withSerial(soa.rdatas[0]!, serial);
  const current = rrset(TYPE.SOA, soa.ttl, [rdata]);
  const rrsets = apex.rrsets.map((other) => (other.type === TYPE.SOA ? current : other));
  const negativeSoa = rrset(TYPE.SOA, Math.min(soa.ttl, readU32(rdata, rdata.length - 4)), [rdata]);
  return {
    origin,
    depth: labelsOf(origin).length,
    originHash: soughtName(origin).suffixHash(0),
    serial,
    apex: makeNode(apex.label, rrsets, apex.children, apex.notes),
    negativeSoa,
    negativeImage: negativeImage(origin, negativeSoa),
  };
}

export function serialOf(soa: Octets): number {
  return readU32(soa, soa.length - SOA_TAIL_OCTETS);
}

function withSerial(soa: Octets, serial: number): Octets {
  const at = soa.length - SOA_TAIL_OCTETS;
  return soa.slice(0, at) + u32(serial) + soa.slice(at + 4);
}

/** The node of a name at or below the zone's apex; no wildcards, no cuts. */
export function nodeAt(zone: Zone, name: SoughtName): Node | undefined {
  let node: Node | undefined = zone.apex;
  for (let i = name.count - zone.depth - 1; i >= 0 && node !== undefined; i--) node = childIn(node, name, i);
  return node;
}
