import { Alarm, type Alarms } from "./alarms.ts";

/** A check that has its place in time. */
interface Run {
  readonly dueMs: number;
  startAt(ms: number): void;
}

/** The checks that have not been run once, and somebody who waits for them. */
export class FirstRound {
  readonly #alarms: Alarms;
  readonly #unprobed = new Set<Run>();
  /** Those of them that are waited for. */
  #awaited = new Set<Run>();
  #onEnd = (): void => {};

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  add(run: Run): void {
    this.#unprobed.add(run);
  }

  delete(run: Run): void {
    this.#unprobed.delete(run);
    if (this.#awaited.delete(run) && this.#awaited.size === 0) this.#onEnd();
  }

  /**
   * Brings the checks forward, in the order they are due and no more than one in `gapMs`, and then runs `afterwards`.
   * Resolves when all that has ended, or after `boundMs`; whom that leaves no time to answer keeps its place.
   */
  async run(boundMs: number, gapMs: number, afterwards: () => Promise<void>): Promise<void> {
    const nowMs = this.#alarms.nowMs();
    const lastMs = nowMs + boundMs / 2; // The other half is theirs to answer.
    const runs = [...this.#unprobed].sort((a, b) => a.dueMs - b.dueMs);
    for (const [turn, run] of runs.entries()) {
      const startMs = Math.min(run.dueMs, nowMs + turn * gapMs);
      if (startMs > lastMs) break;
      run.startAt(startMs);
      this.#awaited.add(run);
    }
    let bound: Alarm | undefined;
    const isOver = new Promise<void>((resolve) => {
      bound = new Alarm(resolve);
      this.#alarms.set(bound, nowMs + boundMs);
    });
    await Promise.race([this.#ended().then(afterwards), isOver]);
    this.#alarms.clear(bound);
  }

  async #ended(): Promise<void> {
    if (this.#awaited.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
  }
}
