import { eachChild, withChild, withoutChild } from "../zone/children.ts";
import { childOf, isVacant, makeNode, type Node } from "../zone/node.ts";
import { sameNode } from "../zone/same.ts";
import { type Catalog, isRegistered, unregistered } from "./catalog.ts";
import { configNode } from "./config-records.ts";
import { PROTOCOLS } from "./group-records.ts";
import { type Scheme, underscored } from "./scheme.ts";
import { serviceRecords } from "./service-records.ts";
import type { Touched } from "./touched.ts";

/** The generated part of a discovery zone in which nothing is registered. */
export const NOTHING_DERIVED: Node = makeNode("");

/**
 * The generated part of the discovery zone after the changes in `touched`, from the part before them. What the changes
 * did not alter is the same object as before, up to the apex itself: unaltered data is recognised by `===`.
 */
export function derive(before: Node, catalog: Catalog, touched: Touched, scheme: Scheme): Node {
  // What is configured for all services shows at each of them, and a service's configuration at each of its instances.
  const isWhole = touched.all || touched.configs.has("");
  const names = new Map<string, ReadonlySet<string> | "all">(isWhole ? [] : touched.services);
  for (const name of isWhole ? everyService(before, catalog) : [...touched.settings, ...touched.configs])
    names.set(name, "all");
  let apex = before;
  if (isWhole) apex = withDerived(apex, "_config", configNode(catalog, { kind: "all" }, scheme.ttlSeconds));
  for (const [name, changed] of names) apex = withService(apex, catalog, name, changed, scheme);
  return apex;
}

/** Every service there was or is, and those that are only configured so far. */
function everyService(before: Node, catalog: Catalog): Set<string> {
  const names = new Set([...catalog.services.keys(), ...catalog.configuredServices()]);
  for (const { label } of eachChild(before.children)) if (!label.startsWith("_")) names.add(label);
  names.delete("");
  return names;
}

function withService(
  before: Node,
  catalog: Catalog,
  name: string,
  changed: ReadonlySet<string> | "all",
  scheme: Scheme,
): Node {
  const service = catalog.services.get(name) ?? unregistered(name);
  const isSpokenOf = isRegistered(service) || catalog.isConfigured(name);
  const { own, forms } = serviceRecords(catalog, service, childOf(before, name), changed, scheme);
  let apex = withDerived(before, name, isSpokenOf ? own : undefined);
  for (const protocol of PROTOCOLS) {
    const label = underscored(name);
    if (label === undefined) continue;
    const parent = childOf(apex, `_${protocol}`) ?? makeNode(`_${protocol}`);
    const children = withDerived(parent, label, forms[protocol]);
    apex = withDerived(apex, `_${protocol}`, isVacant(children) ? undefined : children);
  }
  return apex;
}

/** The node with this child in place of the one of its label, or without one; itself when that alters nothing. */
function withDerived(parent: Node, label: string, child: Node | undefined): Node {
  const known = childOf(parent, label);
  if (known === child || (known !== undefined && child !== undefined && sameNode(known, child))) return parent;
  const children = child === undefined ? withoutChild(parent.children, label) : withChild(parent.children, child);
  return makeNode(parent.label, parent.rrsets, children, parent.notes);
}
