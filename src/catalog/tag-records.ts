import { childOf, makeNode, type Node } from "../zone/node.ts";
import type { Catalog } from "./catalog.ts";
import { withConfig } from "./config-records.ts";
import { advancedFrom, type Change, type Group, groupOf, type Member } from "./group.ts";
import { existing, groupNode } from "./group-records.ts";
import { everyMember } from "./instances-node.ts";
import { isSufficient, rulingOf } from "./rule.ts";
import type { Service } from "./service.ts";

/** The tags that instances bear, and those that are only configured so far. */
export function everyTag(catalog: Catalog, service: Service): Set<string> {
  const tags = new Set(service.tagged.keys());
  for (const { layer } of catalog.configsOf(service.name)) if (layer.kind === "tag") tags.add(layer.tag);
  return tags;
}

/** The tags of the instances that came, went or changed, and those for which others may stand in. */
export function tagsToDerive(catalog: Catalog, { changes, ruling }: Group): Set<string> {
  const { service } = ruling.party;
  const tags = new Set(changes.flatMap(({ before, after }) => [...tagsBorneBy(before), ...tagsBorneBy(after)]));
  if (service.settings.failover?.length) {
    for (const tag of everyTag(catalog, service)) if (!isSufficient(rulingOf(service, tag, catalog))) tags.add(tag);
  }
  return tags;
}

function tagsBorneBy(member: Member | undefined): readonly string[] {
  return member?.instance.registration.tags ?? [];
}

/**
 * `<tag>.<service>`: as the service itself, of the instances that bear the tag; vacant when nothing speaks of it. `whole` is
 * the group of the service, and the nodes of its instances stand below `instances`.
 */
export function tagNode(catalog: Catalog, tag: string, whole: Group, instances: Node): Node {
  const { policy } = whole;
  const { service } = whole.ruling.party;
  const layer = { kind: "tag", service: service.name, tag } as const;
  if (!service.tagged.has(tag) && catalog.config(layer) === undefined) return makeNode(tag);
  const ruling = rulingOf(service, tag, catalog);
  const own = changesOfBearers(whole.changes, tag);
  const single = own.map(({ before, after }) => ({ before: before?.instance, after: after?.instance }));
  const known = whole.known && advancedFrom(childOf(whole.known, tag), ruling, single);
  const changes = known === undefined ? everyMember(ruling.party, instances, policy) : own;
  const group = groupOf({ ruling, policy, known, changes });
  const node = groupNode(tag, group);
  return existing(known === undefined ? withConfig(node, catalog, layer, policy.ttl) : node);
}

function changesOfBearers(changes: readonly Change[], tag: string): Change[] {
  const ifBearer = (member: Member | undefined) => (tagsBorneBy(member).includes(tag) ? member : undefined);
  return changes.map(({ before, after }) => ({ before: ifBearer(before), after: ifBearer(after) }));
}
