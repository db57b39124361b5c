import { deleteInstance, deregister, existing, refuseLate, type Target } from "./changes.ts";
import { type Draft, NO_PRECONDITION } from "./draft.ts";
import { refuseNoneLeft } from "./effect.ts";
import { instanceKey, operatorKey } from "./keys.ts";
import type { Operating } from "./maintenance.ts";
import type { OperatorState } from "./model.ts";
import { selectedOf } from "./selected.ts";
import type { Selector } from "./selector.ts";
import type { Revision } from "./store.ts";

/**
 * Drains: instances leave the answers, and when nobody can hold them any more they are deregistered. That end is written
 * with the drain: should nobody wait for it, the health monitor deregisters them.
 */

/** From the request to the last answer made before its commit, and some more: whoever waits for the end comes first. */
const BEGIN_MS = 1000;

/** A registration that is being drained. */
export interface Drained {
  readonly id: string;
  readonly revision: Revision;
}

export interface Draining extends Operating {
  /** For how long others may hold an instance that leaves the answers. */
  readonly heldSeconds: (id: string) => number;
}

/**
 * Takes an instance out of the answers until it is deregistered or registered anew; `registered` as in `refuseLate`. It is
 * the owner who says so, and asks nobody whether others are left.
 */
export function drain(
  draft: Draft,
  target: Target,
  { precondition, ...draining }: Omit<Draining, "force">,
  registered?: Revision,
): Drained {
  const action = `drain instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  refuseLate(instance, registered, action);
  draft.put(operatorKey(target.service, target.id), drainingState(target.id, draining));
  return instance;
}

/** The same of all selected instances of a service; of those an operator's word is enough to begin. */
export function drainOf(
  draft: Draft,
  service: string,
  selector: Selector,
  { precondition, force, ...draining }: Draining,
): readonly Drained[] {
  const action = `drain instances of "${service}"`;
  const { instances } = selectedOf(draft, service, selector, precondition, action);
  for (const { id } of instances) draft.put(operatorKey(service, id), drainingState(id, draining));
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

/** The same of one, and refused when that has been registered anew. Who is gone already has been drained to the end. */
export function deregisterDrainedOne(draft: Draft, target: Target, { revision }: Drained): Revision {
  if (draft.instance(target.service, target.id) === undefined) return draft.catalog.revision;
  return deregister(draft, target, { kind: "revisions", revisions: [revision] });
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

function drainingState(id: string, { atMs, heldSeconds }: Pick<Draining, "atMs" | "heldSeconds">): OperatorState {
  const untilMs = Math.round(atMs + heldSeconds(id) * 1000) + BEGIN_MS;
  return { state: "draining", reason: "is being deregistered", atMs, untilMs };
}
