import type { BaseLogger } from "pino";
import type { Catalog } from "../catalog/catalog.ts";
import type { CheckResult, CheckState } from "../catalog/model.ts";
import { instanceOf, type Service } from "../catalog/service.ts";
import type { Commit, Guard, Revision, Write } from "../catalog/store.ts";
import type { Touched } from "../catalog/touched.ts";
import { Deadlines } from "../zone/deadlines.ts";
import { Alarms } from "./alarms.ts";
import { Budget } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { Flapping } from "./damper.ts";
import { DeadlineBoard } from "./deadline-board.ts";
import { FirstRound } from "./first-round.ts";
import { LeaderLeases } from "./leader-leases.ts";
import { loggingOutages } from "./outages.ts";
import type { Probes } from "./probe.ts";
import { createPunctuality } from "./punctuality.ts";
import { createPace } from "./schedule.ts";
import { needsWatch, termsOf } from "./terms.ts";
import { Watch, type WatchContext } from "./watch.ts";

/**
 * Probes that run at the same time at most. Time spreads them, not this, which bounds sockets and memory while thousands of
 * targets do not answer: what still does is not to wait for those. And no target hears of us more often than it can bear.
 */
const BUDGET = { tasksMax: 4096, tasksPerTargetMax: 16 };
/** Newcomers and the first round start one by one, 1000 in a second: as often as 10 000 checks every 10 s (decisions/0008). */
const START_GAP_MS = 1;

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
  /** Where those who answer read for how long it may be held. */
  readonly deadlines?: Deadlines;
  readonly onTransition?: WatchContext["onTransition"];
  readonly onProbe?: WatchContext["onProbe"];
  /** A probe starts, so late. */
  readonly onStart?: (lateMs: number) => void;
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
  /** Renews the leader lease of a service; nothing happens where nobody holds one. */
  lead(service: string): void;
  /** What is left of the leader lease of a service; undefined where nobody holds one. */
  leadSecondsLeft(service: string): number | undefined;
  /** The last results of each check, newest first, and the last heartbeat. */
  results(service: string, id: string): readonly CheckResult[];
  /** How much an instance has flapped; undefined when it has not fallen lately. */
  flapping(service: string, id: string): Flapping | undefined;
  status(): MonitorStatus;
  /**
   * After the first sync: resolves when each check has run once, but for those of which there are too many for that, and
   * what that changed is committed; or after `boundMs`. With the revision of the last vote, 0 when there was none.
   */
  firstRound(boundMs: number): Promise<Revision>;
  /** Ends every probe and timer; resolves when nothing runs any more. */
  close(): Promise<void>;
}

export interface MonitorStatus {
  readonly checks: number;
  readonly leases: number;
  /** Instances held out for flapping. */
  readonly heldOut: number;
  readonly probesInFlight: number;
  /** Probes that are due and find no room: more than a few, for long, is overload. */
  readonly probesWaiting: number;
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
  readonly #leaderLeases: LeaderLeases;
  #isClosed = false;

  constructor(options: MonitorOptions) {
    const alarms = new Alarms(options.clock);
    const punctuality = createPunctuality(options.log, () => alarms.nowMs());
    this.#context = {
      onTransition: () => {},
      onProbe: () => {},
      ...options,
      alarms,
      budget: new Budget(BUDGET),
      firstRound: new FirstRound(alarms),
      pace: createPace(START_GAP_MS),
      counts: { checks: 0, leases: 0 },
      commit: loggingOutages(options),
      deadlines: new DeadlineBoard(options.deadlines ?? new Deadlines(), alarms),
      onStart: (lateMs, check) => {
        punctuality(lateMs, check);
        options.onStart?.(lateMs);
      },
    };
    this.#leaderLeases = new LeaderLeases(this.#context);
  }

  sync(catalog: Catalog, touched: Touched): void {
    if (this.#isClosed) return;
    const names = touched.all
      ? new Set([...this.#services.keys(), ...catalog.services.keys()])
      : touched.services.keys();
    for (const name of names) {
      this.#syncService(name, catalog, touched);
      this.#leaderLeases.follow(name, catalog, touched.all);
    }
  }

  heartbeat(service: string, id: string, state: CheckState, output: string): Promise<Heartbeat> {
    return this.#signOfLife(service, id, (watch) => watch.heartbeat(state, output));
  }

  renew(service: string, id: string): Promise<Heartbeat> {
    return this.#signOfLife(service, id, (watch) => watch.renew());
  }

  lead(service: string): void {
    this.#leaderLeases.renew(service);
  }

  leadSecondsLeft(service: string): number | undefined {
    return this.#leaderLeases.secondsLeft(service);
  }

  results(service: string, id: string): readonly CheckResult[] {
    return this.#watch(service, id)?.results ?? [];
  }

  flapping(service: string, id: string): Flapping | undefined {
    return this.#watch(service, id)?.flapping;
  }

  status(): MonitorStatus {
    const { counts, budget } = this.#context;
    let heldOut = 0;
    for (const watch of this.#watches()) if (watch.flapping?.isHeldOut) heldOut++;
    return { ...counts, heldOut, probesInFlight: budget.running, probesWaiting: budget.waiting };
  }

  async firstRound(boundMs: number): Promise<Revision> {
    await this.#context.firstRound.run(boundMs, START_GAP_MS, () => this.#settled());
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
      ? new Set([...watched.watches.keys(), ...(service?.instances ?? []).map(({ id }) => id)])
      : (touched.services.get(name)?.keys() ?? []);
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
    const instance = service && instanceOf(service, id);
    const watch = watches.get(id);
    const terms = instance && service && termsOf(instance, service);
    if (instance === undefined || terms === undefined || !needsWatch(instance, terms)) {
      watch?.close();
      watches.delete(id);
      return;
    }
    if (watch?.generation === instance.registration.generation) {
      if (isReset) watch.grant();
      watch.fold(instance, terms, revision);
      return;
    }
    watch?.close();
    watches.set(id, new Watch(instance, terms, isReset ? "in its place" : "at once", this.#context));
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
