import { TYPE } from "../dns/numbers.ts";
import { withChild, withoutChild } from "../zone/children.ts";
import { type Children, childOf, makeNode, type Node } from "../zone/node.ts";
import { type RRset, rrset } from "../zone/rrset.ts";
import { descriptionRRset } from "./browse-records.ts";
import type { Catalog } from "./catalog.ts";
import { configNode } from "./config-records.ts";
import { type Group, type GroupPolicy, groupOf, notesOf, type PortOf } from "./group.ts";
import { existingNode, groupRRsets, portNode, portNodes } from "./group-records.ts";
import { instanceNode } from "./instance-records.ts";
import type { Instance, Protocol } from "./model.ts";
import { type Scheme, underscored } from "./scheme.ts";
import { isRegistered, type Service } from "./service-table.ts";
import { txt } from "./txt.ts";
import { type Answerable, answerableOf, answerableOfService, failurePolicyOf } from "./verdict.ts";

/** The names of one service: what stands at its own label, and its RFC 2782 forms under `_tcp` and `_udp` of the zone. */
export interface ServiceRecords {
  readonly own: Node;
  readonly forms: Readonly<Record<Protocol, Node | undefined>>;
  /** TXT of the service where it is browsed as one DNS-SD service instance. */
  readonly description: RRset;
}

/**
 * Derives all names of a service. `previous` is the node it had; only the instances in `changed` are derived again, the
 * others are taken over, unless what holds for the whole service changed.
 */
export function serviceRecords(
  catalog: Catalog,
  service: Service,
  previous: Node | undefined,
  changed: ReadonlySet<string> | "all",
  scheme: Scheme,
): ServiceRecords {
  const policy = policyOf(service, scheme);
  const registered = service.ordered;
  const answerable = answerableOfService(service);
  // `_why` tells what the rule makes of an instance: another rule, other texts.
  const isSameRule = previous?.notes?.ede?.text === notesOf(answerable.rule, service.name, policy).ede?.text;
  const before = previous && childOf(previous, "i");
  const nodes = instancesNode(catalog, service, before, isSameRule ? changed : "all", answerable.rule, policy);
  const group = groupOf(answerable, registered, nodes, service.name, policy);
  let children = portNodes(group);
  if (nodes.children !== undefined) children = withChild(children, nodes);
  for (const tag of tagsOf(catalog, service.name, registered)) {
    children = withChild(children, tagNode(catalog, service.name, tag, group, nodes));
  }
  const config = configNode(catalog, { kind: "service", service: service.name }, policy.ttl);
  if (config !== undefined) children = withChild(children, config);
  const description = descriptionRRset(group);
  if (!isRegistered(service))
    return { own: makeNode(service.name, [], children), forms: { tcp: undefined, udp: undefined }, description };
  if (scheme.diagnostics) children = withChild(children, statusNode(group));
  return {
    own: existingNode(service.name, groupRRsets(group), children, group.notes),
    forms: { tcp: formNode(service.name, "tcp", group), udp: formNode(service.name, "udp", group) },
    description,
  };
}

function policyOf({ settings }: Service, scheme: Scheme): GroupPolicy {
  return {
    failurePolicy: failurePolicyOf(settings),
    ttl: settings.ttlSeconds ?? scheme.ttlSeconds,
    negativeTtl: settings.negativeTtlSeconds ?? scheme.negativeTtlSeconds,
    scheme,
  };
}

/** The tags that instances bear, and those that are only configured so far. */
function tagsOf(catalog: Catalog, service: string, registered: readonly Instance[]): Set<string> {
  const tags = new Set<string>();
  let last: readonly string[] = [];
  for (const { registration } of registered) {
    if (registration.tags !== last) for (const tag of registration.tags) tags.add(tag);
    last = registration.tags;
  }
  for (const { layer } of catalog.configsOf(service)) if (layer.kind === "tag") tags.add(layer.tag);
  return tags;
}

/** `i.<service>`: one node for each instance. */
function instancesNode(
  catalog: Catalog,
  service: Service,
  previous: Node | undefined,
  changed: ReadonlySet<string> | "all",
  rule: Answerable["rule"],
  { ttl, scheme }: GroupPolicy,
): Node {
  const isFresh = changed === "all" || previous === undefined;
  const configured = [...catalog.configsOf(service.name)].flatMap(({ layer }) =>
    layer.kind === "instance" ? layer.id : [],
  );
  const configs = new Map<string, Node | undefined>();
  let children: Children = isFresh ? undefined : previous.children;
  for (const id of isFresh ? new Set([...service.instances.keys(), ...configured]) : changed) {
    const instance = service.instances.get(id);
    // Instances of the same tags and without a layer of their own share one node, however many they are.
    const key = configured.includes(id) ? `/${id}` : instance?.registration.tags.join(".");
    if (key !== undefined && !configs.has(key)) {
      configs.set(key, configNode(catalog, { kind: "instance", service: service.name, id }, ttl));
    }
    const config = key === undefined ? undefined : configs.get(key);
    if (instance !== undefined) children = withChild(children, instanceNode(instance, rule, config, ttl, scheme));
    else if (config !== undefined) children = withChild(children, makeNode(id, [], config));
    else children = withoutChild(children, id);
  }
  return makeNode("i", [], children);
}

/** `<tag>.<service>`: as the service itself, of the instances that bear the tag. */
function tagNode(catalog: Catalog, service: string, tag: string, { registered, policy }: Group, nodes: Node): Node {
  const bearers = registered.filter(({ registration }) => registration.tags.includes(tag));
  const answerable = answerableOf(bearers, policy.failurePolicy);
  const group = groupOf(answerable, bearers, nodes, `${service} tagged ${tag}`, policy);
  const config = configNode(catalog, { kind: "tag", service, tag }, policy.ttl);
  let children = portNodes(group);
  if (config !== undefined) children = withChild(children, config);
  return existingNode(tag, groupRRsets(group), children, group.notes);
}

/** `_<service>` under `_tcp` or `_udp` of the zone (RFC 2782): the first ports of that protocol, NODATA when none is. */
function formNode(service: string, protocol: Protocol, group: Group): Node | undefined {
  const label = underscored(service);
  const portOf: PortOf = ([first]) => (first?.protocol === protocol ? first : undefined);
  return label === undefined ? undefined : portNode(label, group, portOf, group.notes);
}

/** `_status.<service>`: what is answered and by which rule, for `dig`. */
function statusNode({ registered, answered, rule, notes }: Group): Node {
  const strings = [`answered=${answered.length}`, `registered=${registered.length}`, `rule=${rule}`];
  if (notes.ede !== undefined) strings.push(`why=${notes.ede.text}`);
  return makeNode("_status", [rrset(TYPE.TXT, 0, [txt(strings)])]);
}
