import { isDeepStrictEqual } from "node:util";
import type { Check, CheckResult, CheckState, Instance } from "../catalog/model.ts";
import type { Revision } from "../catalog/store.ts";
import { Ballot, type BallotContext } from "./ballot.ts";
import { CheckRun, type RunContext } from "./check-run.ts";
import { Lease } from "./lease.ts";
import { type Opinion, worstOf } from "./opinion.ts";
import { cut } from "./probe.ts";
import { Tenure } from "./tenure.ts";

export interface WatchContext extends RunContext, BallotContext {
  readonly counts: { checks: number; leases: number };
}

/** When a check is run first: at once, or somewhere in its interval, as all of them are new after a start. */
export type FirstRun = "at once" | "staggered";

/** All that is watched of one incarnation of an instance: its checks, its lease, and the vote that follows from them. */
export class Watch {
  readonly #context: WatchContext;
  readonly #ballot: Ballot;
  readonly #tenure: Tenure;
  #instance: Instance;
  #checks: readonly Check[];
  #runs: readonly CheckRun[] = [];
  readonly #lease: Lease | undefined;
  #heartbeat: CheckResult | undefined;

  /** Everything begins in the state on record, so that a restart neither expires nor resurrects anybody. */
  constructor(instance: Instance, checks: readonly Check[], first: FirstRun, context: WatchContext) {
    this.#context = context;
    this.#instance = instance;
    this.#checks = checks;
    this.#ballot = new Ballot(instance, context, () => this.#opinion());
    this.#tenure = new Tenure(instance, context, () => this.#opinion());
    this.#runs = checks.map((check) => this.#run(check, first));
    this.#lease = this.#newLease();
    if (this.#lease !== undefined) context.counts.leases++;
    this.#react();
  }

  get generation(): number {
    return this.#instance.registration.generation;
  }

  get hasLease(): boolean {
    return this.#lease !== undefined;
  }

  get results(): readonly CheckResult[] {
    const results = this.#runs.flatMap((run) => run.results);
    return this.#heartbeat === undefined ? results : [...results, this.#heartbeat];
  }

  /** The revision of the last vote committed here, 0 if none was. */
  get votedAt(): Revision {
    return this.#ballot.revision;
  }

  /** Resolves when no vote is under way any more, or the store would not take it. */
  async settled(): Promise<void> {
    await this.#ballot.cast().catch(() => undefined);
  }

  /** Takes in the same incarnation as the catalog at `revision` has it now. */
  fold(instance: Instance, checks: readonly Check[], revision: Revision): void {
    const isPut = instance.revision !== this.#instance.revision;
    this.#instance = instance;
    this.#ballot.fold(instance, revision);
    for (const run of this.#runs) run.instance = instance;
    if (checks !== this.#checks) this.#replaceChecks(checks);
    if (isPut) this.#lease?.renew();
    this.#react();
  }

  /** The time without a feed is not counted against the lease. */
  grant(): void {
    this.#lease?.grant();
  }

  /** A registration that changed nothing. Resolves like `heartbeat`. */
  renew(): Promise<Revision | undefined> {
    this.#lease?.renew();
    return this.#recast();
  }

  /** Resolves with the revision of the transition it made, if it made one; rejects when the store would not take it. */
  heartbeat(state: CheckState, text: string): Promise<Revision | undefined> {
    const output = cut(text);
    this.#heartbeat = { check: "heartbeat", state, output, atMs: this.#context.clock.wallMs() };
    this.#lease?.push({ state, reason: output === "" ? `heartbeat said ${state}` : `heartbeat: ${output}` });
    return this.#recast();
  }

  close(): void {
    for (const run of this.#runs) run.close();
    if (this.#lease !== undefined) this.#context.counts.leases--;
    this.#lease?.close();
    this.#ballot.close();
    this.#tenure.close();
  }

  #opinion(): Opinion {
    const opinions = this.#runs.map((run) => run.opinion);
    if (this.#lease !== undefined) opinions.push(this.#lease.opinion);
    return worstOf(opinions, this.#instance.registration.initialState);
  }

  #recast(): Promise<Revision | undefined> {
    this.#tenure.follow(this.#instance);
    return this.#ballot.cast();
  }

  #react(): void {
    this.#tenure.follow(this.#instance);
    this.#ballot.castSoon();
  }

  /** Checks that stay keep their state and their place in the interval. */
  #replaceChecks(checks: readonly Check[]): void {
    const left = new Set(this.#runs);
    this.#checks = checks;
    this.#runs = checks.map((check) => {
      const same = [...left].find((run) => isDeepStrictEqual(run.check, check));
      if (same === undefined) return this.#run(check, "at once");
      left.delete(same);
      return same;
    });
    for (const run of left) run.close();
  }

  #run(check: Check, first: FirstRun): CheckRun {
    const run = new CheckRun(check, this.#instance, this.#ballot.state, this.#context, () => this.#react());
    run.startIn(first === "at once" ? 0 : this.#context.random() * run.intervalMs);
    return run;
  }

  #newLease(): Lease | undefined {
    const { leaseSeconds, initialState } = this.#instance.registration;
    if (leaseSeconds === undefined) return undefined;
    const vote = this.#ballot.vote;
    // Where there are checks the initial state is their business, and having registered is a sign of life.
    const state = vote?.state ?? (this.#runs.length > 0 ? "passing" : initialState);
    const lease = new Lease(leaseSeconds, state, this.#context.alarms, () => this.#react());
    // Whether it was the lease that had failed is not on record: a heartbeat will tell.
    if (vote?.state === "critical") lease.expire("no heartbeat since the restart");
    return lease;
  }
}
