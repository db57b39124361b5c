import type { CheckState } from "../catalog/model.ts";

/** What a check, a lease, or all that watches an instance says of it. */
export interface Opinion {
  readonly state: CheckState;
  /** Undefined while no result has said so: the state is the one it started with. */
  readonly reason: string | undefined;
}

const SEVERITY: Readonly<Record<CheckState, number>> = { passing: 0, warning: 1, critical: 2 };

/** The worst opinion; among equals the first that has a reason. Nobody's opinion is `initialState`. */
export function worstOf(opinions: readonly Opinion[], initialState: CheckState): Opinion {
  let worst: Opinion | undefined;
  for (const opinion of opinions) {
    const excess = worst === undefined ? 1 : SEVERITY[opinion.state] - SEVERITY[worst.state];
    if (excess > 0 || (excess === 0 && worst?.reason === undefined)) worst = opinion;
  }
  return worst ?? { state: initialState, reason: undefined };
}
