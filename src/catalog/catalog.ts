import { flat } from "../dns/octets.ts";
import { type ConfigHead, ConfigHeads } from "./config-heads.ts";
import {
  type CastVote,
  type ConfigRelease,
  type Instance,
  type Key,
  type Layer,
  type OperatorState,
  parseKey,
  type Registration,
  type ServiceSettings,
  type Vote,
} from "./model.ts";
import { sharing } from "./sharing.ts";
import type { Feed, Item, Revision } from "./store.ts";
import { type Touched, touch } from "./touched.ts";

/** What the feed says of one service. It exists while it has settings or an instance. */
export interface Service {
  readonly name: string;
  readonly settings: ServiceSettings;
  /** Revision of the settings; 0 while nobody has put any. */
  readonly settingsRevision: Revision;
  readonly instances: ReadonlyMap<string, Instance>;
  /** The instances sorted by id: the order of their records, whatever the order of their registrations. */
  readonly ordered: readonly Instance[];
}

interface MutableService {
  name: string;
  settings: ServiceSettings;
  settingsRevision: Revision;
  instances: Map<string, Dated<Instance>>;
  ordered: Dated<Instance>[];
  /** The registration that came last: what others have in common with it they share. */
  template: Registration | undefined;
  changedAt: Revision;
}

type Dated<T> = T & { readonly changedAt: Revision };

const NO_SETTINGS: ServiceSettings = Object.freeze({});
const NO_VOTES: readonly CastVote[] = Object.freeze([]);

/** The fold over the feed: what is registered, by whom voted on, how configured. Owned by the publisher; read by many. */
export class Catalog {
  #revision: Revision = 0;
  #instanceCount = 0;
  #services = new Map<string, MutableService>();
  #servicesChangedAt: Revision = 0;
  #configs = new ConfigHeads();
  #configsDroppedAt: Revision = 0;

  get revision(): Revision {
    return this.#revision;
  }

  get instanceCount(): number {
    return this.#instanceCount;
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#services;
  }

  instance(service: string, id: string): Instance | undefined {
    return this.#services.get(service)?.instances.get(id);
  }

  /**
   * Revision of the last change to all that is known of an instance, of a service, or of any service. What is not there
   * changed when what would hold it did.
   */
  changedAt(service?: string, id?: string): Revision {
    const known = service === undefined ? undefined : this.#services.get(service);
    if (known === undefined) return this.#servicesChangedAt;
    const instance = id === undefined ? undefined : known.instances.get(id);
    return instance?.changedAt ?? known.changedAt;
  }

  /** Revision of the last change that dropped a configuration layer altogether. */
  get configsDroppedAt(): Revision {
    return this.#configsDroppedAt;
  }

  config(layer: Layer): ConfigHead | undefined {
    return this.#configs.get(layer);
  }

  /** The layers that carry configuration for a service's tags and instances, and its own; of all services for "". */
  configsOf(service: string): Iterable<ConfigHead> {
    return this.#configs.of(service);
  }

  /** True when a layer of this service, of a tag or of an instance of it carries configuration. */
  isConfigured(service: string): boolean {
    return this.#configs.has(service);
  }

  configuredServices(): Iterable<string> {
    return this.#configs.services();
  }

  /** Folds one item in. A key or value that is none of ours is passed over: an older server's table must load. */
  apply(item: Feed, touched: Touched): void {
    switch (item.kind) {
      case "reset":
        this.#revision = this.#servicesChangedAt = this.#configsDroppedAt = item.revision;
        this.#services = new Map();
        this.#configs = new ConfigHeads();
        this.#instanceCount = 0;
        touched.all = true;
        for (const put of item.items) this.#put(put, touched);
        return;
      case "change":
        this.#revision = item.revision;
        for (const key of item.deletes) this.#delete(key, touched);
        for (const put of item.puts) this.#put(put, touched);
        return;
      case "mark":
      case "lost":
        return;
    }
  }

  #put(item: Item, touched: Touched): void {
    const key = parseKey(item.key);
    // Past releases are most of what is stored of a configuration, and none of what is in force.
    if (key === undefined || (key.kind === "config" && key.release !== "head")) return;
    const value = parseValue(item.value);
    if (value === undefined) return;
    switch (key.kind) {
      case "instance": {
        const service = this.#service(key.service);
        const before = service.instances.get(key.id);
        const id = before?.id ?? flat(key.id);
        service.template = sharing(value as Registration, service.template);
        this.#keep(service, {
          service: service.name,
          id,
          registration: service.template,
          revision: item.revision,
          votes: before?.votes ?? NO_VOTES,
          operator: before?.operator,
          changedAt: this.#revision,
        });
        return this.#touch(touched, key.service, id);
      }
      case "vote":
        return this.#amend(key, touched, (instance) => ({
          ...instance,
          votes: [...votesWithout(instance, key.server), { ...(value as Vote), server: key.server }],
        }));
      case "operator":
        return this.#amend(key, touched, (instance) => ({ ...instance, operator: value as OperatorState }));
      case "service": {
        const service = this.#service(key.service);
        service.settings = value as ServiceSettings;
        service.settingsRevision = item.revision;
        touched.settings.add(key.service);
        return this.#touch(touched, key.service);
      }
      case "config": {
        const head = { layer: key.layer, release: value as ConfigRelease, revision: item.revision };
        touched.configs.add(this.#configs.put(head));
      }
    }
  }

  #delete(text: string, touched: Touched): void {
    const key = parseKey(text);
    switch (key?.kind) {
      case "instance":
        this.#dismiss(key.service, key.id);
        return this.#touch(touched, key.service, key.id);
      case "vote":
        return this.#amend(key, touched, (instance) => ({ ...instance, votes: votesWithout(instance, key.server) }));
      case "operator":
        return this.#amend(key, touched, (instance) => ({ ...instance, operator: undefined }));
      case "service": {
        const service = this.#services.get(key.service);
        if (service === undefined) return;
        service.settings = NO_SETTINGS;
        service.settingsRevision = 0;
        touched.settings.add(key.service);
        this.#dropEmpty(key.service);
        return this.#touch(touched, key.service);
      }
      case "config": {
        if (key.release !== "head") return;
        const group = this.#configs.delete(key.layer);
        if (group === undefined) return;
        this.#configsDroppedAt = this.#revision;
        touched.configs.add(group);
      }
    }
  }

  /** Changes an instance that exists; a vote or an operator's word about any other means nothing. */
  #amend(key: Key & { service: string; id: string }, touched: Touched, change: (instance: Instance) => Instance): void {
    const service = this.#services.get(key.service);
    const before = service?.instances.get(key.id);
    if (service === undefined || before === undefined) return;
    this.#keep(service, { ...change(before), changedAt: this.#revision });
    this.#touch(touched, key.service, key.id);
  }

  #touch(touched: Touched, name: string, id?: string): void {
    this.#servicesChangedAt = this.#revision;
    const service = this.#services.get(name);
    if (service !== undefined) service.changedAt = this.#revision;
    touch(touched, name, id);
  }

  #service(name: string): MutableService {
    let service = this.#services.get(name);
    if (service === undefined) {
      service = {
        name,
        settings: NO_SETTINGS,
        settingsRevision: 0,
        instances: new Map(),
        ordered: [],
        template: undefined,
        changedAt: 0,
      };
      this.#services.set(name, service);
    }
    return service;
  }

  /** Puts an instance in, in the place of the one of its id if there is one. */
  #keep(service: MutableService, instance: Dated<Instance>): void {
    const isKnown = service.instances.has(instance.id);
    if (!isKnown) this.#instanceCount++;
    service.instances.set(instance.id, instance);
    service.ordered.splice(placeOf(service.ordered, instance.id), isKnown ? 1 : 0, instance);
  }

  #dismiss(name: string, id: string): void {
    const service = this.#services.get(name);
    if (service === undefined || !service.instances.delete(id)) return;
    this.#instanceCount--;
    service.ordered.splice(placeOf(service.ordered, id), 1);
    this.#dropEmpty(name);
  }

  #dropEmpty(name: string): void {
    const service = this.#services.get(name);
    if (service !== undefined && !isRegistered(service)) this.#services.delete(name);
  }
}

/** A service that is only spoken of, in configuration for it. */
export function unregistered(name: string): Service {
  return { name, settings: NO_SETTINGS, settingsRevision: 0, instances: new Map(), ordered: [] };
}

/** True for a service that exists: it has settings or an instance, and its name is never NXDOMAIN. */
export function isRegistered(service: Service): boolean {
  return service.settingsRevision > 0 || service.ordered.length > 0;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where the instance of this id stands in a sorted list, or would. */
function placeOf(ordered: readonly Instance[], id: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ordered[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function votesWithout(instance: Instance, server: string): readonly CastVote[] {
  return instance.votes.filter((vote) => vote.server !== server);
}
