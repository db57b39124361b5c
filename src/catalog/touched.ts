/** What a batch of changes touched: what has to be derived again, and no more. */
export interface Touched {
  /** Everything, after a reset; what else stands here then adds nothing. */
  all: boolean;
  /** Services, and of each the instances. */
  readonly services: Map<string, Set<string>>;
  /** Services whose settings changed: all of their instances' records may. */
  readonly settings: Set<string>;
  /** Services whose configuration changed; "" is the layer of all services. */
  readonly configs: Set<string>;
}

export function nothingTouched(): Touched {
  return { all: false, services: new Map(), settings: new Set(), configs: new Set() };
}

/** Notes that a service was touched, and of it one instance. */
export function touch(touched: Touched, service: string, id?: string): void {
  if (touched.all) return;
  const ids = touched.services.get(service) ?? new Set();
  touched.services.set(service, ids);
  if (id !== undefined) ids.add(id);
}
