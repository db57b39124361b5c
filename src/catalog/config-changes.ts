import {
  type ConfigForm,
  type ConfigSet,
  type ConfigWrite,
  configSet,
  readConfigWrites,
  SECRET_MASK,
} from "./config-values.ts";
import type { Draft, Precondition } from "./draft.ts";
import { type Fault, numberAt, openFields, shown } from "./fields.ts";
import { configKey } from "./keys.ts";
import { type ConfigRelease, type Layer, LIMITS } from "./model.ts";
import { Refusal, refuseFaults } from "./refusal.ts";
import type { Item, Revision } from "./store.ts";

/** Releases of a layer that are kept; what is older goes with the commit that adds one. */
export const RELEASES_KEPT = 100;

/** Which layer a request changes, when, and on what condition. */
export interface Edit {
  readonly layer: Layer;
  readonly atMs: number;
  readonly precondition: Precondition;
}

/** Replaces a layer. A key that was secret stays so unless the body says otherwise: forgetting a mark must not publish. */
export function replaceConfig(draft: Draft, edit: Edit, body: unknown, form: ConfigForm): Revision {
  const action = `replace configuration ${layerText(edit.layer)}`;
  const writes = readWrites(body, form, action);
  return addRelease(draft, edit, action, (present) => applied(new Map(), present, writes));
}

/** Merges keys into a layer. */
export function mergeConfig(draft: Draft, edit: Edit, body: unknown, form: ConfigForm): Revision {
  const action = `change configuration ${layerText(edit.layer)}`;
  const writes = readWrites(body, form, action);
  return addRelease(draft, edit, action, (present) => applied(present, present, writes));
}

/** Empties a layer. Its releases stay, so this too can be rolled back. */
export function clearConfig(draft: Draft, edit: Edit): Revision {
  const action = `delete configuration ${layerText(edit.layer)}`;
  if (draft.config(edit.layer) === undefined) throw new Refusal("not-found", action, "nobody has put any");
  return addRelease(draft, edit, action, () => new Map());
}

/** Makes the release of revision `to` the present one again, as a new release. */
export function rollBackConfig(draft: Draft, edit: Edit, body: unknown, releases: readonly Item[]): Revision {
  const action = `roll back configuration ${layerText(edit.layer)}`;
  const faults: Fault[] = [];
  const { values } = openFields(body, "", ["to"], faults);
  const to = numberAt(values["to"], "/to", { min: 1, max: Number.MAX_SAFE_INTEGER }, faults);
  const item = releases.find(({ revision }) => revision === to);
  if (item === undefined && to !== undefined)
    faults.push({ path: "/to", message: `must be the revision of a release in the history: got ${shown(to)}` });
  refuseFaults(action, faults);
  return addRelease(draft, edit, action, () => configSet(JSON.parse(item!.value) as ConfigRelease));
}

function readWrites(body: unknown, form: ConfigForm, action: string): readonly ConfigWrite[] {
  const faults: Fault[] = [];
  const writes = readConfigWrites(body, form, faults);
  refuseFaults(action, faults);
  return writes;
}

function addRelease(draft: Draft, edit: Edit, action: string, change: (present: ConfigSet) => ConfigSet): Revision {
  const { layer, atMs, precondition } = edit;
  const known = draft.catalog.config(layer)?.revision ?? 0;
  draft.restOn(configKey(layer, "head"), known, precondition, action);
  const head = draft.config(layer);
  const present = configSet(head);
  const next = change(present);
  const tooMany = `must have at most ${LIMITS.configKeysPerLayer} keys: got ${next.size}`;
  if (next.size > LIMITS.configKeysPerLayer) refuseFaults(action, [{ path: "", message: tooMany }]);
  if (head !== undefined && isSame(present, next)) return known;
  const release = (head?.release ?? 0) + 1;
  const value = releaseOf(release, atMs, next);
  draft.put(configKey(layer, "head"), value);
  draft.put(configKey(layer, release), value);
  // Releases are numbered without a gap, so each new one pushes out at most one.
  if (release > RELEASES_KEPT) draft.delete(configKey(layer, release - RELEASES_KEPT));
  return known;
}

function applied(base: ConfigSet, present: ConfigSet, writes: readonly ConfigWrite[]): ConfigSet {
  const next = new Map(base);
  for (const { key, value, secret } of writes) {
    const folded = key.toLowerCase();
    const before = present.get(folded);
    if (value === undefined) next.delete(folded);
    else if (before?.secret && value === SECRET_MASK) next.set(folded, { ...before, key, secret: secret ?? true });
    else next.set(folded, { key, value, secret: secret ?? before?.secret ?? false });
  }
  return next;
}

function releaseOf(release: number, atMs: number, set: ConfigSet): ConfigRelease {
  const sorted = [...set.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    release,
    atMs,
    values: Object.fromEntries(sorted.map(({ key, value }) => [key, value])),
    secret: sorted.filter(({ secret }) => secret).map(({ key }) => key),
  };
}

function isSame(a: ConfigSet, b: ConfigSet): boolean {
  return a.size === b.size && textOf(a) === textOf(b);
}

function textOf(set: ConfigSet): string {
  return JSON.stringify(releaseOf(0, 0, set));
}

function layerText(layer: Layer): string {
  switch (layer.kind) {
    case "all":
      return "of all services";
    case "service":
      return `of service "${layer.service}"`;
    case "tag":
      return `of tag "${layer.tag}" of "${layer.service}"`;
    case "instance":
      return `of instance "${layer.id}" of "${layer.service}"`;
  }
}
