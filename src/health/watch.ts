import { isDeepStrictEqual } from "node:util";
import type { Check, CheckResult, CheckState, Instance, Thresholds } from "../catalog/model.ts";
import type { ProspectKind } from "../catalog/prospect.ts";
import type { Revision } from "../catalog/store.ts";
import { isUp, type Verdict, verdictOf } from "../catalog/verdict.ts";
import { Ballot, type BallotContext, type Claim } from "./ballot.ts";
import { CheckRun, type FirstRun, type RunContext } from "./check-run.ts";
import { cut } from "./cut.ts";
import { Damper, type Flapping } from "./damper.ts";
import type { DeadlineBoard } from "./deadline-board.ts";
import { type Lease, leaseOf } from "./lease.ts";
import { type Opinion, worstOf } from "./opinion.ts";
import { Outlook } from "./outlook.ts";
import { SlowStart } from "./slow-start.ts";
import { Staleness } from "./staleness.ts";
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
  readonly #slowStart: SlowStart;
  readonly #staleness: Staleness;
  readonly #outlook: Outlook;
  #terms: Terms;
  #instance: Instance;
  #runs: readonly CheckRun[] = [];
  readonly #lease: Lease | undefined;
  #heartbeat: CheckResult | undefined;

  /** Everything begins in the state on record, so that a restart neither expires nor resurrects anybody. */
  constructor(instance: Instance, terms: Terms, first: FirstRun, context: WatchContext) {
    const react = () => this.#react();
    this.#context = context;
    this.#instance = instance;
    this.#terms = terms;
    this.#outlook = new Outlook(instance.service, context.deadlines);
    this.#ballot = new Ballot(instance, context, () => this.#claim());
    // Who is only held out for flapping is alive, and not deregistered.
    this.#tenure = new Tenure(instance, context, () => this.#opinion());
    const { state, vote } = this.#ballot;
    this.#damper = new Damper(terms.flapDamping, state !== "critical", context.alarms, react);
    this.#slowStart = new SlowStart(context, react);
    this.#staleness = new Staleness(context, react);
    this.#runs = terms.checks.map((check) => this.#run(check, state, first));
    this.#lease = leaseOf(instance.registration, vote, this.#runs.length > 0, context.alarms, react);
    if (this.#lease !== undefined) context.counts.leases++;
    react();
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
  fold(instance: Instance, terms: Terms, revision: Revision): void {
    const isPut = instance.revision !== this.#instance.revision;
    this.#instance = instance;
    this.#ballot.fold(instance, revision);
    for (const run of this.#runs) run.instance = instance;
    if (terms.checks !== this.#terms.checks) this.#replaceChecks(terms.checks);
    this.#terms = terms;
    this.#damper.limit(terms.flapDamping);
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
    this.#outlook.close();
    this.#damper.close();
    this.#slowStart.close();
    this.#staleness.close();
  }

  #opinion(): Opinion {
    const opinions = this.#runs.map((run) => run.opinion);
    if (this.#lease !== undefined) opinions.push(this.#lease.opinion);
    return worstOf(opinions, this.#instance.registration.initialState);
  }

  #claim(): Claim {
    const opinion = this.#damper.damped(this.#opinion());
    const { state, vote } = this.#ballot;
    const weightShare = this.#slowStart.follow(opinion.state, state, vote, this.#terms.slowStartSeconds);
    const hasStayedCritical = opinion.state === "critical" && state === "critical";
    return { ...opinion, weightShare, isStale: hasStayedCritical && this.#staleness.isStale };
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
    this.#tenure.follow(this.#instance, this.#terms.brakeEndMs !== undefined);
    this.#staleness.follow(this.#ballot.vote, this.#terms.lastSecondsMax);
    this.#lookOut();
  }

  #lookOut(): void {
    const verdict = verdictOf(this.#instance);
    const verdictMs = isUp(verdict.state) ? this.#nextVerdictMs() : Number.POSITIVE_INFINITY;
    const [kind, endMs] = this.#end(verdict);
    this.#outlook.tell(endMs, verdictMs, kind);
  }

  /** What is over for certain next, and when, in waking time. Of a brake nobody knows but when it ends at the latest. */
  #end({ state, isHeld }: Verdict): readonly [kind: ProspectKind, endMs: number] {
    if (isUp(state)) return ["lease", this.#lease?.endMs ?? Number.POSITIVE_INFINITY];
    const brakeEndMs = (isHeld && this.#terms.brakeEndMs) || Number.POSITIVE_INFINITY;
    const staleMs = this.#staleness.endMs;
    if (Math.min(staleMs, brakeEndMs) >= this.#tenure.endMs) return [this.#tenure.endKind, this.#tenure.endMs];
    return staleMs < brakeEndMs ? ["stale", staleMs] : ["brake", brakeEndMs];
  }

  /** When it may fall, in waking time. Of a check that passes nobody knows: it counts when it has begun to fail. */
  #nextVerdictMs(): number {
    // It is still answered, but has fallen: the catalog is about to say so.
    if (this.#damper.damped(this.#opinion()).state === "critical") return this.#context.alarms.nowMs();
    return Math.min(...this.#runs.map((run) => run.decisionMs));
  }

  /** Checks that stay keep their state and their place in the interval. */
  #replaceChecks(checks: readonly Check[]): void {
    const left = new Set(this.#runs);
    const { state } = this.#opinion();
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
}
