import type { ServiceSettings } from "./model.ts";

const NONE: ReadonlySet<string> = new Set();

/** Which services name a service to stand in for them: what is answered for those may change with it. */
export class Dependents {
  readonly #byTarget = new Map<string, Set<string>>();

  of(target: string): ReadonlySet<string> {
    return this.#byTarget.get(target) ?? NONE;
  }

  /** Takes account of what became of the settings of a service. */
  settle(service: string, before: ServiceSettings, after: ServiceSettings): void {
    for (const target of targetsOf(before)) {
      const dependents = this.#byTarget.get(target);
      dependents?.delete(service);
      if (dependents?.size === 0) this.#byTarget.delete(target);
    }
    for (const target of targetsOf(after)) {
      const dependents = this.#byTarget.get(target) ?? new Set();
      this.#byTarget.set(target, dependents.add(service));
    }
  }
}

function targetsOf({ failover = [] }: ServiceSettings): string[] {
  return failover.flatMap(({ service }) => service ?? []);
}
