import type { Draft, Precondition } from "./draft.ts";
import { type Fault, isObject } from "./fields.ts";
import { instanceKey, leaderKey, operatorKey, voteKey } from "./keys.ts";
import { mergePatch } from "./merge-patch.ts";
import { type Instance, LIMITS } from "./model.ts";
import { Refusal, refuseFaults } from "./refusal.ts";
import { patchTarget, readRegistration } from "./registration.ts";
import type { Revision } from "./store.ts";

/**
 * Changes of instances. Each function, here and in its neighbours, turns a request into writes of a draft or throws a
 * Refusal, and returns the revision at which the item stands so far: the answer when nothing has to be written.
 */

export interface Target {
  readonly service: string;
  readonly id: string;
}

export interface Registering {
  readonly callerAddress: string;
  /** A sentence when other data forbids names of this service. */
  readonly clash: (service: string) => string | undefined;
  /** Checks may run programs; false when absent. */
  readonly allowsExec?: boolean;
  readonly precondition: Precondition;
}

/** Registers an instance or replaces its registration. */
export function register(draft: Draft, target: Target, body: unknown, registering: Registering): Revision {
  const action = `register instance "${target.id}" of "${target.service}"`;
  return putRegistration(draft, target, body, registering, action);
}

/** Applies a merge patch (RFC 7396) to a registration; `address` and `port` mean in it what they mean in a whole one. */
export function patchInstance(draft: Draft, target: Target, patch: unknown, registering: Registering): Revision {
  const action = `change instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, registering.precondition, action);
  const merged = isObject(patch)
    ? mergePatch(patchTarget(instance.registration), inLongForm(patch, target.service))
    : patch;
  return putRegistration(draft, target, merged, registering, action);
}

function putRegistration(
  draft: Draft,
  { service, id }: Target,
  body: unknown,
  { callerAddress, clash, allowsExec = false, precondition }: Registering,
  action: string,
): Revision {
  const stored = draft.catalog.instance(service, id)?.revision ?? 0;
  draft.restOn(instanceKey(service, id), stored, precondition, action);
  const known = draft.instance(service, id);
  const faults: Fault[] = [];
  const origin = {
    service,
    callerAddress,
    serviceHasChecks: (draft.settings(service).checks ?? []).length > 0,
    allowsExec,
    previous: known?.registration,
    nextGeneration: draft.catalog.revision + 1,
  };
  const registration = readRegistration(body, origin, faults);
  refuseFaults(action, faults);
  if (known === undefined) refuseNewcomer(draft, service, clash(service), action);
  else if (isSame(known.registration, registration)) return stored;
  draft.putInstance(service, id, registration);
  // A drain is the last chapter of one incarnation; a new registration begins the next.
  if (known?.operator?.state === "draining") draft.delete(operatorKey(service, id));
  return stored;
}

function refuseNewcomer(draft: Draft, service: string, clash: string | undefined, action: string): void {
  if (clash !== undefined) throw new Refusal("conflict", action, clash);
  if (draft.instanceCount(service) >= LIMITS.instancesPerService)
    throw new Refusal("conflict", action, `a service must have at most ${LIMITS.instancesPerService} instances`);
  if (draft.instanceCount() >= LIMITS.instances)
    throw new Refusal("conflict", action, `there must be at most ${LIMITS.instances} instances in all`);
}

/** Deletes an instance and all that is known of it; `registered` as in `refuseLate`. */
export function deregister(draft: Draft, target: Target, precondition: Precondition, registered?: Revision): Revision {
  const action = `deregister instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  refuseLate(instance, registered, action);
  deleteInstance(draft, instance);
  return instance.revision;
}

/**
 * Refuses what comes from another incarnation than the present one: that of a registration which answered `registered`.
 * Every revision of an incarnation is at least its generation, and every one before it is less.
 */
export function refuseLate({ id, registration }: Instance, registered: Revision | undefined, action: string): void {
  if (registered === undefined || registered >= registration.generation) return;
  const reason = `another "${id}" has been registered since revision ${registered}`;
  throw new Refusal("precondition-failed", action, reason);
}

/** The instance, on which the draft rests from now on. Throws Refusal when there is none, or it is not as the precondition asks. */
export function existing(draft: Draft, { service, id }: Target, precondition: Precondition, action: string): Instance {
  const instance = draft.instance(service, id);
  if (instance === undefined) throw new Refusal("not-found", action, "it is not registered");
  draft.restOn(instanceKey(service, id), instance.revision, precondition, action);
  return instance;
}

/** Takes the votes, the operator's word and the leader lease along. */
export function deleteInstance(draft: Draft, { service, id, votes }: Instance): void {
  draft.deleteInstance(service, id);
  draft.delete(operatorKey(service, id));
  if (draft.catalog.leader(service)?.id === id) draft.delete(leaderKey(service));
  for (const { server } of votes) draft.delete(voteKey(service, id, server));
}

/** A patch in the terms of the stored registration, where what is given anew takes the place of what it excludes. */
function inLongForm(patch: Readonly<Record<string, unknown>>, service: string): Record<string, unknown> {
  const long: Record<string, unknown> = { ...patch };
  const { address, addresses, port, ports = {} } = patch;
  // Beside a long form of its own the short one stays, and means what it means in a whole registration.
  if (address !== undefined && addresses === undefined) {
    long["addresses"] = address === null ? null : [address];
    delete long["address"];
  }
  if (port !== undefined && isObject(ports)) {
    long["ports"] = { ...ports, [service]: port === null ? null : { port } };
    delete long["port"];
  }
  if (long["addresses"] != null) long["host"] ??= null;
  if (long["host"] != null) long["addresses"] ??= null;
  return long;
}

/** Both come out of the same reader, so equal ones have equal text. */
export function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
