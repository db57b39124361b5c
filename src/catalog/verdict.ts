import type { CheckState, FailurePolicy, Instance, ServiceSettings, State } from "./model.ts";
import type { Service } from "./service-table.ts";

/** What the table says of one instance: a pure function of its registration, its votes and the operator's word. */
export interface Verdict {
  readonly state: State;
  /** Why, in words for people. */
  readonly reason: string;
  /** Passed at least once under its present registration: what failing open may cover. */
  readonly hasPassed: boolean;
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
  if (operator !== undefined) return { state: operator.state, reason: operator.reason || operator.state, hasPassed };
  if (votes.length === 0) return { state: registration.initialState, reason: initialReason(instance), hasPassed };
  // One server that still reaches the instance is enough: a checker that is cut off must not take it out.
  const best = votes.reduce((a, b) => (SEVERITY[b.state] < SEVERITY[a.state] ? b : a));
  return { state: best.state, reason: best.reason, hasPassed };
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

export function countStates(instances: Iterable<Instance>): Record<State, number> {
  const counts = { passing: 0, warning: 0, critical: 0, draining: 0, maintenance: 0 };
  for (const instance of instances) counts[verdictOf(instance).state]++;
  return counts;
}

/** Which instances of a name are answered, and under which rule. */
export interface Answerable {
  readonly rule:
    | "up" // those that pass
    | "failOpen" // none passes: the policy answers all that ever passed
    | "failClosed" // none passes, and the policy answers none
    | "notReady" // none passes and none ever has
    | "out" // operators took out what could be answered
    | "empty"; // nothing is registered
  readonly instances: readonly Instance[];
}

/** The policy of a service that sets none is to answer all (DESIGN §6). */
export function failurePolicyOf(settings: ServiceSettings): FailurePolicy {
  return settings.failurePolicy ?? "all";
}

/** Which instances DNS answers for a service, in order of id. */
export function answerableOfService({ ordered, settings }: Service): Answerable {
  return answerableOf(ordered, failurePolicyOf(settings));
}

/** The answerable ones of a service's instances, or of those of them that bear a tag; their order is kept. */
export function answerableOf(instances: readonly Instance[], policy: FailurePolicy): Answerable {
  if (instances.length === 0) return { rule: "empty", instances };
  const up: Instance[] = [];
  const fallback: Instance[] = [];
  let isNotReady = false;
  for (const instance of instances) {
    const { state, hasPassed } = verdictOf(instance);
    if (isUp(state)) up.push(instance);
    else if (state === "critical" && hasPassed) fallback.push(instance);
    else if (state === "critical") isNotReady = true;
  }
  if (up.length > 0) return { rule: "up", instances: up };
  if (fallback.length === 0) return { rule: isNotReady ? "notReady" : "out", instances: [] };
  return policy === "all" ? { rule: "failOpen", instances: fallback } : { rule: "failClosed", instances: [] };
}
