import type { Census } from "./census.ts";
import type { Instance, ServiceSettings } from "./model.ts";
import { placeOf } from "./sorted.ts";
import type { Revision } from "./store.ts";

/** What the feed says of one service. It exists while it has settings or an instance. */
export interface Service {
  readonly name: string;
  readonly settings: ServiceSettings;
  /** Revision of the settings; 0 while nobody has put any. */
  readonly settingsRevision: Revision;
  /** Sorted by id. */
  readonly instances: readonly Instance[];
  readonly census: Census;
  /** By tag, of the instances that bear it. */
  readonly tagged: ReadonlyMap<string, Census>;
}

/** True for a service that exists: it has settings or an instance, and its name is never NXDOMAIN. */
export function isRegistered(service: Service): boolean {
  return service.settingsRevision > 0 || service.instances.length > 0;
}

/** The instance of this id, or undefined. */
export function instanceOf<T extends Instance>({ instances }: { readonly instances: readonly T[] }, id: string) {
  const instance = instances[placeOfInstance(instances, id)];
  return instance?.id === id ? instance : undefined;
}

/** Where the instance of this id stands, or would. */
export function placeOfInstance(instances: readonly Instance[], id: string): number {
  return placeOf(instances, id, ({ id: each }) => each);
}
