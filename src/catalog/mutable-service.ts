import { count, countTags, emptyCensus, type MutableCensus } from "./census.ts";
import type { Instance, Registration, ServiceSettings } from "./model.ts";
import { placeOfInstance } from "./service.ts";
import type { Revision } from "./store.ts";

/** A service while the feed is folded in. */
export interface MutableService {
  name: string;
  settings: ServiceSettings;
  settingsRevision: Revision;
  instances: Dated<Instance>[];
  census: MutableCensus;
  tagged: Map<string, MutableCensus>;
  /** The registration that came last: what others have in common with it they share. */
  template: Registration | undefined;
  changedAt: Revision;
}

export type Dated<T> = T & { readonly changedAt: Revision };

export const NO_SETTINGS: ServiceSettings = Object.freeze({});

/** A service that is only spoken of, in configuration for it. */
export function unregistered(name: string): MutableService {
  return {
    name,
    settings: NO_SETTINGS,
    settingsRevision: 0,
    instances: [],
    census: emptyCensus(),
    tagged: new Map(),
    template: undefined,
    changedAt: 0,
  };
}

/** Puts an instance in the place of the one of its id, or of none; or nothing in the place of that one. */
export function replaceInstance(
  service: MutableService,
  before: Dated<Instance> | undefined,
  after: Dated<Instance> | undefined,
): void {
  const { instances } = service;
  const place = placeOfInstance(instances, (after ?? before)!.id);
  if (after === undefined) instances.splice(place, 1);
  else instances.splice(place, before === undefined ? 0 : 1, after);
  if (before !== undefined) countIn(service, before, -1);
  if (after !== undefined) countIn(service, after, 1);
}

function countIn({ census, tagged }: MutableService, instance: Instance, by: 1 | -1): void {
  count(census, instance, by);
  countTags(tagged, instance, by);
}
