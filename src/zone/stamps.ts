import { foldName } from "../dns/name.ts";
import { hashBelow } from "../dns/sought-name.ts";
import { differences, eachChild } from "./children.ts";
import { MARK_DNAME, MARK_NS, type Node } from "./node.ts";
import type { Snapshot } from "./snapshot.ts";

/** Names share places: a change of one makes others look changed, never the reverse. */
const PLACES = 65_536;
/** What decides over all names below. */
const CUTS = MARK_NS | MARK_DNAME;

/**
 * How often what is answered from names has changed, from one snapshot to the next. By a name's stamp one can tell whether
 * what was made of it is still right. A name that was not there has none to keep, so what comes is no change.
 */
export class Stamps {
  readonly #stamps = new Int32Array(PLACES);
  #ofAll = 0;

  /**
   * The stamp of a name, by its hash (`SoughtName.suffixHash`): another one when its own records or notes changed, or, for a
   * child of an apex, anything at or below it.
   */
  of(hash: number): number {
    return this.#stamps[hash & (PLACES - 1)]! + this.#ofAll;
  }

  /** Takes in what differs between two snapshots, in time by how much that is. */
  follow(before: Snapshot | undefined, after: Snapshot): void {
    const zones = [...after.zones];
    const known = zones.map(({ origin }) => before?.zone(origin));
    // Which zone a name lies in may have changed.
    if (known.includes(undefined) || zones.length !== [...before!.zones].length) this.#ofAll++;
    else for (const [i, { apex, originHash }] of zones.entries()) this.#compare(known[i]!.apex, apex, originHash, 0);
  }

  #compare(before: Node, after: Node, hash: number, depth: number): void {
    if (before === after) return;
    if (((before.marks ^ after.marks) & CUTS) !== 0) this.#ofAll++;
    // The deadline of a name holds for those below it.
    if (before.notes?.deadlinePlace !== after.notes?.deadlinePlace) this.#stampTree(before, hash);
    else if (depth === 1 || before.notes !== after.notes || !hasSameRRsets(before, after)) this.#stamp(hash);
    if (before.children === after.children) return;
    for (const { before: known, after: child } of differences(before.children, after.children)) {
      if (known === undefined) continue;
      const below = hashBelow(hash, foldName(known.label));
      if (child === undefined) this.#stampTree(known, below);
      else this.#compare(known, child, below, depth + 1);
    }
  }

  #stampTree(node: Node, hash: number): void {
    this.#stamp(hash);
    for (const child of eachChild(node.children)) this.#stampTree(child, hashBelow(hash, foldName(child.label)));
  }

  #stamp(hash: number): void {
    this.#stamps[hash & (PLACES - 1)]!++;
  }
}

function hasSameRRsets({ rrsets }: Node, { rrsets: others }: Node): boolean {
  return rrsets.length === others.length && rrsets.every((rrset, i) => rrset === others[i]);
}
