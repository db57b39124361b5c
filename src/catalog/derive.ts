import { TYPE } from "../dns/numbers.ts";
import { eachChild, withChild, withoutChild } from "../zone/children.ts";
import { childOf, findRRset, makeNode, type Node } from "../zone/node.ts";
import { kept, withNode } from "../zone/with-node.ts";
import { withBrowsing, withInstances } from "./browse-records.ts";
import type { Catalog } from "./catalog.ts";
import { configNode } from "./config-records.ts";
import type { Group } from "./group.ts";
import { NOTHING_ANSWERED, type PortOf, portRRset } from "./group-records.ts";
import type { Protocol } from "./model.ts";
import { unregistered } from "./mutable-service.ts";
import { PROTOCOLS, type Scheme, underscored } from "./scheme.ts";
import { isRegistered } from "./service.ts";
import { type Changed, serviceRecords } from "./service-records.ts";
import type { Steps } from "./steps.ts";
import type { Touched } from "./touched.ts";

/** The generated part of a zone in which nothing is registered. */
export const NOTHING_DERIVED: Node = makeNode("");

/**
 * The generated part of the discovery zone after the changes in `touched`, from the part before them. What the changes
 * did not alter is the same object as before, up to the apex itself: unaltered data is recognised by `===`.
 */
export function* derive(before: Node, catalog: Catalog, touched: Touched, scheme: Scheme): Steps<Node> {
  // What is configured for all services shows at each of them, and a service's configuration at each of its instances.
  const isWhole = touched.all || touched.configs.has("");
  const names = new Map<string, Changed>(isWhole ? [] : touched.services);
  for (const name of isWhole ? everyService(before, catalog) : [...touched.settings, ...touched.configs])
    names.set(name, "all");
  let apex = before;
  if (isWhole) {
    const config = configNode(catalog, { kind: "all" }, scheme.ttlSeconds) ?? makeNode("_config");
    apex = withNode(apex, ["_config"], (known) => kept(known, config));
  }
  for (const [name, changed] of names) apex = yield* withService(apex, catalog, name, changed, scheme);
  return withBrowsing(isWhole ? NOTHING_DERIVED : before, apex, scheme);
}

/** Every service there was or is, and those that are only configured so far. */
function everyService(before: Node, catalog: Catalog): Set<string> {
  const names = new Set([...catalog.services.keys(), ...catalog.configuredServices()]);
  for (const { label } of eachChild(before.children)) if (!label.startsWith("_")) names.add(label);
  names.delete("");
  return names;
}

function* withService(before: Node, catalog: Catalog, name: string, changed: Changed, scheme: Scheme): Steps<Node> {
  const service = catalog.services.get(name) ?? unregistered(name);
  const isSpokenOf = isRegistered(service) || catalog.isConfigured(name);
  const previous = childOf(before, name);
  const { own, group } = yield* serviceRecords(catalog, service, previous, changed, scheme);
  let apex = withNode(before, [name], (known) => kept(known, isSpokenOf ? own : makeNode(name)));
  for (const protocol of PROTOCOLS) apex = withForm(apex, protocol, own, group);
  return withInstances(apex, name, previous, group);
}

/**
 * `_<service>` below `_tcp` or `_udp` (RFC 2782): the first ports of that protocol, NODATA when none is. It may be a
 * service type for browsing as well.
 */
function withForm(apex: Node, protocol: Protocol, own: Node, group: Group): Node {
  const label = underscored(own.label);
  if (label === undefined) return apex;
  const portOf: PortOf = ([first]) => (first?.protocol === protocol ? first : undefined);
  return withNode(apex, [`_${protocol}`, label], (known) => {
    const srv = portRRset(group, findRRset(own, TYPE.SRV), known, portOf);
    const rrsets = [srv, findRRset(known, TYPE.PTR)].filter((made) => made !== undefined);
    const others = withoutChild(known.children, NOTHING_ANSWERED.label);
    const isNodata = srv === undefined && own.notes !== undefined;
    const children = isNodata ? withChild(others, NOTHING_ANSWERED) : others;
    return kept(known, makeNode(label, rrsets, children, own.notes));
  });
}
