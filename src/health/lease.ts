import type { CheckState, Registration, Thresholds, Vote } from "../catalog/model.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import type { Opinion } from "./opinion.ts";
import { advance, type Counter, counterAt } from "./thresholds.ts";

/**
 * An instance's lease: it holds while heartbeats come. What they say counts by thresholds, as what a check finds; an
 * expired lease is critical until a sign of life.
 */
export class Lease {
  readonly #alarms: Alarms;
  readonly #alarm: Alarm;
  readonly #leaseMs: number;
  #counter: Counter;
  #reason: string | undefined;
  #isExpired = false;

  constructor(leaseSeconds: number, state: CheckState, alarms: Alarms, onExpiry: () => void) {
    this.#alarms = alarms;
    this.#leaseMs = leaseSeconds * 1000;
    this.#counter = counterAt(state);
    this.#alarm = new Alarm(() => {
      this.expire(`lease expired: no heartbeat for ${this.#leaseMs / 1000} s`);
      onExpiry();
    });
    this.grant();
  }

  get opinion(): Opinion {
    return { state: this.#counter.state, reason: this.#reason };
  }

  /** When it expires, or did, in waking time. */
  get endMs(): number {
    return this.#alarm.dueMs;
  }

  /** A heartbeat. */
  push(state: CheckState, reason: string, thresholds: Thresholds): void {
    this.#counter = advance(this.#counter, state === "critical" ? "failing" : state, thresholds);
    if (state === this.#counter.state) this.#reason = reason;
    this.#isExpired = false;
    this.grant();
  }

  /** A registration is a sign of life: it revives an expired lease and leaves a pushed state alone. */
  renew(): void {
    if (this.#isExpired) this.#turn("passing", "registered again");
    this.#isExpired = false;
    this.grant();
  }

  /** A full lease from now, unless it has expired. */
  grant(): void {
    if (!this.#isExpired) this.#alarms.set(this.#alarm, this.#alarms.nowMs() + this.#leaseMs);
  }

  expire(reason: string): void {
    this.close();
    this.#isExpired = true;
    this.#turn("critical", reason);
  }

  close(): void {
    this.#alarms.clear(this.#alarm);
  }

  #turn(state: CheckState, reason: string): void {
    this.#counter = counterAt(state);
    this.#reason = reason;
  }
}

/** The lease that a registration asks for, in the state on record; undefined when it asks for none. */
export function leaseOf(
  { leaseSeconds, initialState }: Registration,
  vote: Vote | undefined,
  isChecked: boolean,
  alarms: Alarms,
  onExpiry: () => void,
): Lease | undefined {
  if (leaseSeconds === undefined) return undefined;
  // Where there are checks the initial state is their business, and having registered is a sign of life.
  const state = vote?.state ?? (isChecked ? "passing" : initialState);
  const lease = new Lease(leaseSeconds, state, alarms, onExpiry);
  // Whether it was the lease that had failed is not on record: a heartbeat will tell.
  if (vote?.state === "critical") lease.expire("no heartbeat since the restart");
  return lease;
}
