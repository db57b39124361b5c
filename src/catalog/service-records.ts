import { TYPE } from "../dns/numbers.ts";
import { withChild, withoutChild } from "../zone/children.ts";
import { type Children, childOf, makeNode, type Node } from "../zone/node.ts";
import { rrset } from "../zone/rrset.ts";
import { withNode } from "../zone/with-node.ts";
import type { Catalog } from "./catalog.ts";
import { emptyCensus, registeredCount } from "./census.ts";
import { configNode } from "./config-records.ts";
import { type Change, type Group, type GroupPolicy, groupOf, isAdvanced, type Member, notesOf } from "./group.ts";
import { existing, groupNode } from "./group-records.ts";
import { instanceNode } from "./instance-records.ts";
import type { Instance, Layer } from "./model.ts";
import { answeredCount, failurePolicyOf, type Rule, ruleOf } from "./rule.ts";
import type { Scheme } from "./scheme.ts";
import { instanceOf, isRegistered, type Service } from "./service-table.ts";
import type { Steps } from "./steps.ts";
import { txt } from "./txt.ts";

/** What of a service is derived again: everything, or only these instances, with what each was before. */
export type Changed = ReadonlyMap<string, Instance | undefined> | "all";

/** The names of one service. */
export interface ServiceRecords {
  /** What stands at its own label. */
  readonly own: Node;
  /** Its instances, and what became of them. */
  readonly group: Group;
}

/**
 * Derives all names of a service from the node it had. Only the instances in `changed` are derived again, the others are
 * taken over, unless what holds for the whole service changed.
 */
export function* serviceRecords(
  catalog: Catalog,
  service: Service,
  previous: Node | undefined,
  changed: Changed,
  scheme: Scheme,
): Steps<ServiceRecords> {
  const { name, census } = service;
  const policy = policyOf(service, scheme);
  const rule = ruleOf(census, policy.failurePolicy);
  // `_why` tells what the rule makes of an instance: another rule, other texts.
  const isAnew = changed === "all" || !isRegistered(service) || !isAdvanced(previous, notesOf(rule, name, policy));
  const known = isAnew ? undefined : previous;
  const before = known && childOf(known, "i");
  const instances = yield* instancesNode(catalog, service, before, isAnew ? "all" : changed, rule, policy);
  const registered = () => service.instances;
  const changes = isAnew ? [] : changesOf(service, changed, before, instances);
  const members = () => service.instances.map((instance) => memberOf(instance, instances));
  const group = groupOf({ census, known, changes, policy, registered }, name, members);
  let node = isRegistered(service) ? groupNode(name, group) : makeNode(name);
  node = withNode(node, ["i"], () => instances);
  for (const tag of isAnew ? everyTag(catalog, service) : tagsOf(changes)) {
    node = withNode(node, [tag], () => tagNode(catalog, service, tag, group, instances));
  }
  if (isAnew) node = withConfig(node, catalog, { kind: "service", service: name }, policy);
  if (isRegistered(service) && scheme.diagnostics) node = withNode(node, ["_status"], () => statusNode(group));
  return { own: isRegistered(service) ? existing(node) : node, group };
}

function policyOf({ settings }: Service, scheme: Scheme): GroupPolicy {
  return {
    failurePolicy: failurePolicyOf(settings),
    ttl: settings.ttlSeconds ?? scheme.ttlSeconds,
    negativeTtl: settings.negativeTtlSeconds ?? scheme.negativeTtlSeconds,
    scheme,
  };
}

/** `i.<service>`: one node for each instance. */
function* instancesNode(
  catalog: Catalog,
  service: Service,
  known: Node | undefined,
  changed: Changed,
  rule: Rule,
  { ttl, scheme }: GroupPolicy,
): Steps<Node> {
  const layerOf = (id: string) => ({ kind: "instance", service: service.name, id }) as const;
  const configs = new Map<string, Node | undefined>();
  let children: Children = known?.children;
  for (const id of changed === "all" ? everyId(catalog, service) : changed.keys()) {
    const instance = instanceOf(service, id);
    // Instances of the same tags and without a layer of their own share one node, however many they are.
    const isConfigured = catalog.config(layerOf(id)) !== undefined;
    const key = isConfigured ? `/${id}` : instance?.registration.tags.join(".");
    if (key !== undefined && !configs.has(key)) configs.set(key, configNode(catalog, layerOf(id), ttl));
    const config = key === undefined ? undefined : configs.get(key);
    if (instance !== undefined) children = withChild(children, instanceNode(instance, rule, config, ttl, scheme));
    else if (config !== undefined) children = withChild(children, makeNode(id, [], config));
    else children = withoutChild(children, id);
    yield;
  }
  return makeNode("i", [], children);
}

/** The instances, and those that are only configured so far. */
function everyId(catalog: Catalog, service: Service): Set<string> {
  const ids = new Set(service.instances.map(({ id }) => id));
  for (const { layer } of catalog.configsOf(service.name)) if (layer.kind === "instance") ids.add(layer.id);
  return ids;
}

/** What became of the instances in `changed`, whose nodes stood below the node `before` and now stand below `after`. */
function changesOf(
  service: Service,
  changed: ReadonlyMap<string, Instance | undefined>,
  before: Node | undefined,
  after: Node,
): Change[] {
  return Array.from(changed, ([id, instance]) => ({
    before: instance && before && memberOf(instance, before),
    after: memberOf(instanceOf(service, id), after),
  }));
}

function memberOf<T extends Instance | undefined>(instance: T, instances: Node) {
  return instance && { instance, node: childOf(instances, instance.id)! };
}

/** The tags that instances bear, and those that are only configured so far. */
function everyTag(catalog: Catalog, service: Service): Set<string> {
  const tags = new Set(service.tagged.keys());
  for (const { layer } of catalog.configsOf(service.name)) if (layer.kind === "tag") tags.add(layer.tag);
  return tags;
}

/** The tags of the instances that came, went or changed. */
function tagsOf(changes: readonly Change[]): Set<string> {
  return new Set(changes.flatMap(({ before, after }) => [...tagsBorneBy(before), ...tagsBorneBy(after)]));
}

function tagsBorneBy(member: Member | undefined): readonly string[] {
  return member?.instance.registration.tags ?? [];
}

/** `<tag>.<service>`: as the service itself, of the instances that bear the tag; vacant when nothing speaks of it. */
function tagNode(
  catalog: Catalog,
  service: Service,
  tag: string,
  { known, changes, policy }: Group,
  instances: Node,
): Node {
  const layer = { kind: "tag", service: service.name, tag } as const;
  if (!service.tagged.has(tag) && catalog.config(layer) === undefined) return makeNode(tag);
  const ifBearer = (member: Member | undefined) => (tagsBorneBy(member).includes(tag) ? member : undefined);
  const group = groupOf(
    {
      census: service.tagged.get(tag) ?? emptyCensus(),
      known: known && childOf(known, tag),
      changes: changes.map(({ before, after }) => ({ before: ifBearer(before), after: ifBearer(after) })),
      policy,
      registered: () => bearersOf(service, tag),
    },
    `${service.name} tagged ${tag}`,
    () => Array.from(bearersOf(service, tag), (instance) => memberOf(instance, instances)),
  );
  let node = groupNode(tag, group);
  if (group.known === undefined) node = withConfig(node, catalog, layer, policy);
  return existing(node);
}

function* bearersOf({ instances }: Service, tag: string): Generator<Instance> {
  for (const instance of instances) if (instance.registration.tags.includes(tag)) yield instance;
}

function withConfig(node: Node, catalog: Catalog, layer: Layer, { ttl }: GroupPolicy): Node {
  const config = configNode(catalog, layer, ttl);
  return config === undefined ? node : makeNode(node.label, node.rrsets, withChild(node.children, config), node.notes);
}

/** `_status.<service>`: what is answered and by which rule, for `dig`. */
function statusNode({ census, rule, notes }: Group): Node {
  const strings = [`answered=${answeredCount(census, rule)}`, `registered=${registeredCount(census)}`, `rule=${rule}`];
  if (notes.ede !== undefined) strings.push(`why=${notes.ede.text}`);
  return makeNode("_status", [rrset(TYPE.TXT, 0, [txt(strings)])]);
}
