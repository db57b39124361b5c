import { isDeepStrictEqual } from "node:util";
import type { Check, CheckResult, CheckState, Instance, Thresholds } from "../catalog/model.ts";
import type { Revision } from "../catalog/store.ts";
import { isUp, verdictOf } from "../catalog/verdict.ts";
import { Ballot, type BallotContext } from "./ballot.ts";
import { CheckRun, type FirstRun, type RunContext } from "./check-run.ts";
import { cut } from "./cut.ts";
import { Damper, type Flapping } from "./damper.ts";
import { Deadline, type DeadlineBoard } from "./deadline-board.ts";
import { Lease } from "./lease.ts";
import { type Opinion, worstOf } from "./opinion.ts";
import { Tenure } from "./tenure.ts";
import type { Terms } from "./terms.ts";

export interface WatchContext extends RunContext, BallotContext {
  readonly counts: { checks: number; leases: number };
  readonly deadlines: DeadlineBoard;
}

const EVERY_HEARTBEAT: Thresholds = { passAfter: 1, failAfter: 1 };

/** All that is watched of one incarnation of an instance: its checks, its lease, and the vote that follows from them. */
export class Watch {
  readonly #context: WatchContext;
  readonly #ballot: Ballot;
  readonly #tenure: Tenure;
  readonly #damper: Damper;
  readonly #deadline: Deadline;
  #instance: Instance;
  #checks: readonly Check[];
  #runs: readonly CheckRun[] = [];
  readonly #lease: Lease | undefined;
  #heartbeat: CheckResult | undefined;

  /** Everything begins in the state on record, so that a restart neither expires nor resurrects anybody. */
  constructor(instance: Instance, { checks, flapDamping }: Terms, first: FirstRun, context: WatchContext) {
    this.#context = context;
    this.#instance = instance;
    this.#checks = checks;
    this.#deadline = new Deadline(instance.service);
    this.#ballot = new Ballot(instance, context, () => this.#damper.damped(this.#opinion()));
    // Who is only held out for flapping is alive, and not deregistered.
    this.#tenure = new Tenure(instance, context, () => this.#opinion());
    this.#damper = new Damper(flapDamping, this.#ballot.state !== "critical", context.alarms, () => this.#react());
    this.#runs = checks.map((check) => this.#run(check, this.#ballot.state, first));
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

  /** Undefined when it has not fallen lately. */
  get flapping(): Flapping | undefined {
    return this.#damper.flapping;
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
  fold(instance: Instance, { checks, flapDamping }: Terms, revision: Revision): void {
    const isPut = instance.revision !== this.#instance.revision;
    this.#instance = instance;
    this.#ballot.fold(instance, revision);
    for (const run of this.#runs) run.instance = instance;
    if (checks !== this.#checks) this.#replaceChecks(checks);
    this.#damper.limit(flapDamping);
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
    const reason = output === "" ? `heartbeat said ${state}` : `heartbeat: ${output}`;
    this.#lease?.push(state, reason, this.#instance.registration.heartbeat ?? EVERY_HEARTBEAT);
    return this.#recast();
  }

  close(): void {
    for (const run of this.#runs) run.close();
    if (this.#lease !== undefined) this.#context.counts.leases--;
    this.#lease?.close();
    this.#ballot.close();
    this.#tenure.close();
    this.#context.deadlines.set(this.#deadline, Number.POSITIVE_INFINITY);
    this.#damper.close();
  }

  #opinion(): Opinion {
    const opinions = this.#runs.map((run) => run.opinion);
    if (this.#lease !== undefined) opinions.push(this.#lease.opinion);
    return worstOf(opinions, this.#instance.registration.initialState);
  }

  #recast(): Promise<Revision | undefined> {
    this.#follow();
    return this.#ballot.cast();
  }

  #react(): void {
    this.#follow();
    this.#ballot.castSoon();
  }

  #follow(): void {
    // Whatever it does while an operator holds it out is no flapping.
    this.#damper.follow(this.#opinion(), this.#instance.operator === undefined);
    this.#tenure.follow(this.#instance);
    this.#context.deadlines.set(this.#deadline, this.#deadlineMs());
  }

  /**
   * When what is answered of the instance may change next, in waking time. Of a check that passes nobody knows: it counts
   * when it has begun to fail.
   */
  #deadlineMs(): number {
    if (!isUp(verdictOf(this.#instance).state)) return this.#tenure.endMs;
    // It is still answered, but has fallen: the catalog is about to say so.
    if (this.#damper.damped(this.#opinion()).state === "critical") return this.#context.alarms.nowMs();
    return Math.min(this.#lease?.endMs ?? Number.POSITIVE_INFINITY, ...this.#runs.map((run) => run.decisionMs));
  }

  /** Checks that stay keep their state and their place in the interval. */
  #replaceChecks(checks: readonly Check[]): void {
    const left = new Set(this.#runs);
    const { state } = this.#opinion();
    this.#checks = checks;
    this.#runs = checks.map((check) => {
      const same = [...left].find((run) => isDeepStrictEqual(run.check, check));
      if (same === undefined) return this.#run(check, state, "at once");
      left.delete(same);
      return same;
    });
    for (const run of left) run.close();
  }

  #run(check: Check, state: CheckState, first: FirstRun): CheckRun {
    return new CheckRun(check, this.#instance, { state, first }, this.#context, () => this.#react());
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
