import type { Catalog } from "./catalog.ts";
import type { ConfigHead } from "./config-heads.ts";
import { type Fault, isObject, octetsOfText, pointer, shown } from "./fields.ts";
import { type ConfigRelease, type ConfigValue, type Layer, LIMITS } from "./model.ts";
import type { Revision } from "./store.ts";

/** What stands for a secret wherever people or programs look; written back to a secret key it changes nothing. */
export const SECRET_MASK = "***";

export interface EffectiveValue {
  readonly value: ConfigValue;
  /** True when any of the merged layers marks the key: a more specific layer must not publish what another keeps. */
  readonly secret: boolean;
  /** Where the value comes from. */
  readonly layer: Layer;
}

/** What is in force at a layer. */
export interface EffectiveConfig {
  /** The newest of the merged releases: a function of what is stored, the same on every server. */
  readonly revision: Revision;
  /** Sorted by key. */
  readonly values: ReadonlyMap<string, EffectiveValue>;
}

/** A layer's own configuration merged over the less specific ones, C' = C ∪ U. */
export function effectiveConfig(catalog: Catalog, layer: Layer): EffectiveConfig {
  const merged = new Map<string, EffectiveValue & { key: string }>();
  const heads = mergedHeads(catalog, layer);
  for (const { layer: source, release } of heads) {
    for (const [folded, { key, value, secret }] of configSet(release)) {
      const isSecret = secret || merged.get(folded)?.secret === true;
      merged.set(folded, { key, value, secret: isSecret, layer: source });
    }
  }
  const sorted = [...merged.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { revision: newest(heads), values: new Map(sorted.map(({ key, ...value }) => [key, value])) };
}

/** Revision of the last change that can have altered the effective configuration of a layer. */
export function configChangedAt(catalog: Catalog, layer: Layer): Revision {
  return Math.max(catalog.configsDroppedAt, tagsChangedAt(catalog, layer), newest(mergedHeads(catalog, layer)));
}

function mergedHeads(catalog: Catalog, layer: Layer): readonly ConfigHead[] {
  return mergedLayers(catalog, layer).flatMap((source) => catalog.config(source) ?? []);
}

function newest(heads: readonly ConfigHead[]): Revision {
  return Math.max(0, ...heads.map(({ revision }) => revision));
}

/** The layers that merge into one, least specific first; the tags of an instance in sorted order. */
function mergedLayers(catalog: Catalog, layer: Layer): readonly Layer[] {
  switch (layer.kind) {
    case "all":
      return [layer];
    case "service":
      return [{ kind: "all" }, layer];
    case "tag":
      return [{ kind: "all" }, { kind: "service", service: layer.service }, layer];
    case "instance": {
      const { service, id } = layer;
      const tags = catalog.instance(service, id)?.registration.tags ?? [];
      const ofTags = tags.map((tag): Layer => ({ kind: "tag", service, tag }));
      return [{ kind: "all" }, { kind: "service", service }, ...ofTags, layer];
    }
  }
}

function tagsChangedAt(catalog: Catalog, layer: Layer): Revision {
  if (layer.kind !== "instance") return 0;
  const { service, id } = layer;
  return catalog.instance(service, id)?.revision ?? catalog.changedAt(service, id);
}

/** A value as the octets of TXT strings: text as it is, everything else as JSON. */
export function configText(value: ConfigValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A key with its value, by its folded form: keys are DNS names and so equal without case. */
export type ConfigSet = ReadonlyMap<
  string,
  { readonly key: string; readonly value: ConfigValue; readonly secret: boolean }
>;

export function configSet(release: ConfigRelease | undefined): ConfigSet {
  const secret = new Set(release?.secret);
  const entries = Object.entries(release?.values ?? {});
  return new Map(entries.map(([key, value]) => [key.toLowerCase(), { key, value, secret: secret.has(key) }]));
}

/** One key as a request writes it. */
export interface ConfigWrite {
  readonly key: string;
  /** Absent = the key goes. */
  readonly value: ConfigValue | undefined;
  /** Absent = as it was. */
  readonly secret: boolean | undefined;
}

export interface ConfigForm {
  /** Room for a key below the longest `_config` name of this zone, in octets. */
  readonly keyOctetsMax: number;
  /** `{"value": …, "secret": true}` marks a key; without this it is a value like any other. */
  readonly hasMarks: boolean;
  /** A null removes the key instead of being its value. */
  readonly nullRemoves: boolean;
}

/** Reads a body of keys and values. */
export function readConfigWrites(body: unknown, form: ConfigForm, faults: Fault[]): readonly ConfigWrite[] {
  if (!isObject(body)) {
    faults.push({ path: "", message: `must be an object of keys and values: got ${shown(body)}` });
    return [];
  }
  const folded = new Set<string>();
  return Object.entries(body).map(([key, given]) => {
    const path = pointer("", key);
    const write = readWrite(key, given, form);
    const rule = keyRule(key, form.keyOctetsMax) ?? valueRule(write.value);
    if (rule !== undefined) faults.push({ path, message: rule });
    if (folded.has(key.toLowerCase()))
      faults.push({ path, message: "must be given once: keys differ by more than case" });
    folded.add(key.toLowerCase());
    return write;
  });
}

function readWrite(key: string, given: unknown, { hasMarks, nullRemoves }: ConfigForm): ConfigWrite {
  if (given === null && nullRemoves) return { key, value: undefined, secret: undefined };
  const isMarked = hasMarks && isObject(given) && typeof given["secret"] === "boolean" && given["value"] !== undefined;
  if (isMarked && Object.keys(given).length === 2)
    return { key, value: given["value"] as ConfigValue, secret: given["secret"] as boolean };
  return { key, value: given as ConfigValue, secret: undefined };
}

function keyRule(key: string, octetsMax: number): string | undefined {
  const isName = key.split(".").every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label));
  if (!isName) return "must have a key of dotted labels: letters, digits, _ and - in each, at most 63";
  if (key.length > octetsMax) return `must have a key of at most ${octetsMax} octets: got ${key.length}`;
  if (key.toLowerCase() === "_rev") return "must have another key: _rev is the name of the revision";
  return undefined;
}

function valueRule(value: ConfigValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  const octets = octetsOfText(configText(value));
  if (octets <= LIMITS.configValueOctets) return undefined;
  return `must have a value of at most ${LIMITS.configValueOctets} octets: got ${octets}`;
}

// `_config.`, a service and an instance label, and `i`, each with its length octet, and the key's own first one and the root.
const NAMES_ABOVE_KEY_OCTETS = 8 + 64 + 64 + 2 + 2;

/** What is left for a key below the longest `_config` name of a zone (presentation form, no final dot). */
export function configKeyOctetsMax(zone: string): number {
  return 255 - NAMES_ABOVE_KEY_OCTETS - (zone.length + 1);
}
