import { TYPE } from "../dns/numbers.ts";
import { flat } from "../dns/octets.ts";
import { findRRset, makeNode, type Node } from "../zone/node.ts";
import { type RRset, sameRRset } from "../zone/rrset.ts";
import { type Moves, rdatasAfter } from "./moves.ts";
import type { Scheme } from "./scheme.ts";

/** The PTR RRset after names came and went, itself when none did; undefined when no name is left. */
export function pointersAfter({ came, went }: Moves, known: RRset | undefined, scheme: Scheme): RRset | undefined {
  if (came.length === 0 && went.length === 0) return known;
  const { rdatas } = rdatasAfter({ came: came.map(flat), went }, known);
  if (rdatas.length === 0) return undefined;
  const made = { type: TYPE.PTR, ttl: scheme.ttlSeconds, rdatas };
  const max = scheme.maxAnswers;
  return rdatas.length > max ? { ...made, selection: { max } } : made;
}

/** The node with these pointers in place of its own; itself when they are the same. */
export function withPointers(node: Node, pointers: RRset | undefined): Node {
  const known = findRRset(node, TYPE.PTR);
  const isSame = known === undefined || pointers === undefined ? known === pointers : sameRRset(known, pointers);
  if (isSame) return node;
  const others = node.rrsets.filter(({ type }) => type !== TYPE.PTR);
  return makeNode(node.label, pointers === undefined ? others : [...others, pointers], node.children, node.notes);
}
