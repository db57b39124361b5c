import { foldName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { differences, eachChild, withChild, withoutChild } from "./children.ts";
import { childOf, isVacant, MARK_CNAME, MARK_DNAME, MARK_NS, makeNode, type Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";

/** Two trees of one zone and the tree that they make together. */
export interface Overlaid {
  readonly under: Node;
  readonly over: Node;
  readonly merged: Node;
}

const NOTHING: Node = makeNode("");

/**
 * One tree of two: at the same owner they merge by type, and records of one type into one RRset under the smaller TTL.
 * Where that cannot be (`isClash`) `over` wins: somebody wrote it down. From the `last` overlay only what differs is
 * merged again, and what stays as it was stays the same object.
 */
export function overlay(under: Node, over: Node, last: Overlaid = laidUnder(under)): Overlaid {
  if (under === last.under && over === last.over) return last;
  if (isVacant(under)) return { under, over, merged: over };
  if (isVacant(over)) return { under, over, merged: under };
  return { under, over, merged: merge(under, over, last) };
}

function laidUnder(under: Node): Overlaid {
  return { under, over: NOTHING, merged: under };
}

function merge(under: Node, over: Node, last: Overlaid): Node {
  const labels = new Set<string>();
  for (const { before, after } of differences(last.under.children, under.children)) labels.add(labelOf(before, after));
  for (const { before, after } of differences(last.over.children, over.children)) labels.add(labelOf(before, after));
  let children = last.merged.children;
  for (const label of labels) {
    const child = mergeAt(label, under, over, last);
    children = child === undefined ? withoutChild(children, label) : withChild(children, child);
  }
  const isSame = under.rrsets === last.under.rrsets && over.rrsets === last.over.rrsets;
  const rrsets = isSame ? last.merged.rrsets : mergeByType(under.rrsets, over.rrsets);
  const isKept = isSame && labels.size === 0 && under.notes === last.under.notes;
  return isKept ? last.merged : makeNode(over.label || under.label, rrsets, children, under.notes);
}

/** The child of this label in the merged tree. */
function mergeAt(label: string, under: Node, over: Node, last: Overlaid): Node | undefined {
  const [below, above] = [childOf(under, label), childOf(over, label)];
  if (below === undefined || above === undefined) return above ?? below;
  if (isClash(below, above)) return above;
  const known = { under: childOf(last.under, label), over: childOf(last.over, label) };
  const merged = childOf(last.merged, label);
  if (known.under === undefined || known.over === undefined || merged === undefined || isClash(known.under, known.over))
    return merge(below, above, laidUnder(below));
  return merge(below, above, { under: known.under, over: known.over, merged });
}

/**
 * True when data cannot stand beside other data at one owner: a CNAME beside other data (RFC 2181 §10.1), or anything at
 * or below a zone cut or a DNAME.
 */
function isClash(under: Node, over: Node): boolean {
  if ((over.marks & (MARK_NS | MARK_DNAME)) !== 0) return true;
  const isAliased = ((under.marks | over.marks) & MARK_CNAME) !== 0;
  return isAliased && under.rrsets.length > 0 && over.rrsets.length > 0;
}

/** The owners below the apex, as labels leftmost first, at which the two trees of a zone clash. */
export function* clashes(under: Node, over: Node, labels: readonly string[] = []): Generator<readonly string[]> {
  for (const child of eachChild(over.children)) {
    const below = childOf(under, foldName(child.label));
    const owner = [foldName(child.label), ...labels];
    if (below === undefined) continue;
    if (isClash(below, child)) yield owner;
    else yield* clashes(below, child, owner);
  }
}

function mergeByType(under: readonly RRset[], over: readonly RRset[]): readonly RRset[] {
  if (under.length === 0) return over;
  if (over.length === 0) return under;
  const merged = under.map((ours) => {
    const theirs = over.find(({ type }) => type === ours.type);
    if (theirs === undefined) return ours;
    // There is one SOA, and the operator's is it.
    if (ours.type === TYPE.SOA) return theirs;
    const rdatas = [...new Set([...theirs.rdatas, ...ours.rdatas])];
    // What is said of the records one by one does not fit any more.
    const max = ours.selection?.max ?? Number.POSITIVE_INFINITY;
    return rrset(ours.type, Math.min(ours.ttl, theirs.ttl), rdatas, { max });
  });
  return [...merged, ...over.filter(({ type }) => !under.some((ours) => ours.type === type))];
}

function labelOf(before: Node | undefined, after: Node | undefined): string {
  return foldName((after ?? before)!.label);
}
