import { TYPE } from "../dns/numbers.ts";
import type { SoughtName } from "../dns/sought-name.ts";
import { childIn, childOf, findRRset, MARK_CNAME, MARK_DNAME, MARK_NS, type Node, type Notes } from "./node.ts";
import type { RRset } from "./rrset.ts";
import type { Snapshot } from "./snapshot.ts";
import { nodeAt, type Zone } from "./zone.ts";

/**
 * What a zone says of a name and type (RFC 1034 §4.3.2). `skip` counts the leftmost labels of the name that do not
 * belong to the owner of the RRset: 0 when the owner is the name itself. `branch` is the child of the apex that the name
 * is at or below; undefined for the apex, and when a wildcard answers. `deadlinePlace` is that of the closest node with one.
 */
export type Outcome =
  | {
      readonly kind: "answer";
      readonly node: Node;
      readonly rrset: RRset;
      readonly branch: Node | undefined;
      readonly deadlinePlace: number | undefined;
    }
  | { readonly kind: "alias"; readonly node: Node; readonly rrset: RRset; readonly deadlinePlace: number | undefined }
  /** A DNAME above the name: what is below it is found elsewhere (RFC 6672 §3.2). */
  | { readonly kind: "redirect"; readonly node: Node; readonly rrset: RRset; readonly skip: number }
  | { readonly kind: "referral"; readonly node: Node; readonly rrset: RRset; readonly skip: number }
  | { readonly kind: "nodata"; readonly node: Node; readonly negativeTtl: number | undefined }
  | { readonly kind: "nxdomain"; readonly negativeTtl: number | undefined };

/**
 * The zone to look a question up in: the one its name lies in, but for DS at an apex the one above, to whose side of the
 * cut DS belongs (RFC 4035 §3.1.4.1), when that is ours too and knows the name.
 */
export function zoneToAsk(snapshot: Snapshot, qname: SoughtName, qtype: number): Zone | undefined {
  const zone = snapshot.zoneFor(qname);
  if (qtype !== TYPE.DS || zone?.depth !== qname.count || zone.depth === 0) return zone;
  const parent = snapshot.zoneFor(qname, 1);
  return parent !== undefined && nodeAt(parent, qname) !== undefined ? parent : zone;
}

const NO_NOTES: Notes = {};

/** Looks up a name that lies at or below the zone's apex. */
export function lookup(zone: Zone, name: SoughtName, qtype: number): Outcome {
  let node = zone.apex;
  let branch: Node | undefined;
  let { negativeTtl, deadlinePlace } = node.notes ?? NO_NOTES;
  for (let i = name.count - zone.depth - 1; i >= 0; i--) {
    if ((node.marks & MARK_DNAME) !== 0)
      return { kind: "redirect", node, rrset: findRRset(node, TYPE.DNAME)!, skip: i + 1 };
    const child = childIn(node, name, i);
    if (child === undefined) return fromWildcard(node, qtype, negativeTtl);
    node = child;
    branch ??= child;
    const { notes } = node;
    if (notes !== undefined) {
      negativeTtl = notes.negativeTtl ?? negativeTtl;
      deadlinePlace = notes.deadlinePlace ?? deadlinePlace;
    }
    if ((node.marks & MARK_NS) !== 0 && (i > 0 || qtype !== TYPE.DS)) {
      return { kind: "referral", node, rrset: findRRset(node, TYPE.NS)!, skip: i };
    }
  }
  return fromNode(node, qtype, negativeTtl, branch, deadlinePlace);
}

/** The name does not exist; a wildcard at its closest encloser answers in its place, or it is NXDOMAIN (RFC 4592 §3.3.1). */
function fromWildcard(encloser: Node, qtype: number, negativeTtl: number | undefined): Outcome {
  const wildcard = childOf(encloser, "*");
  return wildcard === undefined ? { kind: "nxdomain", negativeTtl } : fromNode(wildcard, qtype, negativeTtl);
}

function fromNode(
  node: Node,
  qtype: number,
  negativeTtl: number | undefined,
  branch?: Node,
  deadlinePlace?: number,
): Outcome {
  // ANY gets one RRset, whichever is first (RFC 8482 §4.1).
  const rrset = qtype === TYPE.ANY ? node.rrsets[0] : findRRset(node, qtype);
  if (rrset !== undefined) return { kind: "answer", node, rrset, branch, deadlinePlace };
  if ((node.marks & MARK_CNAME) !== 0)
    return { kind: "alias", node, rrset: findRRset(node, TYPE.CNAME)!, deadlinePlace };
  return { kind: "nodata", node, negativeTtl };
}
