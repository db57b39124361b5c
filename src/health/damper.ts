import type { FlapDamping } from "../catalog/model.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import type { Opinion } from "./opinion.ts";

/** How much an instance has flapped, for people. */
export interface Flapping {
  /** Falls, each of which counts less the longer it is ago. */
  readonly penalty: number;
  readonly isHeldOut: boolean;
  /** Until it is answered again if it does not fall; 0 when it is not held out. */
  readonly reuseInSeconds: number;
}

/** Below this a penalty is forgotten. */
const PENALTY_MIN = 0.01;

/**
 * Flap damping by the rules of RFC 2439, with an instance for a route: each fall adds 1 to a penalty that decays by half
 * in each half-life. Above one limit the instance is held out whatever its checks say, until it has decayed to another.
 */
export class Damper {
  readonly #alarms: Alarms;
  readonly #reuse: Alarm;
  #damping: FlapDamping;
  #isUp: boolean;
  /** The penalty as it was at the last fall. */
  #penalty = 0;
  #fellMs = 0;

  /** `onReuse` is called when the instance is held out no more. */
  constructor(damping: FlapDamping, isUp: boolean, alarms: Alarms, onReuse: () => void) {
    this.#alarms = alarms;
    this.#damping = damping;
    this.#isUp = isUp;
    this.#reuse = new Alarm(onReuse);
  }

  get flapping(): Flapping | undefined {
    const nowMs = this.#alarms.nowMs();
    const penalty = this.#penaltyAt(nowMs);
    if (penalty < PENALTY_MIN) return undefined;
    const isHeldOut = this.#reuse.isSet;
    return { penalty, isHeldOut, reuseInSeconds: isHeldOut ? (this.#reuse.dueMs - nowMs) / 1000 : 0 };
  }

  /** Limits count from the next fall on, but to switch damping off releases at once. */
  limit(damping: FlapDamping): void {
    this.#damping = damping;
    if (damping.suppressAbove > 0) return;
    this.#penalty = 0;
    this.#alarms.clear(this.#reuse);
  }

  /** Takes in what the checks say now; a fall that does not count is forgiven. */
  follow({ state }: Opinion, counts: boolean): void {
    const isUp = state !== "critical";
    if (this.#isUp && !isUp && counts) this.#punish();
    this.#isUp = isUp;
  }

  /** What counts of what the checks say. */
  damped(opinion: Opinion): Opinion {
    if (!this.#reuse.isSet) return opinion;
    const calmSeconds = Math.round((this.#reuse.dueMs - this.#fellMs) / 1000);
    const words = `flapping: held out until it has not fallen for ${calmSeconds} s`;
    return { state: "critical", reason: opinion.reason === undefined ? words : `${words}: ${opinion.reason}` };
  }

  close(): void {
    this.#alarms.clear(this.#reuse);
  }

  #punish(): void {
    const { halfLifeSeconds, suppressAbove, reuseAt, holdSecondsMax } = this.#damping;
    if (suppressAbove === 0) return;
    const nowMs = this.#alarms.nowMs();
    // What would take longer to decay than anybody is to be held out does not add up (RFC 2439's ceiling).
    const ceiling = Math.max(reuseAt * 2 ** (holdSecondsMax / halfLifeSeconds), suppressAbove + 1);
    this.#penalty = Math.min(this.#penaltyAt(nowMs) + 1, ceiling);
    this.#fellMs = nowMs;
    if (this.#penalty <= suppressAbove && !this.#reuse.isSet) return;
    const holdSeconds = halfLifeSeconds * Math.log2(this.#penalty / reuseAt);
    this.#alarms.set(this.#reuse, nowMs + Math.min(holdSeconds, holdSecondsMax) * 1000);
  }

  #penaltyAt(nowMs: number): number {
    return this.#penalty * 2 ** (-(nowMs - this.#fellMs) / (this.#damping.halfLifeSeconds * 1000));
  }
}
