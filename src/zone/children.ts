import { foldName } from "../dns/name.ts";
import { hashOf, type SoughtName } from "../dns/sought-name.ts";

/**
 * What stands directly below a node, by folded label: nothing, the only child itself, or a hash trie of 32-way branches
 * with path copying. An edit copies a few small arrays however many siblings there are (decisions/0003).
 */
export type ChildrenOf<T extends Labelled> = T | Branch<T> | undefined;

export interface Labelled {
  readonly label: string;
}

const BITS = 5;
const HASH_BITS = 30;

export class Branch<T extends Labelled> {
  /** Which of the 32 slots are taken; below the last bits of the hash all children that collide stand in `slots`. */
  readonly bitmap: number;
  readonly slots: readonly (T | Branch<T>)[];

  constructor(bitmap: number, slots: readonly (T | Branch<T>)[]) {
    this.bitmap = bitmap;
    this.slots = slots;
  }

  /** What stands in the slot of one bit of the bitmap. */
  slot(bit: number): T | Branch<T> | undefined {
    return (this.bitmap & bit) === 0 ? undefined : this.slots[ones(this.bitmap & (bit - 1))];
  }

  /** The child of this folded label. */
  find(label: string): T | undefined {
    const found = this.#candidate(hashOf(label));
    if (found instanceof Branch) return found.slots.find((slot) => labelOf(slot as T) === label) as T | undefined;
    return found !== undefined && labelOf(found) === label ? found : undefined;
  }

  /** The child of one label of a name. */
  findIn(name: SoughtName, index: number): T | undefined {
    const found = this.#candidate(name.hash(index));
    if (found instanceof Branch)
      return found.slots.find((slot) => name.isLabel(index, (slot as T).label)) as T | undefined;
    return found !== undefined && name.isLabel(index, found.label) ? found : undefined;
  }

  /** The only child that may have a label of this hash, or the branch of those that have. */
  #candidate(hash: number): T | Branch<T> | undefined {
    let branch: Branch<T> = this;
    for (let shift = 0; shift < HASH_BITS; shift += BITS) {
      const bit = 1 << ((hash >>> shift) & 31);
      if ((branch.bitmap & bit) === 0) return undefined;
      const slot = branch.slots[ones(branch.bitmap & (bit - 1))]!;
      if (!(slot instanceof Branch)) return slot;
      branch = slot;
    }
    return branch;
  }
}

/** The children with `node` among them, in place of one of the same label. */
export function withChild<T extends Labelled>(children: ChildrenOf<T>, node: T): ChildrenOf<T> {
  if (children === undefined) return node;
  const label = labelOf(node);
  if (children instanceof Branch) return insert(children, node, label, hashOf(label), 0);
  return labelOf(children) === label ? node : pair(children, node, hashOf(labelOf(children)), hashOf(label), 0);
}

/** The children without the one of this folded label. */
export function withoutChild<T extends Labelled>(children: ChildrenOf<T>, label: string): ChildrenOf<T> {
  if (children instanceof Branch) return remove(children, label, hashOf(label), 0);
  return children !== undefined && labelOf(children) === label ? undefined : children;
}

/** Every child, in no order that means anything but the same for the same trie. */
export function* eachChild<T extends Labelled>(children: ChildrenOf<T>): Generator<T> {
  if (children === undefined) return;
  if (!(children instanceof Branch)) yield children;
  else for (const slot of children.slots) yield* eachChild(slot);
}

/** A label's node in one set of children and in another; absent where that has none. */
export interface Difference<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** The children that are not the same object in both. Branches that both share are skipped: it costs what differs. */
export function differences<T extends Labelled>(before: ChildrenOf<T>, after: ChildrenOf<T>): Difference<T>[] {
  const found: Difference<T>[] = [];
  compare(before, after, found);
  return found;
}

/** Into a list, as a generator for each pair of branches would be most of the work. */
function compare<T extends Labelled>(before: ChildrenOf<T>, after: ChildrenOf<T>, found: Difference<T>[]): void {
  if (before === after) return;
  if (before === undefined) {
    for (const node of eachChild(after)) found.push({ before: undefined, after: node });
  } else if (before instanceof Branch && after instanceof Branch && before.bitmap !== 0 && after.bitmap !== 0) {
    for (let bits = before.bitmap | after.bitmap; bits !== 0; bits &= bits - 1) {
      const bit = bits & -bits;
      compare(before.slot(bit), after.slot(bit), found);
    }
  } else if (isChild(before) && isChild(after) && labelOf(before) === labelOf(after)) found.push({ before, after });
  else compareAll(before, after, found);
}

function isChild<T extends Labelled>(children: ChildrenOf<T>): children is T {
  return children !== undefined && !(children instanceof Branch);
}

/** Of which one at least is no branch, or one of labels of the same hash. */
function compareAll<T extends Labelled>(before: ChildrenOf<T>, after: ChildrenOf<T>, found: Difference<T>[]): void {
  const left = new Map<string, T>();
  for (const node of eachChild(before)) left.set(labelOf(node), node);
  for (const node of eachChild(after)) {
    const known = left.get(labelOf(node));
    if (known !== node) found.push({ before: known, after: node });
    left.delete(labelOf(node));
  }
  for (const node of left.values()) found.push({ before: node, after: undefined });
}

function insert<T extends Labelled>(branch: Branch<T>, node: T, label: string, hash: number, shift: number): Branch<T> {
  if (shift >= HASH_BITS) {
    return new Branch(0, [...branch.slots.filter((slot) => labelOf(slot as T) !== label), node]);
  }
  const bit = 1 << ((hash >>> shift) & 31);
  const at = ones(branch.bitmap & (bit - 1));
  // `toSpliced` and `with` make arrays without room to grow, which in a trie of small arrays would be most of it.
  if ((branch.bitmap & bit) === 0) return new Branch(branch.bitmap | bit, branch.slots.toSpliced(at, 0, node));
  return new Branch(branch.bitmap, branch.slots.with(at, grown(branch.slots[at]!, node, label, hash, shift + BITS)));
}

/** What takes the place of a slot when `node` is put there too. */
function grown<T extends Labelled>(
  slot: T | Branch<T>,
  node: T,
  label: string,
  hash: number,
  shift: number,
): T | Branch<T> {
  if (slot instanceof Branch) return insert(slot, node, label, hash, shift);
  return labelOf(slot) === label ? node : pair(slot, node, hashOf(labelOf(slot)), hash, shift);
}

/** The branch of two nodes whose labels differ. */
function pair<T extends Labelled>(a: T, b: T, hashA: number, hashB: number, shift: number): Branch<T> {
  if (shift >= HASH_BITS) return new Branch(0, [a, b]);
  const [indexA, indexB] = [(hashA >>> shift) & 31, (hashB >>> shift) & 31];
  if (indexA === indexB) return new Branch(1 << indexA, [pair(a, b, hashA, hashB, shift + BITS)]);
  return new Branch((1 << indexA) | (1 << indexB), indexA < indexB ? [a, b] : [b, a]);
}

function remove<T extends Labelled>(branch: Branch<T>, label: string, hash: number, shift: number): ChildrenOf<T> {
  if (shift >= HASH_BITS)
    return shrunk(
      0,
      branch.slots.filter((slot) => labelOf(slot as T) !== label),
    );
  const bit = 1 << ((hash >>> shift) & 31);
  if ((branch.bitmap & bit) === 0) return branch;
  const at = ones(branch.bitmap & (bit - 1));
  const slot = branch.slots[at]!;
  const left =
    slot instanceof Branch ? remove(slot, label, hash, shift + BITS) : labelOf(slot) === label ? undefined : slot;
  if (left === slot) return branch;
  if (left === undefined) return shrunk(branch.bitmap & ~bit, branch.slots.toSpliced(at, 1));
  return shrunk(branch.bitmap, branch.slots.with(at, left));
}

/** A branch that holds a single node is that node: equal sets of children have one form whatever their history. */
function shrunk<T extends Labelled>(bitmap: number, slots: readonly (T | Branch<T>)[]): ChildrenOf<T> {
  if (slots.length === 0) return undefined;
  const only = slots.length === 1 ? slots[0] : undefined;
  return only !== undefined && !(only instanceof Branch) ? only : new Branch(bitmap, slots);
}

function labelOf(node: Labelled): string {
  return foldName(node.label);
}

function ones(bits: number): number {
  bits -= (bits >>> 1) & 0x55555555;
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
