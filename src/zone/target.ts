import { foldName, type Name, ROOT } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { type Octets, readU16 } from "../dns/octets.ts";
import { targetOf } from "../dns/rdata.ts";
import { SoughtName } from "../dns/sought-name.ts";
import { childIn, childOf, findRRset, MARK_DNAME, MARK_NS, type Node } from "./node.ts";
import type { RRset } from "./rrset.ts";
import type { Zone } from "./zone.ts";

/** A name in our zones that RDATA points to, with the RRsets that belong in Additional for it (RFC 1034 §4.3.2 step 6). */
export interface Target {
  readonly name: Name;
  readonly folded: Name;
  readonly rrsets: readonly RRset[];
  /** Where Deadlines has that of the service whose name it is, if it is one's. */
  readonly deadlinePlace: number | undefined;
  /** The last answer that has it, so that none has it twice: looking through what an answer has would double its cost. */
  takenBy: object | undefined;
}

const ADDRESSES: readonly number[] = [TYPE.A, TYPE.AAAA];
/** Types whose target is asked for more than its addresses: DNS-SD (RFC 6763 §12.1) and service bindings (RFC 9460 §4.1). */
const WANTED: ReadonlyMap<number, readonly number[]> = new Map([
  [TYPE.PTR, [TYPE.SRV, TYPE.TXT]],
  [TYPE.SVCB, [TYPE.SVCB, ...ADDRESSES]],
  [TYPE.HTTPS, [TYPE.HTTPS, ...ADDRESSES]],
]);

/** Memoised targets at most; a large zone must not grow a second index of itself. */
const TARGETS_MAX = 20_000;

/** Where targets are looked for: the zone with the longest origin above a name without its `skip` leftmost labels. */
export interface ZoneFinder {
  zoneFor(name: SoughtName, skip?: number): Zone | undefined;
}

/** The targets of a snapshot, found when first asked for and right for as long as it lives, because nothing in it changes. */
export class Targets {
  readonly #zones: ZoneFinder;
  readonly #byRdata = new Map<Octets, { readonly type: number; readonly target: Target | undefined }>();
  /** Each once, however its name is written and whatever else stands in the RDATA. */
  readonly #byName = new Map<string, Target>();

  constructor(zones: ZoneFinder) {
    this.#zones = zones;
  }

  /** What RDATA of this type points to; undefined when our zones have nothing for it. */
  of(type: number, rdata: Octets): Target | undefined {
    const known = this.#byRdata.get(rdata);
    if (known?.type === type) return known.target;
    if (this.#byRdata.size >= TARGETS_MAX) this.#byRdata.clear();
    const name = targetOf(type, rdata);
    const target = name === undefined ? undefined : this.#named(name, type);
    this.#byRdata.set(rdata, { type, target });
    return target;
  }

  #named(name: Name, type: number): Target | undefined {
    const folded = foldName(name);
    const key = `${WANTED.has(type) ? type : ""} ${folded}`;
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const found = foundAt(this.#zones, folded, type);
    if (found.rrsets.length === 0) return undefined;
    if (this.#byName.size >= TARGETS_MAX) this.#byName.clear();
    const target = { name, folded, ...found, takenBy: undefined };
    this.#byName.set(key, target);
    return target;
  }
}

const place = new SoughtName();

type Found = Pick<Target, "rrsets" | "deadlinePlace">;
const NOTHING: Found = { rrsets: [], deadlinePlace: undefined };

/** Authoritative data is preferred, and glue of a zone above taken where there is none. */
export function foundAt(zones: ZoneFinder, folded: Name, type: number): Found {
  const name = place.set(folded);
  const nearest = zones.zoneFor(name);
  for (let zone = nearest; zone !== undefined; zone = zoneAbove(zones, zone, name)) {
    const found = foundIn(zone, name, zone !== nearest, type);
    if (found.rrsets.length > 0) return found;
  }
  return NOTHING;
}

function zoneAbove(zones: ZoneFinder, { depth }: Zone, name: SoughtName): Zone | undefined {
  return depth === 0 ? undefined : zones.zoneFor(name, name.count - depth + 1);
}

/**
 * Of the node that speaks for a name: its own, or the wildcard at its closest encloser, also below a cut, where it is glue.
 * What a DNAME occludes speaks for nothing.
 */
function foundIn(zone: Zone, name: SoughtName, isGlueOnly: boolean, type: number): Found {
  let node = zone.apex;
  let isGlue = false;
  let deadlinePlace = node.notes?.deadlinePlace;
  for (let i = name.count - zone.depth - 1; i >= 0; i--) {
    if ((node.marks & MARK_DNAME) !== 0) return NOTHING;
    const child = childIn(node, name, i) ?? childOf(node, "*");
    if (child === undefined) return NOTHING;
    const isWildcard = child.label === "*" && !name.isLabel(i, "*");
    node = child;
    deadlinePlace = node.notes?.deadlinePlace ?? deadlinePlace;
    if ((node.marks & MARK_NS) !== 0) isGlue = true;
    if (isWildcard) break;
  }
  return isGlue || !isGlueOnly ? { rrsets: wantedOf(node, type), deadlinePlace } : NOTHING;
}

export function isServiceBinding({ type }: RRset): boolean {
  return type === TYPE.SVCB || type === TYPE.HTTPS;
}

/** What "." in service bindings points to: in ServiceMode their owner (RFC 9460 §2.5.2), else nothing. */
export function ownTarget(owner: Node, { rdatas }: RRset): Target | undefined {
  const isOwn = rdatas.some((rdata) => readU16(rdata, 0) > 0 && rdata.startsWith(ROOT, 2));
  const rrsets = isOwn ? ADDRESSES.flatMap((wanted) => findRRset(owner, wanted) ?? []) : [];
  return rrsets.length > 0
    ? { name: ROOT, folded: ROOT, rrsets, deadlinePlace: undefined, takenBy: undefined }
    : undefined;
}

function wantedOf(node: Node, type: number): RRset[] {
  const rrsets = (WANTED.get(type) ?? ADDRESSES).flatMap((wanted) => findRRset(node, wanted) ?? []);
  // A PTR that is not of DNS-SD, such as that of an address, says all by itself.
  return type === TYPE.PTR && rrsets[0]?.type !== TYPE.SRV ? [] : rrsets;
}
