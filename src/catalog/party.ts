import { type Census, emptyCensus, upCount } from "./census.ts";
import type { Instance } from "./model.ts";
import type { Service } from "./service.ts";
import { isUp, verdictOf } from "./verdict.ts";

/** Instances that are spoken of together: all of a service, or those that bear a tag, are in a locality, or both. */
export interface Party {
  readonly service: Service;
  readonly tag?: string | undefined;
  readonly locality?: string | undefined;
}

/** In order of id. */
export function* membersOf(party: Party): Generator<Instance> {
  for (const instance of party.service.instances) if (isMember(instance, party)) yield instance;
}

export function isMember({ service, registration }: Instance, party: Party): boolean {
  return (
    service === party.service.name &&
    (party.tag === undefined || registration.tags.includes(party.tag)) &&
    (party.locality === undefined || registration.locality === party.locality)
  );
}

/** Of a service, or of those that bear a tag; localities have no census. */
export function censusOf({ service, tag }: Omit<Party, "locality">): Census {
  return tag === undefined ? service.census : (service.tagged.get(tag) ?? emptyCensus());
}

export function upCountOf(party: Party): number {
  if (party.locality === undefined) return upCount(censusOf(party));
  let count = 0;
  for (const instance of membersOf(party)) if (isUp(verdictOf(instance).state)) count++;
  return count;
}

/** In words for people: `web`, `web tagged canary`, `web in eu-1a`. */
export function partyText({ service, tag, locality }: Party): string {
  return `${service.name}${tag === undefined ? "" : ` tagged ${tag}`}${locality === undefined ? "" : ` in ${locality}`}`;
}
