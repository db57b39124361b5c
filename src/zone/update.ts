import { isAtOrBelow, labelsOf, type Name, nameText } from "../dns/name.ts";
import { CLASS, RCODE, TYPE } from "../dns/numbers.ts";
import { foldRdata } from "../dns/rdata.ts";
import { isDataType, typeText } from "../dns/type-names.ts";
import type { UpdateRecord } from "../dns/update-message.ts";
import { childOf, MARK_DNAME, MARK_NS, type Node } from "./node.ts";
import { type RRset, sameRRset } from "./rrset.ts";
import { makeUpdate, rrsetsOf, type Spot, setsOf } from "./update-forms.ts";
import type { Zone } from "./zone.ts";

/** A zone as it is answered, and the trees it was made of: what is registered, what files say, what updates made. */
export interface UpdatableZone {
  readonly zone: Zone;
  readonly generated: Node;
  readonly fixed: Node;
  readonly updated: Node;
}

export type Updates =
  /** Of each name that changes, all RRsets that updates have given it; none when it has nothing of theirs any more. */
  | { readonly kind: "made"; readonly names: ReadonlyMap<Name, readonly RRset[]> }
  /** `www.example. A as …`, to stand behind what could not be done. */
  | { readonly kind: "refused"; readonly why: string };

/** NOERROR, or the rcode for the first update that no zone could be asked to make (RFC 2136 §3.4.1). */
export function prescan(origin: Name, updates: readonly UpdateRecord[]): number {
  for (const update of updates) {
    if (!isAtOrBelow(update.owner, origin)) return RCODE.NOTZONE;
    if (!isWellFormed(update)) return RCODE.FORMERR;
  }
  return RCODE.NOERROR;
}

function isWellFormed({ class: form, type, ttl, rdata }: UpdateRecord): boolean {
  switch (form) {
    case CLASS.IN:
      return isDataType(type) && foldRdata(type, rdata) !== undefined;
    case CLASS.ANY:
      return ttl === 0 && rdata === "" && (isDataType(type) || type === TYPE.ANY);
    case CLASS.NONE:
      return ttl === 0 && isDataType(type);
    default:
      return false;
  }
}

/**
 * Makes updates that have passed `prescan`, one after the other (RFC 2136 §3.4.2). They change what updates made, and
 * nothing else: with the first that would change what is generated or static, all are refused.
 */
export function makeUpdates(target: UpdatableZone, updates: readonly UpdateRecord[]): Updates {
  const spots = new Map<Name, Spot>();
  for (const update of updates) {
    const { owner, type } = update;
    const spot = spots.get(owner) ?? spotOf(target, owner);
    spots.set(owner, spot);
    const obstacle = makeUpdate(update, spot);
    if (obstacle !== undefined) return { kind: "refused", why: `${nameText(owner)} ${typeText(type)} as ${obstacle}` };
  }
  const names = new Map<Name, readonly RRset[]>();
  for (const [owner, { given }] of spots) {
    const rrsets = rrsetsOf(given);
    if (!isSame(rrsets, updatedAt(target, owner))) names.set(owner, rrsets);
  }
  return { kind: "made", names };
}

/** The RRsets that updates have given a name. */
export function updatedAt({ zone, updated }: UpdatableZone, owner: Name): readonly RRset[] {
  return nodesTo(updated, pathOf(zone, owner)).at(-1)?.rrsets ?? [];
}

function spotOf(target: UpdatableZone, owner: Name): Spot {
  const path = pathOf(target.zone, owner);
  const nodes = nodesTo(target.fixed, path);
  const fixed = nodes.at(-1);
  return {
    isApex: path.length === 0,
    serial: target.zone.serial,
    generated: nodesTo(target.generated, path).at(-1),
    fixed: setsOf(fixed?.rrsets ?? []),
    hasFixedBelow: fixed?.children !== undefined,
    isCutOff: nodes.some((node, depth) => cutsOff(node, depth, path.length)),
    given: setsOf(updatedAt(target, owner)),
  };
}

/** True when a static node `depth` labels below the apex keeps from being answered what is added `length` labels below it. */
function cutsOff(node: Node | undefined, depth: number, length: number): boolean {
  const marks = node?.marks ?? 0;
  return depth === 0 ? length > 0 && (marks & MARK_DNAME) !== 0 : (marks & (MARK_NS | MARK_DNAME)) !== 0;
}

/** The labels that lead from the apex to a name, topmost first. */
function pathOf({ depth }: Zone, owner: Name): readonly string[] {
  return labelsOf(owner).reverse().slice(depth);
}

/** The nodes on a path, the apex first; undefined where there are none. */
function nodesTo(apex: Node, path: readonly string[]): readonly (Node | undefined)[] {
  const nodes: (Node | undefined)[] = [apex];
  for (const label of path) {
    const above = nodes.at(-1);
    nodes.push(above && childOf(above, label));
  }
  return nodes;
}

function isSame(a: readonly RRset[], b: readonly RRset[]): boolean {
  return a.length === b.length && a.every((rrset, i) => sameRRset(rrset, b[i]!));
}
