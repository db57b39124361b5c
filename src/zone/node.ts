import { foldName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import type { SoughtName } from "../dns/sought-name.ts";
import { Branch, type ChildrenOf } from "./children.ts";
import type { RRset } from "./rrset.ts";

/** Why an answer is as it is, for an Extended DNS Error (RFC 8914). */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

/** What goes with every answer from a node, beside its records. */
export interface Notes {
  readonly ede?: ExtendedError;
  /** TTL in seconds of negative answers here and below, instead of the zone's. */
  readonly negativeTtl?: number;
  /** Where Deadlines has that of answers here and below. */
  readonly deadlinePlace?: number;
}

/** A name of a zone: its records and the names below it. Immutable. A node without records is an empty non-terminal. */
export interface Node {
  /** The leftmost label, in its stored case. */
  readonly label: string;
  readonly rrsets: readonly RRset[];
  readonly children: Children;
  /** MARK_… bits: what a lookup must stop for, known without a search through the RRsets. */
  readonly marks: number;
  readonly notes: Notes | undefined;
}

export type Children = ChildrenOf<Node>;

export const MARK_NS = 1;
export const MARK_DNAME = 2;
export const MARK_CNAME = 4;

const NO_RRSETS: readonly RRset[] = [];

export function makeNode(
  label: string,
  rrsets: readonly RRset[] = NO_RRSETS,
  children?: Children,
  notes?: Notes,
): Node {
  let marks = 0;
  for (const { type } of rrsets) {
    if (type === TYPE.NS) marks |= MARK_NS;
    else if (type === TYPE.DNAME) marks |= MARK_DNAME;
    else if (type === TYPE.CNAME) marks |= MARK_CNAME;
  }
  return { label, rrsets: rrsets.length === 0 ? NO_RRSETS : rrsets.slice(), children, marks, notes };
}

export function findRRset(node: Node, type: number): RRset | undefined {
  for (const candidate of node.rrsets) if (candidate.type === type) return candidate;
  return undefined;
}

/** The child of this folded label, or undefined. */
export function childOf(node: Node, label: string): Node | undefined {
  const children = node.children;
  if (children === undefined) return undefined;
  if (children instanceof Branch) return children.find(label);
  return isLabel(children, label) ? children : undefined;
}

/** The child of one label of a name, or undefined. */
export function childIn(node: Node, name: SoughtName, index: number): Node | undefined {
  const children = node.children;
  if (children === undefined) return undefined;
  if (children instanceof Branch) return children.findIn(name, index);
  return name.isLabel(index, children.label) ? children : undefined;
}

/** True when a node bears this folded label. */
function isLabel(node: Node, label: string): boolean {
  return node.label === label || foldName(node.label) === label;
}

/** True when nothing is here: neither records nor names below. Such a node has no place in a tree. */
export function isVacant(node: Node): boolean {
  return node.rrsets.length === 0 && node.children === undefined;
}
