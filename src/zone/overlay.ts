import { foldName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { eachChild, withChild } from "./children.ts";
import { childOf, MARK_CNAME, MARK_DNAME, MARK_NS, makeNode, type Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";

/**
 * One tree of a zone's generated and static data. At the same owner they merge by type, and records of one type into one
 * RRset under the smaller TTL. Where that cannot be (`isClash`) the static data wins: an operator wrote it down.
 */
export function overlay(generated: Node, fixed: Node): Node {
  let children = generated.children;
  for (const child of eachChild(fixed.children)) {
    const below = childOf(generated, foldName(child.label));
    children = withChild(children, below === undefined || isClash(below, child) ? child : overlay(below, child));
  }
  return makeNode(fixed.label, mergeByType(generated.rrsets, fixed.rrsets), children, generated.notes);
}

/**
 * True when generated data cannot stand beside static data at one owner: a CNAME beside other data (RFC 2181 §10.1), or
 * anything at or below a zone cut or a DNAME.
 */
function isClash(generated: Node, fixed: Node): boolean {
  if ((fixed.marks & (MARK_NS | MARK_DNAME)) !== 0) return true;
  const isAliased = ((generated.marks | fixed.marks) & MARK_CNAME) !== 0;
  return isAliased && generated.rrsets.length > 0 && fixed.rrsets.length > 0;
}

/** The owners below the apex, as labels leftmost first, at which the two trees of a zone clash. */
export function* clashes(generated: Node, fixed: Node, labels: readonly string[] = []): Generator<readonly string[]> {
  for (const child of eachChild(fixed.children)) {
    const below = childOf(generated, foldName(child.label));
    const owner = [foldName(child.label), ...labels];
    if (below === undefined) continue;
    if (isClash(below, child)) yield owner;
    else yield* clashes(below, child, owner);
  }
}

function mergeByType(generated: readonly RRset[], fixed: readonly RRset[]): readonly RRset[] {
  if (generated.length === 0) return fixed;
  if (fixed.length === 0) return generated;
  const merged = generated.map((ours) => {
    const theirs = fixed.find(({ type }) => type === ours.type);
    if (theirs === undefined) return ours;
    // There is one SOA, and the operator's is it.
    if (ours.type === TYPE.SOA) return theirs;
    const rdatas = [...new Set([...theirs.rdatas, ...ours.rdatas])];
    const { totals: _, ...selection } = ours.selection ?? { max: Number.POSITIVE_INFINITY };
    return rrset(ours.type, Math.min(ours.ttl, theirs.ttl), rdatas, selection);
  });
  return [...merged, ...fixed.filter(({ type }) => !generated.some((ours) => ours.type === type))];
}
