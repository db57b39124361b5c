import type { Instance } from "../catalog/model.ts";
import type { Revision } from "../catalog/store.ts";
import { verdictOf } from "../catalog/verdict.ts";

interface Fall {
  readonly revision: Revision;
  /** When it was seen, in waking time. */
  readonly atMs: number;
}

/** Instances that fell and are critical still: what a brake is decided by. */
export class Falls {
  /** In the order they were seen. */
  readonly #falls = new Map<string, Fall>();
  /** Falls up to this revision count no more. */
  #horizon: Revision = 0;

  get count(): number {
    return this.#falls.size;
  }

  /** The lowest revision among them; only where there are any. */
  get since(): Revision {
    let since = Number.POSITIVE_INFINITY;
    for (const { revision } of this.#falls.values()) since = Math.min(since, revision);
    return since;
  }

  /**
   * Takes in at which revision the instance of this key fell, or undefined: it has not, or is critical no more. What is not
   * new counts only where the instance counts already.
   */
  note(key: string, revision: Revision | undefined, isNew: boolean, nowMs: number): void {
    const known = this.#falls.get(key);
    if (known?.revision === revision) return;
    this.#falls.delete(key);
    const counts = (isNew || known !== undefined) && revision !== undefined && revision > this.#horizon;
    if (counts) this.#falls.set(key, { revision, atMs: nowMs });
  }

  /** Forgets what was seen before `ms` of waking time. */
  forgetBefore(ms: number): void {
    for (const [key, { atMs }] of this.#falls) {
      if (atMs >= ms) return;
      this.#falls.delete(key);
    }
  }

  /** Forgets those whose key is not one of these: the table has been loaded again. */
  keep(isThere: (key: string) => boolean): void {
    for (const key of this.#falls.keys()) if (!isThere(key)) this.#falls.delete(key);
  }

  /** Falls up to this revision count no more. */
  forgetUpTo(horizon: Revision): void {
    this.#horizon = Math.max(this.#horizon, horizon);
    for (const [key, { revision }] of this.#falls) if (revision <= this.#horizon) this.#falls.delete(key);
  }
}

/** The revision at which an instance fell; undefined for one that is not critical, or never was anything else. */
export function fallOf(instance: Instance): Revision | undefined {
  const { state, hasPassed, vote } = verdictOf(instance);
  return state === "critical" && hasPassed ? vote?.revision : undefined;
}
