import type { Check, CheckResult, CheckState, Instance } from "../catalog/model.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import type { Budget } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { FirstRound } from "./first-round.ts";
import type { Opinion } from "./opinion.ts";
import { type Probe, type ProbeResult, type Probes, type Target, targetOf } from "./probe.ts";
import { firstRunMs, laterRunMs, nextRunMs, placeOf, runIntervalMs } from "./schedule.ts";
import { advance, type Counter, counterAt, failuresLeft } from "./thresholds.ts";

/** How many results of a check are kept. */
const RESULTS_MAX = 5;

export interface RunContext {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly budget: Budget;
  readonly probes: Probes;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
  readonly firstRound: FirstRound;
  /** When the next newcomer starts. */
  readonly pace: (nowMs: number) => number;
  readonly counts: { checks: number };
  /** A probe starts, `lateMs` after it was due. */
  readonly onStart: (lateMs: number, check: Check) => void;
  readonly onProbe: (kind: Check["kind"], result: ProbeResult["kind"], durationMs: number) => void;
}

/** When a check is run first: at once, or at its place in the interval, as all of them are new after a start. */
export type FirstRun = "at once" | "in its place";

/** One check of one instance: when it runs, what it counted. */
export class CheckRun {
  readonly check: Check;
  /** The instance as it is registered now. */
  instance: Instance;
  readonly #context: RunContext;
  readonly #onResult: () => void;
  readonly #alarm: Alarm;
  readonly #timeLimit: Alarm;
  readonly #place: number;
  #aim = "";
  #abort = new AbortController();
  #counter: Counter;
  #reason: string | undefined;
  #results: readonly CheckResult[] = [];
  #isClosed = false;

  constructor(
    check: Check,
    instance: Instance,
    { state, first }: { readonly state: CheckState; readonly first: FirstRun },
    context: RunContext,
    onResult: () => void,
  ) {
    this.check = check;
    this.instance = instance;
    this.#context = context;
    this.#onResult = onResult;
    this.#alarm = new Alarm(() => this.#submit());
    this.#timeLimit = new Alarm(() => this.#abort.abort());
    this.#place = placeOf(`${instance.service}/${instance.id} ${JSON.stringify(check)}`);
    this.#counter = counterAt(state);
    context.firstRound.add(this);
    context.counts.checks++;
    this.startAt(this.#firstMs(first));
  }

  /** When the next run is due, or the present one was. */
  get dueMs(): number {
    return this.#alarm.dueMs;
  }

  /** When a run may turn out to be one failure too many, in waking time; Infinity before it has begun to fail. */
  get decisionMs(): number {
    const runs = failuresLeft(this.#counter, this.check);
    return laterRunMs(this.dueMs, runs - 1, runIntervalMs(this.check, this.#counter));
  }

  get opinion(): Opinion {
    return { state: this.#counter.state, reason: this.#reason };
  }

  /** The last results, newest first. */
  get results(): readonly CheckResult[] {
    return this.#results;
  }

  /** Sets or moves the next run. */
  startAt(dueMs: number): void {
    this.#context.alarms.set(this.#alarm, dueMs);
  }

  close(): void {
    const { alarms, budget, firstRound, counts } = this.#context;
    this.#isClosed = true;
    alarms.clear(this.#alarm);
    alarms.clear(this.#timeLimit);
    budget.withdraw(this.#aim, this.#run);
    firstRound.delete(this);
    counts.checks--;
    this.#abort.abort();
  }

  #firstMs(first: FirstRun): number {
    const { alarms, pace, random } = this.#context;
    const nowMs = alarms.nowMs();
    if (first === "at once") return pace(nowMs);
    return firstRunMs(nowMs, this.#place, this.check.intervalSeconds * 1000, random());
  }

  #submit(): void {
    this.#aim = aimOf(targetOf(this.check, this.instance.registration));
    this.#context.budget.submit(this.#aim, this.#run);
  }

  // A property and not a method: the budget knows a task by its identity.
  readonly #run = async (): Promise<void> => {
    const { alarms, random, onStart, firstRound } = this.#context;
    const { pausedMs } = alarms;
    const startedMs = alarms.nowMs();
    onStart(startedMs - this.#alarm.dueMs, this.check);
    const target = targetOf(this.check, this.instance.registration);
    const result = await this.#probe(target);
    if (this.#isClosed) return;
    // Whoever was asked may have given up on us while this process stood still for as long as it may take to answer.
    const isOurFault = result.kind === "failing" && alarms.pausedMs - pausedMs > this.check.timeoutSeconds * 1000;
    // Or the instance moved while it was probed: this was a look at the place it left.
    const present = targetOf(this.check, this.instance.registration);
    const isElsewhere = present.host !== target.host || present.port !== target.port;
    if (isOurFault || isElsewhere) return this.startAt(alarms.nowMs());
    this.#count(result);
    this.startAt(nextRunMs(startedMs, this.#place, runIntervalMs(this.check, this.#counter), random()));
    this.#onResult();
    firstRound.delete(this);
  };

  async #probe(target: Target): Promise<ProbeResult> {
    const { alarms, probes, onProbe } = this.#context;
    // The table pairs each kind with its probe; the compiler cannot follow a pair through an index.
    const probe = probes[this.check.kind] as Probe;
    this.#abort = new AbortController();
    const startedMs = alarms.nowMs();
    alarms.set(this.#timeLimit, startedMs + this.check.timeoutSeconds * 1000);
    const result = await probe(target, this.#abort.signal).catch(broken);
    alarms.clear(this.#timeLimit);
    if (!this.#isClosed) onProbe(this.check.kind, result.kind, alarms.nowMs() - startedMs);
    return result;
  }

  #count(result: ProbeResult): void {
    const { clock } = this.#context;
    const kept = keep(this.check.kind, result, clock.wallMs());
    this.#counter = advance(this.#counter, result.kind, this.check);
    if (kept.state === this.#counter.state) this.#reason = `${kept.check}: ${kept.output}`;
    this.#results = [kept, ...this.#results.slice(0, RESULTS_MAX - 1)];
  }
}

/** Whom a probe may crowd: the endpoint it turns to, or this machine when it starts a program. */
function aimOf({ check, host, port }: Target): string {
  switch (check.kind) {
    case "http":
      return check.url.startsWith("/") ? `${host}:${port}` : new URL(check.url).host;
    case "exec":
    case "alias":
      return check.kind;
    case "tcp":
    case "tls":
    case "udp":
    case "dns":
    case "grpc":
      return `${check.address ?? host}:${check.port ?? port}`;
  }
}

/** A probe never rejects. Should one, that is our bug, and costs a check instead of the server. */
function broken(error: unknown): ProbeResult {
  return { kind: "failing", asked: "", reason: `the probe itself failed: ${error}` };
}

function keep(kind: Check["kind"], result: ProbeResult, atMs: number): CheckResult {
  const check = `${kind} ${result.asked}`.trimEnd();
  if (result.kind === "failing") return { check, state: "critical", output: result.reason, atMs };
  return { check, state: result.kind, output: result.output, latencyMs: result.latencyMs, atMs };
}
