import type { Name } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { flat } from "../dns/octets.ts";
import { findRRset, makeNode, type Node } from "../zone/node.ts";
import { type RRset, rrset, sameRRset } from "../zone/rrset.ts";
import type { Scheme } from "./scheme.ts";

/** The names that a PTR RRset gained and lost in a batch of changes. */
export interface Moves {
  readonly came: Name[];
  readonly went: Name[];
}

export function noMoves(): Moves {
  return { came: [], went: [] };
}

/** The PTR RRset after these moves, itself when there are none; undefined when no name is left. */
export function pointersAfter({ came, went }: Moves, known: RRset | undefined, scheme: Scheme): RRset | undefined {
  if (came.length === 0 && went.length === 0) return known;
  const names = new Set(known?.rdatas);
  for (const name of went) names.delete(name);
  for (const name of came) names.add(flat(name));
  if (names.size === 0) return undefined;
  const max = scheme.maxAnswers;
  // Sorted, so that they stand in the same order whatever the order in which they came.
  return rrset(TYPE.PTR, scheme.ttlSeconds, [...names].sort(), names.size > max ? { max } : undefined);
}

/** The node with these pointers in place of its own; itself when they are the same. */
export function withPointers(node: Node, pointers: RRset | undefined): Node {
  const known = findRRset(node, TYPE.PTR);
  const isSame = known === undefined || pointers === undefined ? known === pointers : sameRRset(known, pointers);
  if (isSame) return node;
  const others = node.rrsets.filter(({ type }) => type !== TYPE.PTR);
  return makeNode(node.label, pointers === undefined ? others : [...others, pointers], node.children, node.notes);
}
