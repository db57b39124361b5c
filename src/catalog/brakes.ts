import { EVERY_SERVICE } from "./keys.ts";
import type { Brake, Instance, ServiceSettings } from "./model.ts";
import type { Service } from "./service.ts";
import type { Revision } from "./store.ts";
import { verdictOf } from "./verdict.ts";

/** The brakes that are engaged, by service, EVERY_SERVICE among them. */
export class Brakes {
  readonly #brakes = new Map<string, Brake>();

  /** Services whose own one is engaged. */
  get services(): Iterable<string> {
    return [...this.#brakes.keys()].filter((name) => name !== EVERY_SERVICE);
  }

  get(service: string): Brake | undefined {
    return this.#brakes.get(service);
  }

  engage(service: string, brake: Brake): void {
    this.#brakes.set(service, brake);
  }

  /** True when there was one. */
  release(service: string): boolean {
    return this.#brakes.delete(service);
  }

  /** From which revision on the falls of a service are held: the earlier one of its own brake and that of all. */
  since({ name, settings }: Pick<Service, "name" | "settings">): Revision | undefined {
    const own = this.#brakes.get(name)?.since;
    const all = isUnderBrakeOfAll(settings) ? this.#brakes.get(EVERY_SERVICE)?.since : undefined;
    return own === undefined || all === undefined ? (own ?? all) : Math.min(own, all);
  }
}

/** False for a service that has switched its own brake off: that of all neither counts nor holds its instances. */
export function isUnderBrakeOfAll({ brake }: ServiceSettings): boolean {
  return brake?.aboveShare !== 1;
}

/** Those instances of which a brake since another revision makes something else; each is still as it was. */
export function brakedAnew(instances: readonly Instance[], brakedSince: Revision | undefined): Instance[] {
  const isHeld = (instance: Instance) => verdictOf(instance).isHeld;
  return instances.filter((instance) => isHeld(instance) !== isHeld({ ...instance, brakedSince }));
}
