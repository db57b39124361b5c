import { TYPE } from "../dns/numbers.ts";
import { childOf, findRRset, MARK_CNAME, MARK_DNAME, MARK_NS, type Node } from "./node.ts";
import type { RRset } from "./rrset.ts";
import { nodeAt, type Snapshot, type Zone } from "./zone.ts";

/**
 * What a zone says of a name and type (RFC 1034 §4.3.2). `skip` counts the leftmost labels of the name that do not
 * belong to the owner of the RRset: 0 when the owner is the name itself.
 */
export type Outcome =
  | { readonly kind: "answer"; readonly node: Node; readonly rrset: RRset }
  | { readonly kind: "alias"; readonly node: Node; readonly rrset: RRset }
  /** A DNAME above the name: what is below it is found elsewhere (RFC 6672 §3.2). */
  | { readonly kind: "redirect"; readonly node: Node; readonly rrset: RRset; readonly skip: number }
  | { readonly kind: "referral"; readonly node: Node; readonly rrset: RRset; readonly skip: number }
  | { readonly kind: "nodata"; readonly node: Node; readonly negativeTtl: number | undefined }
  | { readonly kind: "nxdomain"; readonly negativeTtl: number | undefined };

/**
 * The zone to look a question up in: the one its name lies in, but for DS at an apex the one above, to whose side of the
 * cut DS belongs (RFC 4035 §3.1.4.1), when that is ours too and knows the name.
 */
export function zoneToAsk(snapshot: Snapshot, labels: readonly string[], qtype: number): Zone | undefined {
  const zone = snapshot.zoneFor(labels);
  if (qtype !== TYPE.DS || zone?.depth !== labels.length || zone.depth === 0) return zone;
  const parent = snapshot.zoneFor(labels.slice(1));
  return parent !== undefined && nodeAt(parent, labels) !== undefined ? parent : zone;
}

/** Looks a name up by its folded labels, leftmost first. The name lies at or below the zone's apex. */
export function lookup(zone: Zone, labels: readonly string[], qtype: number): Outcome {
  let node = zone.apex;
  let negativeTtl = node.notes?.negativeTtl;
  for (let i = labels.length - zone.depth - 1; i >= 0; i--) {
    if ((node.marks & MARK_DNAME) !== 0)
      return { kind: "redirect", node, rrset: findRRset(node, TYPE.DNAME)!, skip: i + 1 };
    const child = childOf(node, labels[i]!);
    if (child === undefined) return fromWildcard(node, qtype, negativeTtl);
    node = child;
    if (node.notes?.negativeTtl !== undefined) negativeTtl = node.notes.negativeTtl;
    if ((node.marks & MARK_NS) !== 0 && (i > 0 || qtype !== TYPE.DS)) {
      return { kind: "referral", node, rrset: findRRset(node, TYPE.NS)!, skip: i };
    }
  }
  return fromNode(node, qtype, negativeTtl);
}

/** The name does not exist; a wildcard at its closest encloser answers in its place, or it is NXDOMAIN (RFC 4592 §3.3.1). */
function fromWildcard(encloser: Node, qtype: number, negativeTtl: number | undefined): Outcome {
  const wildcard = childOf(encloser, "*");
  return wildcard === undefined ? { kind: "nxdomain", negativeTtl } : fromNode(wildcard, qtype, negativeTtl);
}

function fromNode(node: Node, qtype: number, negativeTtl: number | undefined): Outcome {
  // ANY gets one RRset, whichever is first (RFC 8482 §4.1).
  const rrset = qtype === TYPE.ANY ? node.rrsets[0] : findRRset(node, qtype);
  if (rrset !== undefined) return { kind: "answer", node, rrset };
  if ((node.marks & MARK_CNAME) !== 0) return { kind: "alias", node, rrset: findRRset(node, TYPE.CNAME)! };
  return { kind: "nodata", node, negativeTtl };
}
