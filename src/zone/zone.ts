import { foldName, labelsOf, type Name } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { type Octets, readU32, u32 } from "../dns/octets.ts";
import { childOf, findRRset, makeNode, type Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";
import { Targets } from "./target.ts";

/** A zone at one serial: an immutable tree below its apex. */
export interface Zone {
  readonly origin: Name;
  /** Labels of the origin. */
  readonly depth: number;
  readonly serial: number;
  readonly apex: Node;
  /** What a negative answer carries: the SOA under min(its TTL, MINIMUM) (RFC 2308 §3). */
  readonly negativeSoa: RRset;
}

const SOA_TAIL_OCTETS = 20; // serial, refresh, retry, expire, minimum

/** The zone of this tree at `serial`; the apex must hold one SOA, whose serial field is replaced. */
export function makeZone(origin: Name, apex: Node, serial: number): Zone {
  const soa = findRRset(apex, TYPE.SOA)!;
  const rdata = withSerial(soa.rdatas[0]!, serial);
  const current = rrset(TYPE.SOA, soa.ttl, [rdata]);
  const rrsets = apex.rrsets.map((other) => (other.type === TYPE.SOA ? current : other));
  return {
    origin,
    depth: labelsOf(origin).length,
    serial,
    apex: makeNode(apex.label, rrsets, apex.children, apex.notes),
    negativeSoa: rrset(TYPE.SOA, Math.min(soa.ttl, readU32(rdata, rdata.length - 4)), [rdata]),
  };
}

export function serialOf(soa: Octets): number {
  return readU32(soa, soa.length - SOA_TAIL_OCTETS);
}

function withSerial(soa: Octets, serial: number): Octets {
  const at = soa.length - SOA_TAIL_OCTETS;
  return soa.slice(0, at) + u32(serial) + soa.slice(at + 4);
}

/** The node of a name at or below the zone's apex, by its folded labels, leftmost first; no wildcards, no cuts. */
export function nodeAt(zone: Zone, labels: readonly string[]): Node | undefined {
  let node: Node | undefined = zone.apex;
  for (let i = labels.length - zone.depth - 1; i >= 0 && node !== undefined; i--) node = childOf(node, labels[i]!);
  return node;
}

/** All zones at one moment. Immutable; a query reads it once. */
export class Snapshot {
  readonly #zones = new Map<Name, Zone>();
  /** What RDATA points to in these zones. */
  readonly targets = new Targets(this);
  /** Depths that occur, deepest first: the longest match wins. */
  readonly #depths: readonly number[];

  constructor(zones: Iterable<Zone>) {
    for (const zone of zones) this.#zones.set(foldName(zone.origin), zone);
    this.#depths = [...new Set([...this.#zones.values()].map((zone) => zone.depth))].sort((a, b) => b - a);
  }

  get zones(): Iterable<Zone> {
    return this.#zones.values();
  }

  zone(origin: Name): Zone | undefined {
    return this.#zones.get(foldName(origin));
  }

  /** The zone that a name of these folded labels lies in, the one with the longest matching origin. */
  zoneFor(labels: readonly string[]): Zone | undefined {
    for (const depth of this.#depths) {
      if (depth > labels.length) continue;
      let origin = "";
      for (let i = labels.length - depth; i < labels.length; i++)
        origin += String.fromCharCode(labels[i]!.length) + labels[i];
      const zone = this.#zones.get(`${origin}\0`);
      if (zone !== undefined) return zone;
    }
    return undefined;
  }
}
