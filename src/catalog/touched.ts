import type { Instance } from "./model.ts";

/** What a batch of changes touched: what has to be derived again, and no more. */
export interface Touched {
  /** Everything, after a reset; what else stands here then adds nothing. */
  all: boolean;
  /** Services, and of each the instances as they were before the batch: undefined for one that was not there. */
  readonly services: Map<string, Map<string, Instance | undefined>>;
  /** Services whose settings changed: all of their instances' records may. */
  readonly settings: Set<string>;
  /** Services whose configuration changed; "" is the layer of all services. */
  readonly configs: Set<string>;
}

export function nothingTouched(): Touched {
  return { all: false, services: new Map(), settings: new Set(), configs: new Set() };
}

/** Notes that a service was touched. Returns what is known of its instances, to be added to. */
export function touch(touched: Touched, service: string): Map<string, Instance | undefined> {
  let instances = touched.services.get(service);
  if (instances === undefined) {
    instances = new Map();
    // With everything, nobody asks what else.
    if (!touched.all) touched.services.set(service, instances);
  }
  return instances;
}
