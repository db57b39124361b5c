import { isUnderBrakeOfAll } from "./brakes.ts";
import type { Draft } from "./draft.ts";
import { brakeKey, EVERY_SERVICE } from "./keys.ts";
import { Refusal } from "./refusal.ts";
import type { Revision } from "./store.ts";
import { verdictOf } from "./verdict.ts";

/** Releases the brake of a service, or that of EVERY_SERVICE: what it holds is answered or not for what it is. */
export function releaseBrake(draft: Draft, service: string): Revision {
  const isOfAll = service === EVERY_SERVICE;
  const action = `release the brake of ${isOfAll ? "all services" : `"${service}"`}`;
  const isAlsoHeld = !isOfAll && isHeldByAll(draft, service);
  if (draft.catalog.brake(service) === undefined) {
    const hint = isAlsoHeld ? ": that of all services is, which DELETE /v1/brake releases" : "";
    throw new Refusal("not-found", action, `it is not engaged${hint}`);
  }
  if (isAlsoHeld)
    throw new Refusal("conflict", action, "that of all services holds it too: release that first, by DELETE /v1/brake");
  draft.delete(brakeKey(service));
  return draft.catalog.revision;
}

/** True when the brake of all services alone would hold an instance of this one. */
function isHeldByAll({ catalog }: Draft, name: string): boolean {
  const service = catalog.services.get(name);
  if (service === undefined || !isUnderBrakeOfAll(service.settings)) return false;
  const brakedSince = catalog.brake(EVERY_SERVICE)?.since;
  return service.instances.some((instance) => verdictOf({ ...instance, brakedSince }).isHeld);
}
