import { count, countTags, type MutableCensus } from "./census.ts";
import { type Draft, NO_PRECONDITION } from "./draft.ts";
import { operatorKey } from "./keys.ts";
import type { Instance, State } from "./model.ts";
import { Refusal } from "./refusal.ts";
import { answeredBy, isAnswered, type Rule, type Ruling, rulingOf } from "./rule.ts";
import type { Service } from "./service.ts";
import { isUp, verdictOf } from "./verdict.ts";

/** What a draft would do to a service. */
export interface Effect {
  /** Those that it would change, in order of id. One without a state is not registered yet, or would not be any more. */
  readonly instances: readonly { readonly id: string; readonly state?: State; readonly becomes?: State }[];
  /** How many instances DNS answers, and by which rule it would. */
  readonly answered: { readonly now: number; readonly afterwards: number; readonly rule: Rule };
}

export function effectOf(draft: Draft, service: Service): Effect {
  const then = rulingOf(asDrafted(draft, service), undefined, draft.catalog);
  const instances = [...draft.writtenIds(service.name)].sort().map((id) => {
    const [before, after] = [draft.catalog.instance(service.name, id), draft.instance(service.name, id)];
    return {
      id,
      ...(before !== undefined && { state: verdictOf(before).state }),
      ...(after !== undefined && { becomes: verdictOf(after).state }),
    };
  });
  const { answered: now } = rulingOf(service, undefined, draft.catalog);
  return { instances, answered: { now, afterwards: then.answered, rule: then.rule } };
}

/**
 * Refuses a draft after which nobody is answered of a service that is answered now, but for instances that are worse than
 * those: what a failure policy falls back on is no reason to take out the last one that works.
 */
export function refuseNoneLeft(draft: Draft, name: string, action: string): void {
  const service = draft.catalog.services.get(name);
  const now = service && rulingOf(service, undefined, draft.catalog);
  if (now === undefined || now.answered === 0) return;
  const left = leftOf(now, rulingOf(asDrafted(draft, service!), undefined, draft.catalog));
  if (left.length === 0) {
    const rule = `an instance of "${name}" must be left to answer, or force=true be given`;
    throw new Refusal("conflict", action, `${rule}: of ${now.answered} none would be`);
  }
  // Whoever takes out one of them in the meantime has this draft made anew.
  for (const { service, id } of left)
    if (draft.catalog.instance(service, id)?.operator === undefined)
      draft.restOn(operatorKey(service, id), 0, NO_PRECONDITION, action);
}

/** As many as have to be, of those answered then that are up, or are answered now. */
function leftOf(now: Ruling, then: Ruling): readonly Instance[] {
  const left: Instance[] = [];
  for (const instance of answeredBy(then)) {
    if (isUp(verdictOf(instance).state) || isAnswered(instance, now)) left.push(instance);
    if (left.length >= then.quorum) break;
  }
  return left;
}

/** The service as a draft would leave it. */
function asDrafted(draft: Draft, service: Service): Service {
  const census = copyOf(service.census);
  const tagged = new Map(Array.from(service.tagged, ([tag, counted]) => [tag, copyOf(counted)]));
  const recount = (instance: Instance, by: 1 | -1) => {
    count(census, instance, by);
    countTags(tagged, instance, by);
  };
  const written = draft.writtenIds(service.name);
  const instances = service.instances.filter(({ id }) => !written.has(id));
  for (const id of written) {
    const [before, after] = [draft.catalog.instance(service.name, id), draft.instance(service.name, id)];
    if (before !== undefined) recount(before, -1);
    if (after === undefined) continue;
    recount(after, 1);
    instances.push(after);
  }
  return { ...service, settings: draft.settings(service.name), instances, census, tagged };
}

function copyOf({ states, neverPassed, held }: Readonly<MutableCensus>): MutableCensus {
  return { states: { ...states }, neverPassed, held };
}
