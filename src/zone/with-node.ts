import { withChild, withoutChild } from "./children.ts";
import { childOf, isVacant, makeNode, type Node } from "./node.ts";
import { sameNode } from "./same.ts";

/**
 * The tree with what `change` makes of the node at a path of labels below it, topmost first; itself when that is the node as
 * it was. `change` is given an empty node where there is none. A node that is left with nothing goes, and with it each above
 * it that then has nothing: no empty non-terminal outlives what it led to.
 */
export function withNode(tree: Node, path: readonly string[], change: (node: Node) => Node): Node {
  const [label, ...rest] = path;
  if (label === undefined) return change(tree);
  const known = childOf(tree, label);
  const child = withNode(known ?? makeNode(label), rest, change);
  if (child === known) return tree;
  const hasNothing = isVacant(child) && child.notes === undefined;
  const children = hasNothing ? withoutChild(tree.children, label) : withChild(tree.children, child);
  return children === tree.children ? tree : makeNode(tree.label, tree.rrsets, children, tree.notes);
}

/** The node as it was when `made` holds the same: unaltered data is recognised by `===`. */
export function kept(known: Node, made: Node): Node {
  return sameNode(known, made) ? known : made;
}
