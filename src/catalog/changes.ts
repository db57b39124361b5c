import { readChecks } from "./checks.ts";
import type { Draft, Precondition } from "./draft.ts";
import { type Fault, isObject, openFields, readChoice, readNumber, readText } from "./fields.ts";
import { mergePatch } from "./merge-patch.ts";
import {
  type Instance,
  instanceKey,
  LIMITS,
  type OperatorState,
  operatorKey,
  type Registration,
  type ServiceSettings,
  serviceKey,
  voteKey,
} from "./model.ts";
import { Refusal, refuseFaults } from "./refusal.ts";
import { patchTarget, readRegistration } from "./registration.ts";
import type { Revision } from "./store.ts";
import { isUp, verdictOf } from "./verdict.ts";

/**
 * Each function below turns a request into writes of a draft, or throws a Refusal. It returns the revision at which the
 * item stands so far: the answer when nothing has to be written.
 */

export interface Target {
  readonly service: string;
  readonly id: string;
}

export interface Registering {
  readonly callerAddress: string;
  /** A sentence when other data forbids names of this service. */
  readonly clash: (service: string) => string | undefined;
  readonly precondition: Precondition;
}

const SETTINGS_FIELDS = ["ttlSeconds", "negativeTtlSeconds", "failurePolicy", "checks"];
const TTL_SECONDS = { min: 0, max: 604_800 };
// Never 0: a client that asks for AAAA where there are none would ask again and again.
const NEGATIVE_TTL_SECONDS = { min: 1, max: 86_400 };
const UNTIL_SECONDS = { min: 1, max: 31_536_000, allowsFractions: true };
const REASON_OCTETS_MAX = 200;

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
  { callerAddress, clash, precondition }: Registering,
  action: string,
): Revision {
  const stored = draft.catalog.instance(service, id)?.revision ?? 0;
  draft.rest(instanceKey(service, id), stored, precondition, action);
  const known = draft.instance(service, id);
  const faults: Fault[] = [];
  const origin = {
    service,
    callerAddress,
    serviceHasChecks: (draft.settings(service).checks ?? []).length > 0,
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
  const isFull = draft.instanceCount(service) >= LIMITS.instancesPerService;
  if (isFull)
    throw new Refusal("conflict", action, `a service must have at most ${LIMITS.instancesPerService} instances`);
  if (draft.instanceCount() >= LIMITS.instances)
    throw new Refusal("conflict", action, `there must be at most ${LIMITS.instances} instances in all`);
}

export function deregister(draft: Draft, target: Target, precondition: Precondition): Revision {
  const action = `deregister instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  deleteInstance(draft, instance);
  return instance.revision;
}

/** Takes an instance out of the answers until it is deregistered or registered anew. */
export function drain(draft: Draft, target: Target, atMs: number, precondition: Precondition): Revision {
  const action = `drain instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  const state: OperatorState = { state: "draining", reason: "is being deregistered", atMs };
  draft.put(operatorKey(target.service, target.id), state);
  return instance.revision;
}

/** Takes an instance out of the answers for `untilSeconds` from now, or until somebody ends it. */
export function beginMaintenance(
  draft: Draft,
  target: Target,
  body: unknown,
  atMs: number,
  precondition: Precondition,
): Revision {
  const action = `put instance "${target.id}" of "${target.service}" into maintenance`;
  const instance = existing(draft, target, precondition, action);
  const faults: Fault[] = [];
  const fields = openFields(body ?? {}, "", ["reason", "untilSeconds"], faults);
  const reason = readText(fields, "reason", REASON_OCTETS_MAX) ?? "";
  const untilSeconds = readNumber(fields, "untilSeconds", UNTIL_SECONDS);
  refuseFaults(action, faults);
  const until = untilSeconds === undefined ? {} : { untilMs: Math.round(atMs + untilSeconds * 1000) };
  const state: OperatorState = { state: "maintenance", reason, atMs, ...until };
  draft.put(operatorKey(target.service, target.id), state);
  return instance.revision;
}

/** Ends maintenance, or a drain that was broken off. */
export function endMaintenance(draft: Draft, target: Target, precondition: Precondition): Revision {
  const action = `end maintenance of instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  draft.delete(operatorKey(target.service, target.id));
  return instance.revision;
}

export function putService(draft: Draft, service: string, body: unknown, precondition: Precondition): Revision {
  const action = `change service "${service}"`;
  const known = draft.catalog.services.get(service)?.settingsRevision ?? 0;
  draft.rest(serviceKey(service), known, precondition, action);
  const faults: Fault[] = [];
  const settings = readSettings(body ?? {}, faults);
  refuseFaults(action, faults);
  if (known === 0 || !isSame(draft.settings(service), settings)) draft.put(serviceKey(service), settings);
  return known;
}

/** Deletes a service: settings, instances and configuration, of which the caller lists the keys. */
export function deleteService(
  draft: Draft,
  service: string,
  configKeys: readonly string[],
  { force, precondition }: { force: boolean; precondition: Precondition },
): Revision {
  const action = `delete service "${service}"`;
  const known = draft.catalog.services.get(service)?.settingsRevision ?? 0;
  draft.rest(serviceKey(service), known, precondition, action);
  const instances = draft.instanceIds(service).map((id) => draft.instance(service, id)!);
  if (instances.length === 0 && known === 0 && configKeys.length === 0)
    throw new Refusal("not-found", action, "there is no such service");
  const passing = instances.filter((instance) => isUp(verdictOf(instance).state)).length;
  if (passing > 0 && !force)
    throw new Refusal("conflict", action, `no instance of it must pass, or force=true be given: ${passing} pass`);
  for (const instance of instances) deleteInstance(draft, instance);
  for (const key of [serviceKey(service), ...configKeys]) draft.delete(key);
  return known;
}

function existing(draft: Draft, { service, id }: Target, precondition: Precondition, action: string): Instance {
  const instance = draft.instance(service, id);
  if (instance === undefined) throw new Refusal("not-found", action, "it is not registered");
  draft.rest(instanceKey(service, id), instance.revision, precondition, action);
  return instance;
}

function deleteInstance(draft: Draft, { service, id, votes }: Instance): void {
  draft.deleteInstance(service, id);
  draft.delete(operatorKey(service, id));
  for (const { server } of votes) draft.delete(voteKey(service, id, server));
}

function readSettings(body: unknown, faults: Fault[]): ServiceSettings {
  const fields = openFields(body, "", SETTINGS_FIELDS, faults);
  const ttlSeconds = readNumber(fields, "ttlSeconds", TTL_SECONDS);
  const negativeTtlSeconds = readNumber(fields, "negativeTtlSeconds", NEGATIVE_TTL_SECONDS);
  const failurePolicy = readChoice(fields, "failurePolicy", ["all", "none"]);
  const checks = readChecks(fields, true);
  return {
    ...(ttlSeconds !== undefined && { ttlSeconds }),
    ...(negativeTtlSeconds !== undefined && { negativeTtlSeconds }),
    ...(failurePolicy !== undefined && { failurePolicy }),
    ...(checks.length > 0 && { checks }),
  };
}

/** A patch in the terms of the stored registration, where what is given anew takes the place of what it excludes. */
function inLongForm(patch: Readonly<Record<string, unknown>>, service: string): Record<string, unknown> {
  const { address, port, ...long } = patch;
  const addresses = address === undefined ? {} : { addresses: address === null ? null : [address] };
  const named = port === undefined ? {} : { ports: { ...asObject(long["ports"]), [service]: port && { port } } };
  const expanded: Record<string, unknown> = { ...addresses, ...long, ...named };
  if (expanded["addresses"] != null) expanded["host"] ??= null;
  if (expanded["host"] != null) expanded["addresses"] ??= null;
  return expanded;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** Both come out of the same reader, so equal ones have equal text. */
function isSame(a: Registration | ServiceSettings, b: Registration | ServiceSettings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
