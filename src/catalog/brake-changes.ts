import type { Draft } from "./draft.ts";
import { brakeKey, EVERY_SERVICE } from "./keys.ts";
import { Refusal } from "./refusal.ts";
import type { Revision } from "./store.ts";

/** Releases the brake of a service, or that of EVERY_SERVICE: what it holds is answered or not for what it is. */
export function releaseBrake(draft: Draft, service: string): Revision {
  const isOfAll = service === EVERY_SERVICE;
  const action = `release the brake of ${isOfAll ? "all services" : `"${service}"`}`;
  if (draft.catalog.brake(service) === undefined) {
    const isHeldByAll = !isOfAll && draft.catalog.brake(EVERY_SERVICE) !== undefined;
    const hint = isHeldByAll ? ": that of all services is, which DELETE /v1/brake releases" : "";
    throw new Refusal("not-found", action, `it is not engaged${hint}`);
  }
  draft.delete(brakeKey(service));
  return draft.catalog.revision;
}
