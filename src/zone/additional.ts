import { type MessageWriter, pointerTo, SECTION } from "../dns/message-writer.ts";
import { isAtOrBelow, type Name } from "../dns/name.ts";
import type { Octets } from "../dns/octets.ts";
import { targetOffset } from "../dns/rdata.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Node } from "./node.ts";
import type { RRset } from "./rrset.ts";
import type { Selector } from "./select.ts";
import type { Snapshot } from "./snapshot.ts";
import { ownTarget, type Target } from "./target.ts";

/** A target whose RRsets belong in Additional, and its name or where that stands in the message. */
interface Placed {
  readonly target: Target;
  readonly owner: Name | number;
}

/**
 * The Additional section of one answer: targets are collected while the other sections are written, and their RRsets
 * come last, so that they are the first to go when room is short (RFC 2181 §9).
 */
export class Additional {
  readonly #writer: MessageWriter;
  readonly #snapshot: Snapshot;
  readonly #selector: Selector;
  readonly #deadlines: Deadlines;
  readonly #ttlMax: number;
  readonly #placed: Placed[] = [];

  /** Nothing may be held for longer than `ttlMax` seconds, as the answer itself. */
  constructor(writer: MessageWriter, snapshot: Snapshot, selector: Selector, deadlines: Deadlines, ttlMax: number) {
    this.#writer = writer;
    this.#snapshot = snapshot;
    this.#selector = selector;
    this.#deadlines = deadlines;
    this.#ttlMax = ttlMax;
  }

  /** Takes note of what this RDATA of `rrset` points to, whose target was written at `offset`. */
  follow(rrset: RRset, rdata: Octets, offset: number): void {
    const target = this.#snapshot.targets.of(rrset.type, rdata);
    if (target === undefined || target.takenBy === this) return;
    target.takenBy = this;
    this.#placed.push({ target, owner: pointerTo(offset, target.name) });
  }

  /** Takes note of the addresses at the owner of an answer, when that is what its records point to. */
  followOwner(owner: Name | number, node: Node, rrset: RRset): void {
    const target = ownTarget(node, rrset);
    if (target !== undefined) this.#placed.push({ target, owner });
  }

  /**
   * Writes the glue without which name servers at or below `cut` could not be reached; false when not all of it fits, and
   * the answer is truncated (RFC 9471 §3.1). The glue of siblings stays for `write`.
   */
  writeGlue(cut: Name): boolean {
    const inDomain = this.#placed.filter(({ target }) => isAtOrBelow(target.folded, cut));
    const others = this.#placed.filter((placed) => !inDomain.includes(placed));
    this.#placed.splice(0, this.#placed.length, ...others);
    return inDomain.every((placed) => this.#writeTarget(placed));
  }

  /** Writes RRsets until one does not fit. What they point to in turn is noted, and comes behind them. */
  write(): void {
    for (const placed of this.#placed) if (!this.#writeTarget(placed)) return;
  }

  #writeTarget({ target, owner }: Placed): boolean {
    // An answer that leads to services, as one for browsing, has to do with the deadline of each.
    const { deadlinePlace } = target;
    const left = deadlinePlace === undefined ? Number.POSITIVE_INFINITY : this.#deadlines.secondsLeft(deadlinePlace);
    const ttlMax = Math.min(this.#ttlMax, left);
    for (const rrset of target.rrsets) if (!this.#writeRRset(owner, rrset, ttlMax)) return false;
    return true;
  }

  /** Writes an RRset; false when it does not fit and was left out whole. */
  #writeRRset(owner: Name | number, rrset: RRset, ttlMax: number): boolean {
    const { offset } = this.#writer;
    const count = this.#writer.count(SECTION.additional);
    const ttl = Math.min(rrset.ttl, ttlMax);
    for (const rdata of this.#selector.select(rrset)) {
      const rdataAt = this.#writer.record(SECTION.additional, owner, rrset.type, ttl, rdata);
      if (rdataAt < 0) {
        this.#writer.rewind(SECTION.additional, offset, count);
        return false;
      }
      const targetAt = targetOffset(rrset.type);
      if (targetAt >= 0) this.follow(rrset, rdata, rdataAt + targetAt);
    }
    return true;
  }
}
