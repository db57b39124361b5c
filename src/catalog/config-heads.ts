import { configKey } from "./keys.ts";
import type { ConfigRelease, Layer } from "./model.ts";
import type { Revision } from "./store.ts";

/** The present release of a configuration layer. */
export interface ConfigHead {
  readonly layer: Layer;
  readonly release: ConfigRelease;
  readonly revision: Revision;
}

/** The configuration in force: the head of every layer that has one, grouped by service ("" for the layer of all). */
export class ConfigHeads {
  readonly #groups = new Map<string, Map<string, ConfigHead>>();

  get(layer: Layer): ConfigHead | undefined {
    return this.#groups.get(groupOf(layer))?.get(configKey(layer, "head"));
  }

  /** The heads of a service, its tags and its instances; of all services for "". */
  of(service: string): Iterable<ConfigHead> {
    return this.#groups.get(service)?.values() ?? [];
  }

  has(service: string): boolean {
    return this.#groups.has(service);
  }

  services(): Iterable<string> {
    return this.#groups.keys();
  }

  /** Returns the group that changed. */
  put(head: ConfigHead): string {
    const group = groupOf(head.layer);
    const heads = this.#groups.get(group) ?? new Map<string, ConfigHead>();
    this.#groups.set(group, heads);
    heads.set(configKey(head.layer, "head"), head);
    return group;
  }

  /** Returns the group that changed, or undefined when there was nothing to delete. */
  delete(layer: Layer): string | undefined {
    const group = groupOf(layer);
    const heads = this.#groups.get(group);
    if (heads?.delete(configKey(layer, "head")) !== true) return undefined;
    if (heads.size === 0) this.#groups.delete(group);
    return group;
  }
}

function groupOf(layer: Layer): string {
  return layer.kind === "all" ? "" : layer.service;
}
