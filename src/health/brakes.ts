import { isUnderBrakeOfAll } from "../catalog/brakes.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { upCount } from "../catalog/census.ts";
import { EVERY_SERVICE } from "../catalog/keys.ts";
import type { BrakeTerms, Instance } from "../catalog/model.ts";
import type { Service } from "../catalog/service.ts";
import type { Revision } from "../catalog/store.ts";
import type { Touched } from "../catalog/touched.ts";
import { isUp, verdictOf } from "../catalog/verdict.ts";
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
  /** Resolves when those have settled whose service is gone. */
  #gone: Promise<unknown> = Promise.resolve();
  /** Instances that are up, by service; where there are any, and the brake of all counts them. */
  readonly #up = new Map<string, number>();
  #upInAll = 0;
  /** Revision of the table that was taken in last; of the first one nobody knows what has just fallen in it. */
  #syncedAt: Revision | undefined;
  #onSync = (): void => {};

  constructor(context: BrakesContext) {
    this.#context = context;
  }

  /** Brakes that are engaged, EVERY_SERVICE among them, and how many instances each holds. */
  get held(): Readonly<Record<string, number>> {
    const engaged = [...this.#brakes].filter(([, { endMs }]) => endMs !== undefined);
    return Object.fromEntries(engaged.map(([service, { falls }]) => [service, falls.count]));
  }

  /** When a brake that holds a service may end at the latest, in waking time; undefined while none is engaged. */
  endMsOf(service: string, catalog: Catalog): number | undefined {
    const own = this.#brakes.get(service)?.endMs;
    const all = isInAll(catalog.services.get(service)) ? this.#brakes.get(EVERY_SERVICE)?.endMs : undefined;
    return own === undefined || all === undefined ? (own ?? all) : Math.min(own, all);
  }

  /** Services that have one, engaged or not. */
  get names(): Iterable<string> {
    return [...this.#brakes.keys()].filter((name) => name !== EVERY_SERVICE);
  }

  /** Takes in what has changed of these services, and decides about their brakes and that of all. */
  sync(names: Iterable<string>, catalog: Catalog, touched: Touched): void {
    this.#syncedAt ??= catalog.revision;
    if (touched.all) this.#forgetMissing(catalog);
    if (catalog.brake(EVERY_SERVICE) !== undefined) this.#brakeOf(EVERY_SERVICE, catalog);
    for (const name of names) this.#syncService(name, catalog, touched);
    this.#follow(EVERY_SERVICE, catalog);
    this.#syncedAt = catalog.revision;
    this.#onSync();
  }

  /** Resolves when what follows from the table at `revision` is committed; with the revision of the last such commit, or 0. */
  async settled(revision: Revision): Promise<Revision> {
    while ((this.#syncedAt ?? 0) < revision) {
      await new Promise<void>((resolve) => {
        this.#onSync = resolve;
      });
    }
    await this.#gone;
    const committed = await Promise.all(Array.from(this.#brakes.values(), (brake) => brake.settled()));
    return Math.max(0, ...committed);
  }

  #syncService(name: string, catalog: Catalog, touched: Touched): void {
    const service = catalog.services.get(name);
    this.#countUp(name, service);
    const isResettled = touched.settings.has(name);
    const isAnew = touched.all || isResettled || [name, EVERY_SERVICE].some((each) => this.#isTurning(each, catalog));
    if (catalog.brake(name) !== undefined) this.#brakeOf(name, catalog);
    for (const [id, before] of touched.services.get(name) ?? []) this.#note(name, id, wasUp(before), catalog);
    if (isAnew) for (const instance of service?.instances ?? []) this.#noteAnew(instance, catalog);
    this.#follow(name, catalog);
    const brake = this.#brakes.get(name);
    if (brake === undefined || service !== undefined || catalog.brake(name) !== undefined) return;
    brake.close();
    this.#brakes.delete(name);
    this.#gone = this.#gone.then(() => brake.settled());
  }

  /** A brake that has just been engaged may hold what counted for none. */
  #isTurning(name: string, catalog: Catalog): boolean {
    return catalog.brake(name) !== undefined && this.#brakes.get(name)?.endMs === undefined;
  }

  /** Where nobody knows what it was before, as a table was loaded again, it has fallen anew if it did since the last one. */
  #noteAnew(instance: Instance, catalog: Catalog): void {
    this.#note(instance.service, instance.id, (fallOf(instance) ?? 0) > this.#syncedAt!, catalog);
  }

  /** A brake that is engaged counts all that it holds, new or not. */
  #note(name: string, id: string, isNew: boolean, catalog: Catalog): void {
    const instance = catalog.instance(name, id);
    const fall = instance && fallOf(instance);
    for (const each of [name, EVERY_SERVICE]) {
      const revision = each === name || isInAll(catalog.services.get(name)) ? fall : undefined;
      const since = catalog.brake(each)?.since ?? Number.POSITIVE_INFINITY;
      const counts = revision !== undefined && (isNew || revision >= since);
      const brake = counts ? this.#brakeOf(each, catalog) : this.#brakes.get(each);
      brake?.falls.note({ service: name, id }, revision, counts, this.#context.alarms.nowMs());
    }
  }

  /** What fell before a release counts for no other brake either, but for one that is engaged: it holds that. */
  #follow(name: string, catalog: Catalog): void {
    const brake = this.#brakes.get(name);
    const wasEngaged = brake?.endMs !== undefined;
    brake?.follow(this.#standingOf(name, catalog));
    if (!wasEngaged || brake.endMs !== undefined) return;
    const others = name === EVERY_SERVICE ? this.#brakes.values() : [this.#brakes.get(EVERY_SERVICE)];
    for (const other of others) if (other?.endMs === undefined) other?.falls.forgetUpTo(catalog.revision);
  }

  #countUp(name: string, service: Service | undefined): void {
    // A brake that is switched off has no use for the number either.
    const up = service !== undefined && isInAll(service) ? upCount(service.census) : 0;
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
      brake = new ServiceBrake(name, this.#standingOf(name, catalog), this.#context);
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

/** Whether the brake of all counts a service; of one that is gone there is nothing to count. */
function isInAll(service: Service | undefined): boolean {
  return service === undefined || isUnderBrakeOfAll(service.settings);
}

function wasUp(before: Instance | undefined): boolean {
  return before !== undefined && isUp(verdictOf(before).state);
}
