import type { Layer } from "./model.ts";

/** Keys in the store, parsed. */
export type Key =
  | { readonly kind: "instance"; readonly service: string; readonly id: string }
  | { readonly kind: "vote"; readonly service: string; readonly id: string; readonly server: string }
  | { readonly kind: "operator"; readonly service: string; readonly id: string }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "brake"; readonly service: string }
  | { readonly kind: "leader"; readonly service: string }
  | { readonly kind: "config"; readonly layer: Layer; readonly release: number | "head" }
  | { readonly kind: "updatedName"; readonly zone: string; readonly owner: string }
  | { readonly kind: "updatedZone"; readonly zone: string };

export const instanceKey = (service: string, id: string): string => `inst/${service}/${id}`;
export const voteKey = (service: string, id: string, server: string): string => `vote/${service}/${id}/${server}`;
export const operatorKey = (service: string, id: string): string => `oper/${service}/${id}`;
export const serviceKey = (service: string): string => `svc/${service}`;
/** In the place of a service's name: the brake of all services. */
export const EVERY_SERVICE = "*";
export const brakeKey = (service: string): string => `brake/${service}`;
export const leaderKey = (service: string): string => `lead/${service}`;
export const configKey = (layer: Layer, release: number | "head"): string =>
  `cfg/${layerPath(layer)}/${release === "head" ? "head" : `v/${String(release).padStart(10, "0")}`}`;

/** What the keys of all releases of a layer begin with. */
export const configReleasesPrefix = (layer: Layer): string => `cfg/${layerPath(layer)}/v/`;

function layerPath(layer: Layer): string {
  switch (layer.kind) {
    case "all":
      return "all";
    case "service":
      return `service/${layer.service}`;
    case "tag":
      return `tag/${layer.service}/${layer.tag}`;
    case "instance":
      return `instance/${layer.service}/${layer.id}`;
  }
}

/** What a stored key speaks of, or undefined for a key that is none of ours. */
export function parseKey(key: string): Key | undefined {
  const [kind, ...rest] = key.split("/");
  const [service = "", id = "", server = ""] = rest;
  if (kind === "inst" && rest.length === 2) return { kind: "instance", service, id };
  if (kind === "vote" && rest.length === 3) return { kind: "vote", service, id, server };
  if (kind === "oper" && rest.length === 2) return { kind: "operator", service, id };
  if (kind === "svc" && rest.length === 1) return { kind: "service", service };
  if (kind === "brake" && rest.length === 1) return { kind: "brake", service };
  if (kind === "lead" && rest.length === 1) return { kind: "leader", service };
  if (kind === "cfg") return parseConfigKey(rest);
  if (kind === "name" && rest.length === 2) return { kind: "updatedName", zone: rest[0]!, owner: rest[1]! };
  if (kind === "zone" && rest.length === 1) return { kind: "updatedZone", zone: rest[0]! };
  return undefined;
}

function parseConfigKey(rest: readonly string[]): Key | undefined {
  const isHead = rest.at(-1) === "head";
  const release = isHead ? "head" : Number(rest.at(-1));
  const [kind, service = "", id = ""] = rest.slice(0, isHead ? -1 : -2);
  switch (kind) {
    case "all":
      return { kind: "config", layer: { kind }, release };
    case "service":
      return { kind: "config", layer: { kind, service }, release };
    case "tag":
      return { kind: "config", layer: { kind, service, tag: id }, release };
    case "instance":
      return { kind: "config", layer: { kind, service, id }, release };
    default:
      return undefined;
  }
}
