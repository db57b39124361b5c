import type { BaseLogger } from "pino";
import type { Catalog } from "../catalog/catalog.ts";
import type { Check, CheckResult, CheckState, Instance } from "../catalog/model.ts";
import type { Service } from "../catalog/service-table.ts";
import type { Commit, Guard, Revision, Write } from "../catalog/store.ts";
import type { Touched } from "../catalog/touched.ts";
import { Alarms } from "./alarms.ts";
import { Budget } from "./budget.ts";
import type { Clock } from "./clock.ts";
import { FirstRound } from "./first-round.ts";
import type { Probes } from "./probe.ts";
import { Watch, type WatchContext } from "./watch.ts";

/** Probes that run at the same time at most. */
const PROBES_MAX = 256;

export interface MonitorOptions {
  /** The name under which this server votes. */
  readonly server: string;
  readonly clock: Clock;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
  readonly probes: Probes;
  /** Rejects when the store is away; that is tried again. */
  readonly commit: (writes: readonly Write[], guards: readonly Guard[]) => Promise<Commit>;
  readonly log: Pick<BaseLogger, "info" | "warn">;
  readonly onTransition?: WatchContext["onTransition"];
  readonly onProbe?: WatchContext["onProbe"];
}

/** `revision` is that of the transition which the heartbeat made, if it made one. */
export type Heartbeat = { readonly kind: "renewed"; readonly revision?: Revision } | { readonly kind: "unknown" };

/** Watches what is registered and commits this server's votes on it. It reports; what is answered is decided elsewhere. */
export interface Monitor {
  /** Takes in the catalog after a fold. Synchronous; starts no probe before it has returned. */
  sync(catalog: Catalog, touched: Touched): void;
  /** Renews a lease. Unknown is an instance that is not registered, or not with a lease. Rejects with a StoreError. */
  heartbeat(service: string, id: string, state: CheckState, output: string): Promise<Heartbeat>;
  /** A registration that was put again and changed nothing, so that no feed tells of it: a sign of life all the same. */
  renew(service: string, id: string): Promise<Heartbeat>;
  /** The last results of each check, newest first, and the last heartbeat. */
  results(service: string, id: string): readonly CheckResult[];
  status(): { readonly checks: number; readonly leases: number; readonly probesInFlight: number };
  /**
   * After the first sync: resolves when each check has run once and what that changed is committed, or after `boundMs`,
   * with the revision of the last vote (0 when there was none).
   */
  firstRound(boundMs: number): Promise<Revision>;
  /** Ends every probe and timer; resolves when nothing runs any more. */
  close(): Promise<void>;
}

export function createMonitor(options: MonitorOptions): Monitor {
  return new HealthMonitor(options);
}

interface WatchedService {
  settingsRevision: Revision;
  readonly watches: Map<string, Watch>;
}

class HealthMonitor implements Monitor {
  readonly #context: WatchContext;
  /** By name, as in the catalog. */
  readonly #services = new Map<string, WatchedService>();
  #isClosed = false;

  constructor(options: MonitorOptions) {
    const alarms = new Alarms(options.clock);
    this.#context = {
      onTransition: () => {},
      onProbe: () => {},
      ...options,
      alarms,
      budget: new Budget(PROBES_MAX),
      firstRound: new FirstRound(alarms, options.random),
      counts: { checks: 0, leases: 0 },
      commit: loggingOutages(options),
    };
  }

  sync(catalog: Catalog, touched: Touched): void {
    if (this.#isClosed) return;
    const names = touched.all
      ? new Set([...this.#services.keys(), ...catalog.services.keys()])
      : touched.services.keys();
    for (const name of names) this.#syncService(name, catalog, touched);
  }

  heartbeat(service: string, id: string, state: CheckState, output: string): Promise<Heartbeat> {
    return this.#signOfLife(service, id, (watch) => watch.heartbeat(state, output));
  }

  renew(service: string, id: string): Promise<Heartbeat> {
    return this.#signOfLife(service, id, (watch) => watch.renew());
  }

  results(service: string, id: string): readonly CheckResult[] {
    return this.#watch(service, id)?.results ?? [];
  }

  status(): ReturnType<Monitor["status"]> {
    return { ...this.#context.counts, probesInFlight: this.#context.budget.running };
  }

  async firstRound(boundMs: number): Promise<Revision> {
    await this.#context.firstRound.run(boundMs, () => this.#settled());
    let revision: Revision = 0;
    for (const watch of this.#watches()) revision = Math.max(revision, watch.votedAt);
    return revision;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#context.alarms.close();
    for (const watch of this.#watches()) watch.close();
    await this.#context.budget.close();
    await this.#settled();
  }

  #syncService(name: string, catalog: Catalog, touched: Touched): void {
    const service = catalog.services.get(name);
    const watched = this.#services.get(name) ?? { settingsRevision: 0, watches: new Map() };
    const settingsRevision = service?.settingsRevision ?? 0;
    // The settings may hold every instance's checks.
    const isWhole = touched.all || settingsRevision !== watched.settingsRevision;
    const ids = isWhole
      ? new Set([...watched.watches.keys(), ...(service?.instances.keys() ?? [])])
      : (touched.services.get(name) ?? []);
    watched.settingsRevision = settingsRevision;
    for (const id of ids) this.#syncInstance(id, service, watched.watches, catalog.revision, touched.all);
    if (service === undefined) this.#services.delete(name);
    else this.#services.set(name, watched);
  }

  #syncInstance(
    id: string,
    service: Service | undefined,
    watches: Map<string, Watch>,
    revision: Revision,
    isReset: boolean,
  ): void {
    const instance = service?.instances.get(id);
    const watch = watches.get(id);
    const checks = instance && service ? checksOf(instance, service) : [];
    if (instance === undefined || !needsWatch(instance, checks)) {
      watch?.close();
      watches.delete(id);
      return;
    }
    if (watch?.generation === instance.registration.generation) {
      if (isReset) watch.grant();
      watch.fold(instance, checks, revision);
      return;
    }
    watch?.close();
    watches.set(id, new Watch(instance, checks, isReset ? "staggered" : "at once", this.#context));
  }

  async #signOfLife(
    service: string,
    id: string,
    give: (watch: Watch) => Promise<Revision | undefined>,
  ): Promise<Heartbeat> {
    const watch = this.#watch(service, id);
    if (watch === undefined || !watch.hasLease) return { kind: "unknown" };
    const revision = await give(watch);
    return revision === undefined ? { kind: "renewed" } : { kind: "renewed", revision };
  }

  #watch(service: string, id: string): Watch | undefined {
    return this.#services.get(service)?.watches.get(id);
  }

  *#watches(): Iterable<Watch> {
    for (const { watches } of this.#services.values()) yield* watches.values();
  }

  async #settled(): Promise<void> {
    await Promise.all(Array.from(this.#watches(), (watch) => watch.settled()));
  }
}

function checksOf({ registration }: Instance, { settings }: Service): readonly Check[] {
  const bringsNone = registration.checks.length === 0 && registration.leaseSeconds === undefined;
  return bringsNone ? (settings.checks ?? registration.checks) : registration.checks;
}

/** False for an instance about which nothing can ever change here: most of a large table costs nothing. */
function needsWatch({ registration, operator, votes }: Instance, checks: readonly Check[]): boolean {
  const isChecked = checks.length > 0 || registration.leaseSeconds !== undefined || votes.length > 0;
  return isChecked || registration.deregisterAfterSeconds > 0 || operator?.untilMs !== undefined;
}

/** A commit that says when the store goes away and when it is back: once, not once for each instance. */
function loggingOutages({ commit, log }: MonitorOptions): MonitorOptions["commit"] {
  let isAway = false;
  return async (writes, guards) => {
    try {
      const outcome = await commit(writes, guards);
      if (isAway) log.info("health transitions are recorded again");
      isAway = false;
      return outcome;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, "health transitions cannot be recorded and will be tried again");
      isAway = true;
      throw error;
    }
  };
}
