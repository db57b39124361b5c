import { deleteInstance, existing, refuseLate, type Target } from "./changes.ts";
import { type Draft, NO_PRECONDITION } from "./draft.ts";
import { refuseNoneLeft } from "./effect.ts";
import { instanceKey, operatorKey } from "./keys.ts";
import type { Operating } from "./maintenance.ts";
import type { OperatorState } from "./model.ts";
import { selectedOf } from "./selected.ts";
import type { Selector } from "./selector.ts";
import type { Revision } from "./store.ts";

/** Drains: instances leave the answers, and when nobody can hold them any more they are deregistered. */

/** A registration that is being drained. */
export interface Drained {
  readonly id: string;
  readonly revision: Revision;
}

/**
 * Takes an instance out of the answers until it is deregistered or registered anew; `registered` as in `refuseLate`. It is
 * the owner who says so, and asks nobody whether others are left.
 */
export function drain(
  draft: Draft,
  target: Target,
  { atMs, precondition }: Omit<Operating, "force">,
  registered?: Revision,
): Drained {
  const action = `drain instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  refuseLate(instance, registered, action);
  draft.put(operatorKey(target.service, target.id), drainingState(atMs));
  return instance;
}

/** The same of all selected instances of a service; of those an operator's word is enough to begin. */
export function drainOf(
  draft: Draft,
  service: string,
  selector: Selector,
  { atMs, precondition, force }: Operating,
): readonly Drained[] {
  const action = `drain instances of "${service}"`;
  const { instances } = selectedOf(draft, service, selector, precondition, action);
  for (const { id } of instances) draft.put(operatorKey(service, id), drainingState(atMs));
  if (!force) refuseNoneLeft(draft, service, action);
  return instances;
}

/** Deregisters what was drained, but for what has been registered anew since. */
export function deregisterDrained(draft: Draft, service: string, drained: readonly Drained[]): Revision {
  const action = `deregister instances of "${service}"`;
  for (const { id, revision } of drained) {
    const instance = draft.instance(service, id);
    if (instance?.revision !== revision) continue;
    draft.restOn(instanceKey(service, id), revision, NO_PRECONDITION, action);
    deleteInstance(draft, instance);
  }
  return draft.catalog.revision;
}

/** Deregisters all selected instances of a service at once. */
export function deregisterOf(
  draft: Draft,
  service: string,
  selector: Selector,
  { precondition, force }: Omit<Operating, "atMs">,
): Revision {
  const action = `deregister instances of "${service}"`;
  const { instances, revision } = selectedOf(draft, service, selector, precondition, action);
  for (const instance of instances) deleteInstance(draft, instance);
  if (!force) refuseNoneLeft(draft, service, action);
  return revision;
}

function drainingState(atMs: number): OperatorState {
  return { state: "draining", reason: "is being deregistered", atMs };
}
