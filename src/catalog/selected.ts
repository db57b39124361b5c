import { type Draft, NO_PRECONDITION, type Precondition } from "./draft.ts";
import { instanceKey, serviceKey } from "./keys.ts";
import type { Instance } from "./model.ts";
import { Refusal } from "./refusal.ts";
import { isSelected, type Selector } from "./selector.ts";
import type { Revision } from "./store.ts";

/**
 * The instances of a service that a change means, on all of which the draft rests from now on, and the revision of the
 * service's settings, of which the precondition speaks. Throws Refusal when there are none.
 */
export function selectedOf(
  draft: Draft,
  service: string,
  selector: Selector,
  precondition: Precondition,
  action: string,
): { readonly instances: readonly Instance[]; readonly revision: Revision } {
  const revision = draft.catalog.services.get(service)?.settingsRevision ?? 0;
  draft.restOn(serviceKey(service), revision, precondition, action);
  const instances = draft.instancesOf(service).filter((instance) => isSelected(instance, selector));
  if (instances.length === 0) throw new Refusal("not-found", action, "there is no such instance");
  for (const { id, revision: known } of instances)
    draft.restOn(instanceKey(service, id), known, NO_PRECONDITION, action);
  return { instances, revision };
}
