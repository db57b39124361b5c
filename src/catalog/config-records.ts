import { foldName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { type Octets, utf8 } from "../dns/octets.ts";
import { withChild } from "../zone/children.ts";
import { childOf, makeNode, type Node } from "../zone/node.ts";
import { rrset } from "../zone/rrset.ts";
import type { Catalog } from "./catalog.ts";
import { configText, effectiveConfig } from "./config-values.ts";
import type { Layer } from "./model.ts";
import { joinedTxt, STRING_OCTETS_MAX, TXT_OCTETS_MAX, txt } from "./txt.ts";

/**
 * `_config` of a layer and what is below it: the effective keys in one record, each value alone, and `_rev`; undefined
 * when nothing is configured. Secret keys never get here.
 */
export function configNode(catalog: Catalog, layer: Layer, ttl: number): Node | undefined {
  const { revision, values } = effectiveConfig(catalog, layer);
  const entries = [...values]
    .filter(([, { secret }]) => !secret)
    .map(([key, { value }]) => [key, utf8(configText(value))] as const);
  if (entries.length === 0) return undefined;
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const strings = entries.map(([key, value]) => keyString(key, value));
  const whole = txt(strings);
  let node = makeNode("_config", whole.length <= TXT_OCTETS_MAX ? [rrset(TYPE.TXT, ttl, [whole])] : []);
  for (const [key, value] of entries) node = withValue(node, foldName(key).split(".").reverse(), joinedTxt(value), ttl);
  return withValue(node, ["_rev"], txt([`${revision} ${digest(whole)}`]), ttl);
}

/** A node with `_config` of a layer below it, when anything is configured. */
export function withConfig(node: Node, catalog: Catalog, layer: Layer, ttl: number): Node {
  const config = configNode(catalog, layer, ttl);
  return config === undefined ? node : makeNode(node.label, node.rrsets, withChild(node.children, config), node.notes);
}

/** `key=value`; a key whose string would be too long stands alone, and its value at its own name (RFC 6763 §6.4). */
function keyString(key: string, value: Octets): Octets {
  const string = `${key}=${value}`;
  return string.length <= STRING_OCTETS_MAX ? string : key;
}

/** The node with a TXT record at the path of labels below it, topmost first. */
function withValue(node: Node, path: readonly string[], rdata: Octets, ttl: number): Node {
  const [label, ...rest] = path;
  if (label === undefined) return makeNode(node.label, [rrset(TYPE.TXT, ttl, [rdata])], node.children);
  const child = childOf(node, label) ?? makeNode(label);
  return makeNode(node.label, node.rrsets, withChild(node.children, withValue(child, rest, rdata, ttl)));
}

/** 64 bits that tell one content from another, in hexadecimal; no protection against someone who wants a collision. */
function digest(octets: Octets): string {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let i = 0; i < octets.length; i++) {
    a = Math.imul(a ^ octets.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ octets.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
  }
  return [a, b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
