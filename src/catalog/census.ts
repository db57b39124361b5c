import type { Instance, State } from "./model.ts";
import { verdictOf } from "./verdict.ts";

/** How many instances stand in which state: of a service, or of those of its instances that bear a tag. */
export interface Census {
  readonly states: Readonly<Record<State, number>>;
  /** Of the critical ones, those that never passed under their present registration. */
  readonly neverPassed: number;
  /** Of the critical ones, those that a brake holds in the answers. */
  readonly held: number;
}

/** A census while instances come and go. */
export interface MutableCensus extends Census {
  readonly states: Record<State, number>;
  neverPassed: number;
  held: number;
}

export function emptyCensus(): MutableCensus {
  return { states: { passing: 0, warning: 0, critical: 0, draining: 0, maintenance: 0 }, neverPassed: 0, held: 0 };
}

/** Counts an instance among the others, or with -1 no more. */
export function count(census: MutableCensus, instance: Instance, by: 1 | -1): void {
  const { state, hasPassed, isHeld } = verdictOf(instance);
  census.states[state] += by;
  if (state === "critical" && !hasPassed) census.neverPassed += by;
  if (isHeld) census.held += by;
}

/** The same in the census of each tag that an instance bears; that of a tag which nobody bears any more goes. */
export function countTags(tagged: Map<string, MutableCensus>, instance: Instance, by: 1 | -1): void {
  for (const tag of instance.registration.tags) {
    const census = tagged.get(tag) ?? emptyCensus();
    count(census, instance, by);
    if (registeredCount(census) > 0) tagged.set(tag, census);
    else tagged.delete(tag);
  }
}

/** A census as it was before these instances became what they are. */
export function censusBefore(
  { states, neverPassed, held }: Census,
  changes: Iterable<{ readonly before: Instance | undefined; readonly after: Instance | undefined }>,
): Census {
  const census = { states: { ...states }, neverPassed, held };
  for (const { before, after } of changes) {
    if (before !== undefined) count(census, before, 1);
    if (after !== undefined) count(census, after, -1);
  }
  return census;
}

/** The states of all that several censuses count. */
export function allStates(censuses: Iterable<Census>): Readonly<Record<State, number>> {
  const { states } = emptyCensus();
  for (const census of censuses) {
    for (const state of Object.keys(states) as State[]) states[state] += census.states[state];
  }
  return states;
}

export function registeredCount(census: Census): number {
  return availableCount(census) + census.states.draining + census.states.maintenance;
}

/** Those that no operator took out. */
export function availableCount({ states }: Census): number {
  return states.passing + states.warning + states.critical;
}

export function upCount({ states }: Census): number {
  return states.passing + states.warning;
}

/** Those that are critical and have passed. */
export function fallenCount({ states, neverPassed }: Census): number {
  return states.critical - neverPassed;
}
