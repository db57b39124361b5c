import type { Target } from "../catalog/changes.ts";
import type { Instance } from "../catalog/model.ts";
import type { Revision } from "../catalog/store.ts";
import { verdictOf } from "../catalog/verdict.ts";

interface Fall {
  readonly service: string;
  readonly revision: Revision;
  /** When it was seen, in waking time. */
  readonly atMs: number;
}

/** Instances that fell and are critical still: what a brake is decided by. */
export class Falls {
  /** In the order they were seen. */
  readonly #falls = new Map<string, Fall>();
  /** How many of them each service has; only those that have any. */
  readonly #services = new Map<string, number>();
  /** Falls up to this revision count no more. */
  #horizon: Revision = 0;

  get count(): number {
    return this.#falls.size;
  }

  /** Services of which there are any. */
  get serviceCount(): number {
    return this.#services.size;
  }

  /** The lowest revision among them; only where there are any. */
  get since(): Revision {
    let since = Number.POSITIVE_INFINITY;
    for (const { revision } of this.#falls.values()) since = Math.min(since, revision);
    return since;
  }

  /**
   * Takes in at which revision an instance fell, or undefined: it has not, or is critical no more. What is not
   * new counts only where the instance counts already.
   */
  note({ service, id }: Target, revision: Revision | undefined, isNew: boolean, nowMs: number): void {
    const key = `${service}/${id}`;
    const known = this.#falls.get(key);
    if (known?.revision === revision) return;
    this.#drop(key);
    const counts = (isNew || known !== undefined) && revision !== undefined && revision > this.#horizon;
    if (!counts) return;
    this.#falls.set(key, { service, revision, atMs: nowMs });
    this.#services.set(service, (this.#services.get(service) ?? 0) + 1);
  }

  /** Forgets what was seen before `ms` of waking time. */
  forgetBefore(ms: number): void {
    for (const [key, { atMs }] of this.#falls) {
      if (atMs >= ms) return;
      this.#drop(key);
    }
  }

  /** Forgets those whose key is not one of these: the table has been loaded again. */
  keep(isThere: (key: string) => boolean): void {
    for (const key of this.#falls.keys()) if (!isThere(key)) this.#drop(key);
  }

  /** Falls up to this revision count no more. */
  forgetUpTo(horizon: Revision): void {
    this.#horizon = Math.max(this.#horizon, horizon);
    for (const [key, { revision }] of this.#falls) if (revision <= this.#horizon) this.#drop(key);
  }

  #drop(key: string): void {
    const service = this.#falls.get(key)?.service;
    if (service === undefined) return;
    this.#falls.delete(key);
    const left = this.#services.get(service)! - 1;
    if (left > 0) this.#services.set(service, left);
    else this.#services.delete(service);
  }
}

/** The revision at which an instance fell; undefined for one that is not critical, or never was anything else. */
export function fallOf(instance: Instance): Revision | undefined {
  const { state, hasPassed, vote } = verdictOf(instance);
  return state === "critical" && hasPassed ? vote?.revision : undefined;
}
