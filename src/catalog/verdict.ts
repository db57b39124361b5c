import type { CastVote, CheckState, Instance, State } from "./model.ts";

/** What the table says of one instance: a pure function of its registration, its votes, the operator's word and the brake. */
export interface Verdict {
  readonly state: State;
  /** Why, in words for people. */
  readonly reason: string;
  /** Passed at least once under its present registration: what failing open may cover. */
  readonly hasPassed: boolean;
  /** It is critical, and a brake holds it in the answers. */
  readonly isHeld: boolean;
  /** The vote that decided; undefined where none did. */
  readonly vote: CastVote | undefined;
}

const SEVERITY: Readonly<Record<CheckState, number>> = { passing: 0, warning: 1, critical: 2 };

export function verdictOf(instance: Instance): Verdict {
  const { registration, operator } = instance;
  const votes =
    instance.votes.length === 0
      ? instance.votes // Most instances of a large table: nothing to allocate for them.
      : instance.votes.filter((vote) => vote.generation === registration.generation);
  const isInitiallyUp = registration.initialState !== "critical";
  const hasPassed = isInitiallyUp || votes.some((vote) => vote.hasPassed);
  const undecided = { hasPassed, isHeld: false, vote: undefined };
  if (operator !== undefined) return { state: operator.state, reason: operator.reason || operator.state, ...undecided };
  if (votes.length === 0) return { state: registration.initialState, reason: initialReason(instance), ...undecided };
  // One server that still reaches the instance is enough: a checker that is cut off must not take it out.
  const vote = votes.reduce((a, b) => (SEVERITY[b.state] < SEVERITY[a.state] ? b : a));
  const { state, reason } = vote;
  const isHeld =
    state === "critical" && hasPassed && vote.revision >= (instance.brakedSince ?? Number.POSITIVE_INFINITY);
  return { state, reason, hasPassed, isHeld, vote };
}

/** No vote yet: nothing has changed since the registration, as far as anybody has said. */
function initialReason({ registration: { initialState, checks, leaseSeconds } }: Instance): string {
  if (initialState === "critical") return "critical since registration: nothing has said otherwise yet";
  const isChecked = checks.length > 0 || leaseSeconds !== undefined;
  return isChecked ? `${initialState} since registration` : "no check";
}

export function isUp(state: State): boolean {
  return state === "passing" || state === "warning";
}
