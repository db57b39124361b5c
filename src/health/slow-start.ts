import type { CheckState, Vote } from "../catalog/model.ts";
import { Alarm } from "./alarms.ts";
import type { RunContext } from "./check-run.ts";

/** From its first share of the weight an instance rises to all of it in so many even steps. */
const STEPS = 10;
const FIRST_PERCENT = 10;

/**
 * The weight of an instance that has come to pass: a tenth at first, then ever more of it.
 *
 * What is so far is on record, in the vote, and this says what is next: a restart goes on from there. Each instance takes its
 * steps with a delay of its own of up to one step, as thousands may come back at once, and each step is a commit.
 */
export class SlowStart {
  readonly #context: Pick<RunContext, "alarms" | "clock" | "random">;
  readonly #onStep: () => void;
  #alarm: Alarm | undefined;
  /** 0 while no slow start goes on. */
  #stepMs = 0;
  /** In waking time. */
  #startedMs = 0;
  #delayMs = 0;
  /** What is overdue after a restart, or as the time was made shorter, keeps the delay too. */
  #earliestMs = 0;

  /** `onStep` is called when the share may have risen. */
  constructor(context: Pick<RunContext, "alarms" | "clock" | "random">, onStep: () => void) {
    this.#context = context;
    this.#onStep = onStep;
  }

  /**
   * The share of its weight that an instance in `state` is to have; undefined is all of it. It depends on what this server's
   * vote says so far, or in its place the registration: `recordedState`.
   */
  follow(state: CheckState, recordedState: CheckState, vote: Vote | undefined, seconds: number): number | undefined {
    this.close();
    const isWanted = state !== "critical" && seconds > 0;
    if (isWanted && recordedState !== "critical" && vote?.weightShare !== undefined)
      return shareAt(this.#next(stepOf(vote.weightShare), vote.atMs, (seconds * 1000) / STEPS));
    this.#stepMs = 0;
    return isWanted && recordedState === "critical" ? shareAt(0) : undefined;
  }

  close(): void {
    this.#context.alarms.clear(this.#alarm);
  }

  /** The step that is due after the one on record, or else that one. */
  #next(step: number, votedMs: number, stepMs: number): number {
    const { alarms, clock, random } = this.#context;
    const nowMs = alarms.nowMs();
    if (this.#stepMs === 0) this.#startedMs = nowMs - Math.max(clock.wallMs() - votedMs, step * stepMs);
    if (this.#stepMs !== stepMs) {
      this.#stepMs = stepMs;
      this.#delayMs = random() * stepMs;
      this.#earliestMs = nowMs + this.#delayMs;
    }
    let next = step;
    while (next < STEPS && this.#dueMs(next + 1) <= nowMs) next++;
    this.#alarm ??= new Alarm(this.#onStep);
    // What is due is committed now, and what comes after it seen when that has been published.
    if (next === step) alarms.set(this.#alarm, this.#dueMs(step + 1));
    return next;
  }

  #dueMs(step: number): number {
    return Math.max(this.#startedMs + step * this.#stepMs + this.#delayMs, this.#earliestMs);
  }
}

/** Undefined from the last step on. */
function shareAt(step: number): number | undefined {
  return step < STEPS ? (FIRST_PERCENT + (step * (100 - FIRST_PERCENT)) / STEPS) / 100 : undefined;
}

function stepOf(share: number): number {
  return Math.round(((share * 100 - FIRST_PERCENT) * STEPS) / (100 - FIRST_PERCENT));
}
