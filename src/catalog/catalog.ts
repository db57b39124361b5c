import type { Name } from "../dns/name.ts";
import type { Node } from "../zone/node.ts";
import { type ConfigHead, ConfigHeads } from "./config-heads.ts";
import { parseKey } from "./keys.ts";
import type {
  Brake,
  ConfigRelease,
  Instance,
  Layer,
  Leadership,
  OperatorState,
  Registration,
  ServiceSettings,
  UpdatedName,
  Vote,
} from "./model.ts";
import { instanceOf, type Service } from "./service.ts";
import { type Fold, type Leader, ServiceTable } from "./service-table.ts";
import type { Feed, Item, Revision } from "./store.ts";
import type { Touched } from "./touched.ts";
import { UpdatedNames, type UpdatedZone } from "./updated-names.ts";

/**
 * The fold over the feed: what is registered, by whom voted on, how configured, and what updates made. Owned by the
 * publisher; read by many.
 */
export class Catalog {
  #revision: Revision = 0;
  #services = new ServiceTable(0);
  #configs = new ConfigHeads();
  #configsDroppedAt: Revision = 0;
  #updates = new UpdatedNames();

  get revision(): Revision {
    return this.#revision;
  }

  get instanceCount(): number {
    return this.#services.instanceCount;
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#services.all;
  }

  /** Services of which anything is on record: a brake or a leader may outlast what is registered. */
  get names(): ReadonlySet<string> {
    return this.#services.names;
  }

  instance(service: string, id: string): Instance | undefined {
    const known = this.services.get(service);
    return known && instanceOf(known, id);
  }

  /** The brake that is engaged for a service, or for EVERY_SERVICE; one for all holds beside one of its own. */
  brake(service: string): Brake | undefined {
    return this.#services.brake(service);
  }

  /** Who holds the leader lease of a service, registered or not; undefined while nobody does. */
  leader(service: string): Leader | undefined {
    return this.#services.leader(service);
  }

  /**
   * Revision of the last change to all that is known of an instance, of a service, or of any service. What is not there
   * changed when what would hold it did.
   */
  changedAt(service?: string, id?: string): Revision {
    return this.#services.changedAt(service, id);
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

  /** What updates (RFC 2136) made of a zone, by its folded origin; undefined when there has been none. */
  updatedZone(origin: Name): UpdatedZone | undefined {
    return this.#updates.zone(origin);
  }

  /** The records of `updatedZone`. */
  updated(origin: Name): Node | undefined {
    return this.updatedZone(origin)?.apex;
  }

  /** Revision of the last update of a zone; 0 when there has been none. */
  updatedAt(origin: Name): Revision {
    return this.updatedZone(origin)?.changedAt ?? 0;
  }

  /** Folds one item in. A key or value that is none of ours is passed over: an older server's table must load. */
  apply(item: Feed, touched: Touched): void {
    switch (item.kind) {
      case "reset":
        this.#revision = this.#configsDroppedAt = item.revision;
        this.#services = new ServiceTable(item.revision);
        this.#configs = new ConfigHeads();
        this.#updates = new UpdatedNames();
        touched.all = true;
        for (const put of item.items) this.#put(put, { revision: item.revision, touched });
        return;
      case "change":
        this.#revision = item.revision;
        for (const key of item.deletes) this.#delete(key, { revision: item.revision, touched });
        for (const put of item.puts) this.#put(put, { revision: item.revision, touched });
        return;
      case "mark":
      case "lost":
        return;
    }
  }

  #put({ key: text, value: json, revision }: Item, fold: Fold): void {
    const key = parseKey(text);
    // Past releases are most of what is stored of a configuration, and none of what is in force.
    if (key === undefined || (key.kind === "config" && key.release !== "head")) return;
    const value = parseValue(json);
    if (value === undefined) return;
    switch (key.kind) {
      case "instance":
        return this.#services.register(key.service, key.id, value as Registration, revision, fold);
      case "vote": {
        const vote = value as Vote;
        const cast = { ...vote, server: key.server, revision: vote.castAt ?? revision };
        return this.#services.vote(key.service, key.id, cast, fold);
      }
      case "operator":
        return this.#services.operate(key.service, key.id, value as OperatorState, fold);
      case "service":
        return this.#services.settle(key.service, value as ServiceSettings, revision, fold);
      case "brake":
        return this.#services.engage(key.service, value as Brake, fold);
      case "leader":
        return this.#services.lead(key.service, { ...(value as Leadership), token: revision }, fold);
      case "config": {
        const group = this.#configs.put({ layer: key.layer, release: value as ConfigRelease, revision });
        fold.touched.configs.add(group);
        return;
      }
      case "updatedName": {
        const { rrsets } = value as UpdatedName;
        return this.#updates.put(key.zone, key.owner, rrsets, revision);
      }
      case "updatedZone":
        return this.#updates.changed(key.zone, revision);
    }
  }

  #delete(text: string, fold: Fold): void {
    const key = parseKey(text);
    switch (key?.kind) {
      case "instance":
        return this.#services.deregister(key.service, key.id, fold);
      case "vote":
        return this.#services.unvote(key.service, key.id, key.server, fold);
      case "operator":
        return this.#services.operate(key.service, key.id, undefined, fold);
      case "service":
        return this.#services.unsettle(key.service, fold);
      case "brake":
        return this.#services.release(key.service, fold);
      case "leader":
        return this.#services.unlead(key.service, fold);
      case "config": {
        if (key.release !== "head") return;
        const group = this.#configs.delete(key.layer);
        if (group === undefined) return;
        this.#configsDroppedAt = fold.revision;
        fold.touched.configs.add(group);
        return;
      }
      case "updatedName":
        return this.#updates.delete(key.zone, key.owner);
    }
  }
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
