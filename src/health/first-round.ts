import { Alarm, type Alarms } from "./alarms.ts";

/** No more checks than one in so many milliseconds are started, while the bound allows that. */
const GAP_MS = 2;

interface Run {
  readonly intervalMs: number;
  startIn(ms: number): void;
}

/** The checks that have not been run once, and somebody who waits for them. */
export class FirstRound {
  readonly #alarms: Alarms;
  readonly #random: () => number;
  readonly #unprobed = new Set<Run>();
  #onEnd = (): void => {};

  constructor(alarms: Alarms, random: () => number) {
    this.#alarms = alarms;
    this.#random = random;
  }

  add(run: Run): void {
    this.#unprobed.add(run);
  }

  delete(run: Run): void {
    this.#unprobed.delete(run);
    if (this.#unprobed.size === 0) this.#onEnd();
  }

  /** Runs them all soon, spread out, and then `afterwards`; resolves when all that has ended, or after `boundMs`. */
  async run(boundMs: number, afterwards: () => Promise<void>): Promise<void> {
    // Half of the time to start them leaves the other half to answer.
    const windowMs = Math.min(boundMs / 2, this.#unprobed.size * GAP_MS);
    for (const run of this.#unprobed) run.startIn(this.#random() * Math.min(windowMs, run.intervalMs));
    let bound: Alarm | undefined;
    const isOver = new Promise<void>((resolve) => {
      bound = new Alarm(resolve);
      this.#alarms.set(bound, this.#alarms.nowMs() + boundMs);
    });
    await Promise.race([this.#ended().then(afterwards), isOver]);
    this.#alarms.clear(bound);
  }

  async #ended(): Promise<void> {
    if (this.#unprobed.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
  }
}
