import { withChild, withoutChild } from "../zone/children.ts";
import { type Children, childOf, makeNode, type Node } from "../zone/node.ts";
import type { Catalog } from "./catalog.ts";
import { configNode } from "./config-records.ts";
import { type Change, type GroupPolicy, type Member, memberOf } from "./group.ts";
import { instanceNode, whyNode } from "./instance-records.ts";
import type { Instance } from "./model.ts";
import { membersOf, type Party } from "./party.ts";
import type { Ruling } from "./rule.ts";
import { instanceOf, type Service } from "./service.ts";
import type { Changed } from "./service-records.ts";
import type { Steps } from "./steps.ts";

/** `i.<service>`: one node for each instance, those not in `changed` as in the node that is known. */
export function* instancesNode(
  catalog: Catalog,
  ruling: Ruling,
  known: Node | undefined,
  changed: Changed,
  policy: GroupPolicy,
): Steps<Node> {
  const { service } = ruling.party;
  const layerOf = (id: string) => ({ kind: "instance", service: service.name, id }) as const;
  const configs = new Map<string, Node | undefined>();
  let children: Children = known?.children;
  for (const id of changed === "all" ? everyId(catalog, service) : changed.keys()) {
    const instance = instanceOf(service, id);
    // Instances of the same tags and without a layer of their own share one node, however many they are.
    const isConfigured = catalog.config(layerOf(id)) !== undefined;
    const key = isConfigured ? `/${id}` : instance?.registration.tags.join(".");
    if (key !== undefined && !configs.has(key)) configs.set(key, configNode(catalog, layerOf(id), policy.ttl));
    const config = key === undefined ? undefined : configs.get(key);
    if (instance === undefined && config === undefined) children = withoutChild(children, id);
    else {
      let below: Children = config;
      if (instance !== undefined && policy.scheme.diagnostics) below = withChild(below, whyNode(instance, ruling));
      const node = instance === undefined ? makeNode(id, [], below) : instanceNode(instance, policy, below);
      children = withChild(children, node);
    }
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

/** What became of these instances, each given as it was before. */
export function changesOf(
  service: Service,
  changed: ReadonlyMap<string, Instance | undefined>,
): readonly Change<Instance>[] {
  return Array.from(changed, ([id, before]) => ({ before, after: instanceOf(service, id) }));
}

/** The same of the members, whose nodes stood below the node `before` and now stand below `after`. */
export function membersOfChanges(
  changes: readonly Change<Instance>[],
  before: Node | undefined,
  after: Node,
  policy: GroupPolicy,
): readonly Change[] {
  return changes.map((change) => ({
    before: change.before && before && memberIn(before, change.before, policy),
    after: change.after && memberIn(after, change.after, policy),
  }));
}

/** All members of a party, as if they came; their nodes stand below `instances`. */
export function everyMember(party: Party, instances: Node, policy: GroupPolicy): readonly Change[] {
  return Array.from(membersOf(party), (instance) => ({
    before: undefined,
    after: memberIn(instances, instance, policy),
  }));
}

function memberIn(instances: Node, instance: Instance, policy: GroupPolicy): Member {
  return memberOf(instance, childOf(instances, instance.id)!, policy);
}
