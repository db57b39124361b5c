import type { Catalog } from "./catalog.ts";
import { configKey, instanceKey, operatorKey, serviceKey } from "./keys.ts";
import type { ConfigRelease, Instance, Layer, Registration, ServiceSettings } from "./model.ts";
import { Refusal } from "./refusal.ts";
import type { Guard, Revision, Write } from "./store.ts";

/** What a caller requires of an item before it is written (RFC 9110 §13.1). */
export type Precondition =
  | { readonly kind: "none" }
  | { readonly kind: "exists" }
  | { readonly kind: "absent" }
  | { readonly kind: "revisions"; readonly revisions: readonly Revision[] };

export const NO_PRECONDITION: Precondition = { kind: "none" };

/**
 * A commit in the making: the catalog as it would become. Changes read it and write to it one after the other, so a
 * batch is only several of them, and the last write of a key stands. Each rests on the revision of what it has read.
 */
export class Draft {
  readonly catalog: Catalog;
  /** By key; undefined = deleted. */
  readonly #values = new Map<string, object | undefined>();
  readonly #guards = new Map<string, Revision>();
  readonly #addedTo = new Map<string, number>();
  #added = 0;

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  get writes(): readonly Write[] {
    return Array.from(this.#values, ([key, value]) =>
      value === undefined ? { kind: "delete", key } : { kind: "put", key, value: JSON.stringify(value) },
    );
  }

  get guards(): readonly Guard[] {
    return Array.from(this.#guards, ([key, revision]) => ({ key, revision }));
  }

  /** Lets the commit happen only while `key` stands at `known`. Throws Refusal when the precondition does not hold of that. */
  restOn(key: string, known: Revision, precondition: Precondition, action: string): void {
    if (!holds(precondition, known)) {
      const state = known === 0 ? "it does not exist" : `it stands at revision ${known}`;
      throw new Refusal("precondition-failed", action, `${state}, which is not what the precondition asks for`);
    }
    this.#guards.set(key, known);
  }

  put(key: string, value: object): void {
    this.#values.set(key, value);
  }

  delete(key: string): void {
    this.#values.set(key, undefined);
  }

  instance(service: string, id: string): Instance | undefined {
    const known = this.catalog.instance(service, id);
    const registration = this.#value(instanceKey(service, id), known?.registration);
    const operator = this.#value(operatorKey(service, id), known?.operator);
    if (registration === undefined) return undefined;
    if (registration === known?.registration && operator === known.operator) return known;
    return { revision: 0, votes: [], brakedSince: undefined, ...known, service, id, registration, operator };
  }

  putInstance(service: string, id: string, registration: Registration): void {
    if (this.instance(service, id) === undefined) this.#count(service, 1);
    this.put(instanceKey(service, id), registration);
  }

  deleteInstance(service: string, id: string): void {
    if (this.instance(service, id) !== undefined) this.#count(service, -1);
    this.delete(instanceKey(service, id));
  }

  /** A service's instances, in no order. */
  instancesOf(service: string): readonly Instance[] {
    const known = this.catalog.services.get(service)?.instances.map(({ id }) => id) ?? [];
    const ids = new Set([...known, ...this.writtenIds(service)]);
    return [...ids].flatMap((id) => this.instance(service, id) ?? []);
  }

  /** The instances of a service of which something is written: their registration, or an operator's word. */
  writtenIds(service: string): ReadonlySet<string> {
    const prefixes = [instanceKey(service, ""), operatorKey(service, "")];
    const ids = new Set<string>();
    for (const key of this.#values.keys())
      for (const prefix of prefixes) if (key.startsWith(prefix)) ids.add(key.slice(prefix.length));
    return ids;
  }

  instanceCount(service?: string): number {
    if (service === undefined) return this.catalog.instanceCount + this.#added;
    return (this.catalog.services.get(service)?.instances.length ?? 0) + (this.#addedTo.get(service) ?? 0);
  }

  settings(service: string): ServiceSettings {
    return this.#value(serviceKey(service), this.catalog.services.get(service)?.settings) ?? {};
  }

  config(layer: Layer): ConfigRelease | undefined {
    return this.#value(configKey(layer, "head"), this.catalog.config(layer)?.release);
  }

  /** What is written under a key, or else what is known. */
  #value<T>(key: string, known: T | undefined): T | undefined {
    return this.#values.has(key) ? (this.#values.get(key) as T | undefined) : known;
  }

  #count(service: string, by: number): void {
    this.#added += by;
    this.#addedTo.set(service, (this.#addedTo.get(service) ?? 0) + by);
  }
}

function holds(precondition: Precondition, known: Revision): boolean {
  switch (precondition.kind) {
    case "none":
      return true;
    case "exists":
      return known > 0;
    case "absent":
      return known === 0;
    case "revisions":
      return precondition.revisions.includes(known);
  }
}
