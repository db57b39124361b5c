import type { CheckState } from "../catalog/model.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import type { Opinion } from "./opinion.ts";

/**
 * An instance's lease: it holds while heartbeats come. A heartbeat pushes a state, which stands until the next one; an
 * expired lease is critical until a sign of life.
 */
export class Lease {
  readonly #alarms: Alarms;
  readonly #alarm: Alarm;
  readonly #leaseMs: number;
  #opinion: Opinion;
  #isExpired = false;

  constructor(leaseSeconds: number, state: CheckState, alarms: Alarms, onExpiry: () => void) {
    this.#alarms = alarms;
    this.#leaseMs = leaseSeconds * 1000;
    this.#opinion = { state, reason: undefined };
    this.#alarm = new Alarm(() => {
      this.expire(`lease expired: no heartbeat for ${this.#leaseMs / 1000} s`);
      onExpiry();
    });
    this.grant();
  }

  get opinion(): Opinion {
    return this.#opinion;
  }

  /** A heartbeat. */
  push(opinion: Opinion): void {
    this.#isExpired = false;
    this.#opinion = opinion;
    this.grant();
  }

  /** A registration is a sign of life: it revives an expired lease and leaves a pushed state alone. */
  renew(): void {
    if (this.#isExpired) this.push({ state: "passing", reason: "registered again" });
    else this.grant();
  }

  /** A full lease from now, unless it has expired. */
  grant(): void {
    if (!this.#isExpired) this.#alarms.set(this.#alarm, this.#alarms.nowMs() + this.#leaseMs);
  }

  expire(reason: string): void {
    this.close();
    this.#isExpired = true;
    this.#opinion = { state: "critical", reason };
  }

  close(): void {
    this.#alarms.clear(this.#alarm);
  }
}
