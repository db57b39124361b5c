import { Branch } from "./children.ts";
import type { Children, Node, Notes } from "./node.ts";
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
      sameNotes(a.notes, b.notes) &&
      sameChildren(a.children, b.children))
  );
}

export function sameNotes(a: Notes | undefined, b: Notes | undefined): boolean {
  return (
    a === b ||
    (a?.negativeTtl === b?.negativeTtl &&
      a?.deadlinePlace === b?.deadlinePlace &&
      a?.ede?.code === b?.ede?.code &&
      a?.ede?.text === b?.ede?.text)
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
