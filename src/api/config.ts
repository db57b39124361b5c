import { clearConfig, type Edit, mergeConfig, replaceConfig, rollBackConfig } from "../catalog/config-changes.ts";
import {
  configChangedAt,
  configKeyOctetsMax,
  configSet,
  type EffectiveValue,
  effectiveConfig,
  SECRET_MASK,
} from "../catalog/config-values.ts";
import { configReleasesPrefix } from "../catalog/keys.ts";
import type { ConfigRelease, Layer } from "../catalog/model.ts";
import type { Item } from "../catalog/store.ts";
import type { Call } from "./call.ts";
import type { ApiContext } from "./options.ts";
import type { Answer, ReadRoute } from "./read-route.ts";
import { Config, ConfigHistory, ConfigValues, Rollback } from "./schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const section = "Configuration";

/** The paths of the four layers, and what they are called. */
const LAYERS: readonly { readonly url: string; readonly what: string; readonly layerOf: (call: Call) => Layer }[] = [
  { url: "/v1/config", what: "all services", layerOf: () => ({ kind: "all" }) },
  {
    url: "/v1/services/:service/config",
    what: "a service",
    layerOf: ({ params }) => ({ kind: "service", service: params["service"]! }),
  },
  {
    url: "/v1/services/:service/tags/:tag/config",
    what: "a tag",
    layerOf: ({ params }) => ({ kind: "tag", service: params["service"]!, tag: params["tag"]! }),
  },
  {
    url: "/v1/services/:service/instances/:id/config",
    what: "an instance",
    layerOf: ({ params }) => ({ kind: "instance", service: params["service"]!, id: params["id"]! }),
  },
];

export function configWriteRoutes({ settings, store, wallMs }: ApiContext): readonly WriteRoute[] {
  const form = { keyOctetsMax: configKeyOctetsMax(settings.zone), hasMarks: true };
  return LAYERS.flatMap(({ url, what, layerOf }): WriteRoute[] => {
    const common = { url, section, writesItem: true };
    const editOf = (call: Call): Edit => ({ layer: layerOf(call), atMs: wallMs(), precondition: call.precondition });
    return [
      {
        ...common,
        method: "PUT",
        action: `replace the configuration of ${what}`,
        body: ConfigValues,
        draft: (draft, call) => replaceConfig(draft, editOf(call), call.body, { ...form, nullRemoves: false }),
      },
      {
        ...common,
        method: "PATCH",
        action: `merge keys into the configuration of ${what}; null removes one`,
        body: ConfigValues,
        draft: (draft, call) => mergeConfig(draft, editOf(call), call.body, { ...form, nullRemoves: true }),
      },
      {
        ...common,
        method: "DELETE",
        action: `empty the configuration of ${what}`,
        draft: (draft, call) => clearConfig(draft, editOf(call)),
      },
      {
        ...common,
        method: "POST",
        url: `${url}/rollback`,
        action: `roll back the configuration of ${what}`,
        body: Rollback,
        writesItem: false,
        draft: async (draft, call) => {
          const { items } = await store.read(configReleasesPrefix(layerOf(call)));
          return rollBackConfig(draft, editOf(call), call.body, items);
        },
      },
    ];
  });
}

export function configReadRoutes(context: ApiContext): readonly ReadRoute[] {
  const { catalog, store } = context;
  return LAYERS.flatMap(({ url, what, layerOf }): ReadRoute[] => [
    {
      url,
      section,
      action: `read the configuration of ${what}`,
      answer: Config,
      changedAt: (call) => configChangedAt(catalog(), layerOf(call)),
      read: (call) => readConfig(context, layerOf(call)),
    },
    {
      url: `${url}/history`,
      section,
      action: `read the releases of the configuration of ${what}`,
      answer: ConfigHistory,
      changedAt: (call) => configChangedAt(catalog(), layerOf(call)),
      read: async (call) => {
        const { items } = await store.read(configReleasesPrefix(layerOf(call)));
        const releases = [...items].reverse().map(releaseView);
        return { body: { revision: catalog().config(layerOf(call))?.revision ?? 0, releases } };
      },
    },
  ]);
}

function readConfig({ catalog }: ApiContext, layer: Layer): Answer {
  const head = catalog().config(layer);
  const revision = head?.revision ?? 0;
  const { values } = effectiveConfig(catalog(), layer);
  const secret = [...values].filter(([, value]) => value.secret).map(([key]) => key);
  return { body: { revision, own: ownValues(head?.release), effective: shownValues(values), secret }, revision };
}

/** The values in force with secrets masked. */
export function shownValues(values: ReadonlyMap<string, EffectiveValue>): Record<string, unknown> {
  return Object.fromEntries(Array.from(values, ([key, { value, secret }]) => [key, secret ? SECRET_MASK : value]));
}

function ownValues(release: ConfigRelease | undefined): Record<string, unknown> {
  const own = [...configSet(release).values()];
  return Object.fromEntries(own.map(({ key, value, secret }) => [key, secret ? SECRET_MASK : value]));
}

function releaseView({ value, revision }: Item): object {
  const stored = JSON.parse(value) as ConfigRelease;
  return { revision, release: stored.release, atMs: stored.atMs, values: ownValues(stored), secret: stored.secret };
}
