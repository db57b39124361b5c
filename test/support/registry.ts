import { apexRecords } from "../../src/catalog/apex-records.ts";
import { Catalog } from "../../src/catalog/catalog.ts";
import { derive, NOTHING_DERIVED } from "../../src/catalog/derive.ts";
import { configKey, instanceKey, operatorKey, serviceKey, voteKey } from "../../src/catalog/keys.ts";
import type {
  ConfigValue,
  Layer,
  OperatorState,
  Registration,
  ServiceSettings,
  Vote,
} from "../../src/catalog/model.ts";
import type { Scheme } from "../../src/catalog/scheme.ts";
import { atOnce } from "../../src/catalog/steps.ts";
import type { Item } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { parseName } from "../../src/dns/name.ts";
import type { Node } from "../../src/zone/node.ts";
import { overlay } from "../../src/zone/overlay.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { makeZone } from "../../src/zone/zone.ts";

export const SCHEME: Scheme = {
  zone: parseName("svc.test"),
  ttlSeconds: 5,
  ttlRules: [],
  negativeTtlSeconds: 1,
  maxAnswers: 100,
  diagnostics: true,
  reverseZones: [],
};

/** A registration of one address and one port, changed as `parts` says. */
function registration(parts: Partial<Registration> = {}): Registration {
  return {
    generation: 1,
    addresses: ["10.0.0.1"],
    ports: [{ name: "web", port: 8080, protocol: "tcp", alpn: [] }],
    tags: [],
    meta: {},
    priority: 10,
    weight: 1,
    initialState: "passing",
    deregisterAfterSeconds: 0,
    checks: [],
    ...parts,
  };
}

/** A change: puts are `[key, value]`, deletes a key. */
export type Change = readonly [key: string, value: unknown] | string;

export const putInstance = (service: string, id: string, parts?: Partial<Registration>): Change => [
  instanceKey(service, id),
  registration(parts),
];
export const vote = (service: string, id: string, state: Vote["state"], parts: Partial<Vote> = {}): Change => [
  voteKey(service, id, "local"),
  { generation: 1, state, reason: "because", hasPassed: true, atMs: 0, ...parts },
];
export const operate = (service: string, id: string, state: OperatorState["state"]): Change => [
  operatorKey(service, id),
  { state, reason: "work", atMs: 0 },
];
export const settle = (service: string, settings: ServiceSettings): Change => [serviceKey(service), settings];
export const configure = (layer: Layer, values: Record<string, ConfigValue>, secret: string[] = []): Change => [
  configKey(layer, "head"),
  { release: 1, atMs: 0, values, secret },
];

/** Catalog and generated data, advanced by one revision per batch as the publisher does. */
export class Registry {
  readonly catalog = new Catalog();
  generated: Node = NOTHING_DERIVED;
  readonly table = new Map<string, Item>();
  readonly #scheme: Scheme;
  #revision = 0;

  constructor(scheme = SCHEME) {
    this.#scheme = scheme;
  }

  commit(...changes: readonly Change[]): this {
    const revision = ++this.#revision;
    const deletes = changes.flatMap((change) => (typeof change === "string" && this.table.has(change) ? change : []));
    const puts = changes.flatMap((change) =>
      typeof change === "string" ? [] : { key: change[0], value: JSON.stringify(change[1]), revision },
    );
    for (const key of deletes) this.table.delete(key);
    for (const put of puts) this.table.set(put.key, put);
    const touched = nothingTouched();
    this.catalog.apply({ kind: "change", revision, puts, deletes }, touched);
    this.generated = atOnce(derive(this.generated, this.catalog, touched, this.#scheme));
    return this;
  }

  /** The same table, derived from nothing. */
  fromScratch(): Node {
    const catalog = new Catalog();
    const touched = nothingTouched();
    const items = [...this.table.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    catalog.apply({ kind: "reset", revision: this.#revision, items, why: "test" }, touched);
    return atOnce(derive(NOTHING_DERIVED, catalog, touched, this.#scheme));
  }

  snapshot(): Snapshot {
    const apex = overlay(this.generated, apexRecords(this.#scheme, [])).merged;
    return new Snapshot([makeZone(this.#scheme.zone, apex, this.#revision)]);
  }
}
