import type { CheckState, Thresholds } from "../catalog/model.ts";
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

  /** When it expires, in waking time; Infinity once it has. */
  get endMs(): number {
    return this.#alarm.isSet ? this.#alarm.dueMs : Number.POSITIVE_INFINITY;
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
