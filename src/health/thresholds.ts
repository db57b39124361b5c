import type { CheckState, Thresholds } from "../catalog/model.ts";
import type { ProbeResult } from "./probe.ts";

/** A check's state and what has been counted towards another; of `passes` and `failures` one is 0. */
export interface Counter {
  readonly state: CheckState;
  /** Results in a row that were passing or warning. */
  readonly passes: number;
  /** Results in a row that were failing. */
  readonly failures: number;
}

export function counterAt(state: CheckState): Counter {
  return { state, passes: 0, failures: 0 };
}

/**
 * The counter after one more result. A critical check rises after `passAfter` results in a row that do not fail, any
 * other falls after `failAfter` that do; between passing and warning the latest result decides, as both are answered.
 */
export function advance(counter: Counter, result: ProbeResult["kind"], thresholds: Thresholds): Counter {
  if (result === "failing") {
    const failures = counter.failures + 1;
    return { state: failures >= thresholds.failAfter ? "critical" : counter.state, passes: 0, failures };
  }
  const passes = counter.passes + 1;
  const stays = counter.state === "critical" && passes < thresholds.passAfter;
  return { state: stays ? "critical" : result, passes, failures: 0 };
}

/** How many failures are still needed to end the state, 1 at least; Infinity unless the last result was one. */
export function failuresLeft({ state, failures }: Counter, { failAfter }: Thresholds): number {
  return state === "critical" || failures === 0 ? Number.POSITIVE_INFINITY : Math.max(1, failAfter - failures);
}

/** True while the last results speak against the state, but are not enough yet. */
export function isChanging({ state, passes, failures }: Counter): boolean {
  return state === "critical" ? passes > 0 : failures > 0;
}
