import type { Clock } from "./clock.ts";
import { type Due, Heap } from "./heap.ts";

/** A timer that comes this much too late means that the process stood still: SIGSTOP, a sleeping laptop, a blocked loop. */
const PAUSE_MS = 250;
/** The timer never waits longer than this: a pause is noticed by the timer that was to ring in it. */
const TICK_MS = 250;
/** So many ring before the loop may turn to something else: all leases of a server expire at once, if its network dies. */
const RINGS_MAX = 1000;

/** Something to do later, once. It belongs to one Alarms. */
export class Alarm implements Due {
  readonly ring: () => void;
  dueMs = 0;
  slot = -1;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  get isSet(): boolean {
    return this.slot >= 0;
  }
}

/**
 * Any number of alarms on one timer, kept in a heap.
 *
 * They are measured in waking time, which stands still while the process does: a pause is thereby added to every deadline
 * at once, and what fell due in it does not come down in one heap afterwards. It begins with the wall clock's time, so that
 * a place in it means the same after a restart, and goes on with the monotonic clock's, whatever becomes of the wall's.
 */
export class Alarms {
  readonly #clock: Clock;
  readonly #heap = new Heap<Alarm>();
  /** Waking time less the monotonic clock, but for the pauses. */
  readonly #epochMs: number;
  #timer: unknown;
  /** When the timer is to ring, on the clock; Infinity while none is set. */
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #pausedMs = 0;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#epochMs = clock.wallMs() - clock.nowMs();
  }

  /** For how long the process has stood still so far. */
  get pausedMs(): number {
    this.nowMs();
    return this.#pausedMs;
  }

  /** Waking time in milliseconds. */
  nowMs(): number {
    const lateMs = this.#clock.nowMs() - this.#wakeAtMs;
    // Asked here and not in the timer alone: after a pause a heartbeat's socket may be served before the timer is.
    if (lateMs > PAUSE_MS) {
      this.#pausedMs += lateMs;
      this.#wakeAtMs += lateMs;
    }
    return this.#epochMs + this.#clock.nowMs() - this.#pausedMs;
  }

  /** Sets an alarm, or moves it, to ring at `dueMs` of waking time; in the past means as soon as possible. */
  set(alarm: Alarm, dueMs: number): void {
    if (this.#isClosed) return;
    this.#heap.set(alarm, dueMs);
    this.#arm();
  }

  clear(alarm: Alarm | undefined): void {
    if (alarm !== undefined) this.#heap.remove(alarm);
  }

  /** Nothing rings any more. */
  close(): void {
    this.#isClosed = true;
    this.#clock.clearTimer(this.#timer);
  }

  #wake(): void {
    const nowMs = this.nowMs();
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    for (let rings = 0; rings < RINGS_MAX; rings++) {
      const { first } = this.#heap;
      if (first === undefined || first.dueMs > nowMs) break;
      this.#heap.remove(first);
      first.ring();
    }
    this.#arm();
  }

  #arm(): void {
    const { first } = this.#heap;
    if (first === undefined || this.#isClosed) return;
    const waitMs = Math.ceil(Math.min(Math.max(first.dueMs - this.nowMs(), 0), TICK_MS));
    const wakeAtMs = this.#clock.nowMs() + waitMs;
    if (wakeAtMs >= this.#wakeAtMs) return;
    this.#clock.clearTimer(this.#timer);
    this.#wakeAtMs = wakeAtMs;
    this.#timer = this.#clock.setTimer(waitMs, () => this.#wake());
  }
}
