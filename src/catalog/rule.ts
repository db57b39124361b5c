import { type Census, registeredCount } from "./census.ts";
import type { FailurePolicy, Instance, ServiceSettings } from "./model.ts";
import { isUp, verdictOf } from "./verdict.ts";

/** By which rule DNS answers the instances of a name. */
export type Rule =
  | "up" // those that pass
  | "failOpen" // none passes: the policy answers all that ever passed
  | "failClosed" // none passes, and the policy answers none
  | "notReady" // none passes and none ever has
  | "out" // operators took out what could be answered
  | "empty"; // nothing is registered

/** The policy of a service that sets none is to answer all (DESIGN §6). */
export function failurePolicyOf(settings: ServiceSettings): FailurePolicy {
  return settings.failurePolicy ?? "all";
}

export function ruleOf(census: Census, policy: FailurePolicy): Rule {
  const { critical } = census.states;
  if (answeredCount(census, "up") > 0) return "up";
  if (critical > census.neverPassed) return policy === "all" ? "failOpen" : "failClosed";
  if (critical > 0) return "notReady";
  return registeredCount(census) > 0 ? "out" : "empty";
}

/** Whether an instance is among those that a rule answers. */
export function isAnswered(instance: Instance, rule: Rule): boolean {
  if (rule !== "up" && rule !== "failOpen") return false;
  const { state, hasPassed } = verdictOf(instance);
  return rule === "up" ? isUp(state) : state === "critical" && hasPassed;
}

/** How many of the instances counted are. */
export function answeredCount({ states, neverPassed }: Census, rule: Rule): number {
  if (rule === "up") return states.passing + states.warning;
  return rule === "failOpen" ? states.critical - neverPassed : 0;
}
