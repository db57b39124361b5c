import type { Check, CheckResult, CheckState, Instance } from "../catalog/model.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import type { Budget } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { FirstRound } from "./first-round.ts";
import type { Opinion } from "./opinion.ts";
import { type Probe, type ProbeResult, type Probes, type Target, targetOf } from "./probe.ts";
import { nextRunMs } from "./schedule.ts";
import { advance, type Counter, counterAt } from "./thresholds.ts";

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
  readonly counts: { checks: number };
  readonly onProbe: (kind: Check["kind"], result: ProbeResult["kind"], durationMs: number) => void;
}

/** One check of one instance: when it runs, what it counted. */
export class CheckRun {
  readonly check: Check;
  /** The instance as it is registered now. */
  instance: Instance;
  readonly #context: RunContext;
  readonly #onResult: () => void;
  readonly #alarm: Alarm;
  readonly #timeLimit: Alarm;
  readonly #phaseMs: number;
  #abort = new AbortController();
  #counter: Counter;
  #reason: string | undefined;
  #results: readonly CheckResult[] = [];
  #isClosed = false;

  constructor(check: Check, instance: Instance, state: CheckState, context: RunContext, onResult: () => void) {
    this.check = check;
    this.instance = instance;
    this.#context = context;
    this.#onResult = onResult;
    this.#alarm = new Alarm(() => context.budget.submit(this.#run));
    this.#timeLimit = new Alarm(() => this.#abort.abort());
    this.#phaseMs = context.random() * this.intervalMs;
    this.#counter = counterAt(state);
    context.firstRound.add(this);
    context.counts.checks++;
  }

  get intervalMs(): number {
    return this.check.intervalSeconds * 1000;
  }

  get opinion(): Opinion {
    return { state: this.#counter.state, reason: this.#reason };
  }

  /** The last results, newest first. */
  get results(): readonly CheckResult[] {
    return this.#results;
  }

  /** Sets or moves the next run. */
  startIn(inMs: number): void {
    const { alarms } = this.#context;
    alarms.set(this.#alarm, alarms.nowMs() + inMs);
  }

  close(): void {
    const { alarms, budget, firstRound, counts } = this.#context;
    this.#isClosed = true;
    alarms.clear(this.#alarm);
    alarms.clear(this.#timeLimit);
    budget.withdraw(this.#run);
    firstRound.delete(this);
    counts.checks--;
    this.#abort.abort();
  }

  // A property and not a method: the budget knows a task by its identity.
  readonly #run = async (): Promise<void> => {
    const { alarms, random } = this.#context;
    const startedMs = alarms.nowMs();
    const target = targetOf(this.check, this.instance.registration);
    const result = await this.#probe(target);
    if (this.#isClosed) return;
    const present = targetOf(this.check, this.instance.registration);
    // The instance moved while it was probed: this was a look at the place it left.
    if (present.host !== target.host || present.port !== target.port) return this.startIn(0);
    alarms.set(this.#alarm, nextRunMs(startedMs, this.#phaseMs, this.intervalMs, random()));
    this.#count(result);
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
    const { clock, firstRound } = this.#context;
    const kept = keep(this.check.kind, result, clock.wallMs());
    this.#counter = advance(this.#counter, result.kind, this.check);
    if (kept.state === this.#counter.state) this.#reason = `${kept.check}: ${kept.output}`;
    this.#results = [kept, ...this.#results.slice(0, RESULTS_MAX - 1)];
    this.#onResult();
    firstRound.delete(this);
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
