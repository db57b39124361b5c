import { deleteInstance, isSame } from "./changes.ts";
import type { Draft, Precondition } from "./draft.ts";
import type { Fault } from "./fields.ts";
import { serviceKey } from "./keys.ts";
import { Refusal, refuseFaults } from "./refusal.ts";
import { readServiceSettings } from "./service-settings.ts";
import type { Revision } from "./store.ts";
import { isUp, verdictOf } from "./verdict.ts";

/** Replaces the settings of a service, which may have no instance yet. */
export function putService(
  draft: Draft,
  service: string,
  body: unknown,
  precondition: Precondition,
  allowsExec = false,
): Revision {
  const action = `change service "${service}"`;
  const known = draft.catalog.services.get(service)?.settingsRevision ?? 0;
  draft.restOn(serviceKey(service), known, precondition, action);
  const faults: Fault[] = [];
  const present = draft.settings(service);
  const settings = readServiceSettings(body, { service, present, allowsExec }, faults);
  refuseFaults(action, faults);
  if (known === 0 || !isSame(present, settings)) draft.put(serviceKey(service), settings);
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
  draft.restOn(serviceKey(service), known, precondition, action);
  const instances = draft.instancesOf(service);
  if (instances.length === 0 && known === 0 && configKeys.length === 0)
    throw new Refusal("not-found", action, "there is no such service");
  const passing = instances.filter((instance) => isUp(verdictOf(instance).state)).length;
  if (passing > 0 && !force)
    throw new Refusal("conflict", action, `no instance of it must pass, or force=true be given: ${passing} pass`);
  for (const instance of instances) deleteInstance(draft, instance);
  for (const key of [serviceKey(service), ...configKeys]) draft.delete(key);
  return known;
}
