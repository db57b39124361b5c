import type { Vote } from "../catalog/model.ts";
import { Alarm } from "./alarms.ts";
import type { BallotContext } from "./ballot.ts";

/**
 * When an instance fell too long ago for the policy `last`. It counts from the fall, by the wall clock over a restart and in
 * waking time from there on.
 */
export class Staleness {
  readonly #context: Pick<BallotContext, "alarms" | "clock">;
  readonly #onEnd: () => void;
  #alarm: Alarm | undefined;
  #fellMs: number | undefined;
  #endMs = Number.POSITIVE_INFINITY;
  #isStale = false;

  /** `onEnd` is called when an instance has become stale. */
  constructor(context: Pick<BallotContext, "alarms" | "clock">, onEnd: () => void) {
    this.#context = context;
    this.#onEnd = onEnd;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  /** When it becomes stale, in waking time; Infinity once that is on record, or while nothing makes it stale. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Takes in this server's vote as it is on record. `secondsMax` is undefined where the policy is another. */
  follow(vote: Vote | undefined, secondsMax: number | undefined): void {
    const { alarms, clock } = this.#context;
    this.close();
    this.#endMs = Number.POSITIVE_INFINITY;
    this.#isStale = false;
    if (vote?.state !== "critical" || !vote.hasPassed) this.#fellMs = undefined;
    else this.#fellMs ??= alarms.nowMs() - Math.max(0, clock.wallMs() - vote.atMs);
    if (this.#fellMs === undefined || secondsMax === undefined) return;
    const endMs = this.#fellMs + secondsMax * 1000;
    this.#isStale = endMs <= alarms.nowMs();
    this.#alarm ??= new Alarm(this.#onEnd);
    if (!this.#isStale) alarms.set(this.#alarm, endMs);
    if (!this.#isStale || !vote?.isStale) this.#endMs = endMs;
  }

  close(): void {
    this.#context.alarms.clear(this.#alarm);
  }
}
