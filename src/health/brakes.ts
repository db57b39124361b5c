import type { Catalog } from "../catalog/catalog.ts";
import { EVERY_SERVICE } from "../catalog/keys.ts";
import type { BrakeTerms } from "../catalog/model.ts";
import type { Service } from "../catalog/service.ts";
import type { Revision } from "../catalog/store.ts";
import type { Touched } from "../catalog/touched.ts";
import { fallOf } from "./falls.ts";
import { type BrakeContext, ServiceBrake, type Standing } from "./service-brake.ts";

export interface BrakesContext extends BrakeContext {
  /** Of all services, and of each that has no terms of its own. */
  readonly brake: BrakeTerms;
}

/**
 * The mass-failure brakes, one for each service and one for all: when so many instances fall within a short time that it
 * is rather the network, or this server, that failed, those stay in the answers.
 */
export class Brakes {
  readonly #context: BrakesContext;
  /** Of services in which an instance has fallen. */
  readonly #brakes = new Map<string, ServiceBrake>();
  /** Instances that are up, by service; where there are any. */
  readonly #up = new Map<string, number>();
  #upInAll = 0;
  /** Revision of the table that was there first: what had fallen in it fell before anybody looked. */
  #horizon: Revision | undefined;

  constructor(context: BrakesContext) {
    this.#context = context;
  }

  /** Brakes that are engaged, EVERY_SERVICE among them, and how many instances each holds. */
  get held(): Readonly<Record<string, number>> {
    const engaged = [...this.#brakes].filter(([, { endMs }]) => endMs !== undefined);
    return Object.fromEntries(engaged.map(([service, { falls }]) => [service, falls.count]));
  }

  /** When a brake of a service may end at the latest, in waking time; undefined while none is engaged. */
  endMsOf(service: string): number | undefined {
    const [own, all] = [this.#brakes.get(service)?.endMs, this.#brakes.get(EVERY_SERVICE)?.endMs];
    return own === undefined || all === undefined ? (own ?? all) : Math.min(own, all);
  }

  /** Takes in what has changed of these services, and decides about their brakes and that of all. */
  sync(names: Iterable<string>, catalog: Catalog, touched: Touched): void {
    this.#horizon ??= catalog.revision;
    if (touched.all) this.#forgetMissing(catalog);
    if (catalog.brake(EVERY_SERVICE) !== undefined) this.#brakeOf(EVERY_SERVICE, catalog);
    for (const name of names) this.#syncService(name, catalog, touched);
    this.#brakes.get(EVERY_SERVICE)?.follow(this.#standingOf(EVERY_SERVICE, catalog));
  }

  #syncService(name: string, catalog: Catalog, touched: Touched): void {
    const service = catalog.services.get(name);
    this.#countUp(name, service);
    if (catalog.brake(name) !== undefined) this.#brakeOf(name, catalog);
    const ids = touched.all ? service?.instances.map(({ id }) => id) : touched.services.get(name)?.keys();
    for (const id of ids ?? []) this.#note(name, id, catalog);
    const brake = this.#brakes.get(name);
    brake?.follow(this.#standingOf(name, catalog));
    if (service !== undefined || catalog.brake(name) !== undefined) return;
    brake?.close();
    this.#brakes.delete(name);
  }

  #note(name: string, id: string, catalog: Catalog): void {
    const instance = catalog.instance(name, id);
    const revision = instance && fallOf(instance);
    const isFall = revision !== undefined && revision > this.#horizon!;
    for (const each of [name, EVERY_SERVICE]) {
      const brake = isFall ? this.#brakeOf(each, catalog) : this.#brakes.get(each);
      brake?.falls.note(`${name}/${id}`, revision, this.#context.alarms.nowMs());
    }
  }

  #countUp(name: string, service: Service | undefined): void {
    const up = service === undefined ? 0 : service.census.states.passing + service.census.states.warning;
    this.#upInAll += up - (this.#up.get(name) ?? 0);
    if (up > 0) this.#up.set(name, up);
    else this.#up.delete(name);
  }

  #forgetMissing(catalog: Catalog): void {
    const isRegistered = (key: string) => {
      const [service = "", id = ""] = key.split("/");
      return catalog.instance(service, id) !== undefined;
    };
    for (const { falls } of this.#brakes.values()) falls.keep(isRegistered);
  }

  #brakeOf(name: string, catalog: Catalog): ServiceBrake {
    let brake = this.#brakes.get(name);
    if (brake === undefined) {
      brake = new ServiceBrake(name, this.#horizon!, this.#standingOf(name, catalog), this.#context);
      this.#brakes.set(name, brake);
    }
    return brake;
  }

  #standingOf(name: string, catalog: Catalog): Standing {
    return {
      revision: catalog.revision,
      terms: { ...this.#context.brake, ...catalog.services.get(name)?.settings.brake },
      up: name === EVERY_SERVICE ? this.#upInAll : (this.#up.get(name) ?? 0),
      brake: catalog.brake(name),
    };
  }
}
