import type { BaseLogger } from "pino";
import type { Catalog } from "../catalog/catalog.ts";
import type { BrakeTerms, Check, CheckResult, CheckState } from "../catalog/model.ts";
import type { Prospect } from "../catalog/prospect.ts";
import type { Commit, Guard, Revision, Write } from "../catalog/store.ts";
import type { Touched } from "../catalog/touched.ts";
import { Deadlines } from "../zone/deadlines.ts";
import { Alarms } from "./alarms.ts";
import { Brakes } from "./brakes.ts";
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
import type { BrakeContext } from "./service-brake.ts";
import type { Watch, WatchContext } from "./watch.ts";
import { Watches } from "./watches.ts";

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
  /** Of all services, and of each that has no terms of its own. */
  readonly brake: BrakeTerms;
  /** Where those who answer read for how long it may be held. */
  readonly deadlines?: Deadlines;
  readonly onTransition?: WatchContext["onTransition"];
  readonly onBrake?: BrakeContext["onBrake"];
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
  /** What shortens the answers of a service, if anything does. */
  prospect(service: string): Prospect | undefined;
  /** The last results of each check, newest first, and the last heartbeat. */
  results(service: string, id: string): readonly CheckResult[];
  /** How much an instance has flapped; undefined when it has not fallen lately. */
  flapping(service: string, id: string): Flapping | undefined;
  status(): MonitorStatus;
  /**
   * After the first sync: resolves when each check has run once, but for those of which there are too many for that, and
   * what that changed is committed, brakes too; or after `boundMs`. With the revision of the last commit, 0 without any.
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
  /** Brakes that are engaged, of a service or "*", and how many each holds in the answers; "*" may hold the same. */
  readonly heldByBrake: Readonly<Record<string, number>>;
  readonly probesInFlight: number;
  /** Probes that are due and find no room: more than a few, for long, is overload. */
  readonly probesWaiting: number;
}

export function createMonitor(options: MonitorOptions): Monitor {
  return new HealthMonitor(options);
}

class HealthMonitor implements Monitor {
  readonly #context: WatchContext;
  readonly #watches: Watches;
  readonly #brakes: Brakes;
  readonly #leaderLeases: LeaderLeases;
  #isClosed = false;

  constructor(options: MonitorOptions) {
    const alarms = new Alarms(options.clock);
    const punctuality = createPunctuality(options.log, () => alarms.nowMs());
    const context = {
      onTransition: () => {},
      onProbe: () => {},
      onBrake: () => {},
      ...options,
      alarms,
      budget: new Budget(BUDGET),
      firstRound: new FirstRound(alarms),
      pace: createPace(START_GAP_MS),
      counts: { checks: 0, leases: 0 },
      commit: loggingOutages(options),
      deadlines: new DeadlineBoard(options.deadlines ?? new Deadlines(), alarms),
      onStart: (lateMs: number, check: Check) => {
        punctuality(lateMs, check);
        options.onStart?.(lateMs);
      },
    };
    this.#context = context;
    this.#watches = new Watches(context);
    this.#brakes = new Brakes(context);
    this.#leaderLeases = new LeaderLeases(context);
  }

  sync(catalog: Catalog, touched: Touched): void {
    if (this.#isClosed) return;
    const names = touched.all
      ? [...new Set([...this.#watches.names, ...this.#brakes.names, ...catalog.names])]
      : [...touched.services.keys()];
    this.#brakes.sync(names, catalog, touched);
    for (const name of names) {
      this.#watches.sync(name, catalog, touched, this.#brakes.endMsOf(name, catalog));
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

  prospect(service: string): Prospect | undefined {
    return this.#context.deadlines.prospect(service);
  }

  results(service: string, id: string): readonly CheckResult[] {
    return this.#watches.get(service, id)?.results ?? [];
  }

  flapping(service: string, id: string): Flapping | undefined {
    return this.#watches.get(service, id)?.flapping;
  }

  status(): MonitorStatus {
    const { counts, budget } = this.#context;
    const [heldOut, heldByBrake] = [this.#watches.heldOut, this.#brakes.held];
    return { ...counts, heldOut, heldByBrake, probesInFlight: budget.running, probesWaiting: budget.waiting };
  }

  async firstRound(boundMs: number): Promise<Revision> {
    let brakedAt: Revision = 0;
    await this.#context.firstRound.run(boundMs, START_GAP_MS, async () => {
      await this.#watches.settled();
      brakedAt = await this.#brakes.settled(this.#watches.votedAt);
    });
    return Math.max(this.#watches.votedAt, brakedAt);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#context.alarms.close();
    for (const watch of this.#watches) watch.close();
    await this.#context.budget.close();
    await this.#watches.settled();
    await this.#brakes.settled(0);
  }

  async #signOfLife(
    service: string,
    id: string,
    give: (watch: Watch) => Promise<Revision | undefined>,
  ): Promise<Heartbeat> {
    const watch = this.#watches.get(service, id);
    if (watch === undefined || !watch.hasLease) return { kind: "unknown" };
    const revision = await give(watch);
    return revision === undefined ? { kind: "renewed" } : { kind: "renewed", revision };
  }
}
