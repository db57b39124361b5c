import { Branch } from "./children.ts";
import type { Children, Node } from "./node.ts";
import { sameRRset } from "./rrset.ts";

/**
 * True when two trees hold the same names, records and notes. What they share is skipped, so comparing a tree with its
 * edited successor costs what the edit touched. Relies on tries having one form for one set of children.
 */
export function sameNode(a: Node, b: Node): boolean {
  return (
    a === b ||
    (a.label === b.label &&
      a.rrsets.length === b.rrsets.length &&
      a.rrsets.every((rrset, i) => sameRRset(rrset, b.rrsets[i]!)) &&
      a.notes?.negativeTtl === b.notes?.negativeTtl &&
      a.notes?.ede?.code === b.notes?.ede?.code &&
      a.notes?.ede?.text === b.notes?.ede?.text &&
      sameChildren(a.children, b.children))
  );
}

function sameChildren(a: Children, b: Children): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (!(a instanceof Branch)) return !(b instanceof Branch) && sameNode(a, b);
  if (!(b instanceof Branch)) return false;
  return (
    a.bitmap === b.bitmap &&
    a.slots.length === b.slots.length &&
    a.slots.every((slot, i) => sameChildren(slot, b.slots[i]))
  );
}
