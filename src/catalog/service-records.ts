import { TYPE } from "../dns/numbers.ts";
import { childOf, makeNode, type Node } from "../zone/node.ts";
import { rrset } from "../zone/rrset.ts";
import { withNode } from "../zone/with-node.ts";
import type { Catalog } from "./catalog.ts";
import { registeredCount } from "./census.ts";
import { withConfig } from "./config-records.ts";
import { advancedFrom, type Group, groupOf, policyOf } from "./group.ts";
import { existing, groupNode } from "./group-records.ts";
import { changesOf, everyMember, instancesNode, membersOfChanges } from "./instances-node.ts";
import { leaderNode } from "./leader-records.ts";
import type { Instance } from "./model.ts";
import { censusOf } from "./party.ts";
import { rulingOf } from "./rule.ts";
import type { Scheme } from "./scheme.ts";
import { isRegistered, type Service } from "./service.ts";
import type { Steps } from "./steps.ts";
import { everyTag, tagNode, tagsToDerive } from "./tag-records.ts";
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
  const { name } = service;
  const policy = policyOf(service, scheme);
  const ruling = rulingOf(service, undefined, catalog);
  const single = changed === "all" || !isRegistered(service) ? undefined : changesOf(service, changed);
  // `_why` tells what the rule makes of an instance: another rule, other texts.
  const known = single && advancedFrom(previous, ruling, single);
  const before = known && childOf(known, "i");
  const instances = yield* instancesNode(catalog, ruling, before, known === undefined ? "all" : changed, policy);
  const changes =
    known === undefined
      ? everyMember(ruling.party, instances, policy)
      : membersOfChanges(single!, before, instances, policy);
  const group = groupOf({ ruling, policy, known, changes });
  let node = isRegistered(service) ? groupNode(name, group) : makeNode(name);
  node = withNode(node, ["i"], () => instances);
  for (const tag of known === undefined ? everyTag(catalog, service) : tagsToDerive(catalog, group)) {
    node = withNode(node, [tag], () => tagNode(catalog, tag, group, instances));
  }
  if (known === undefined) node = withConfig(node, catalog, { kind: "service", service: name }, policy.ttl);
  if (isRegistered(service))
    node = withNode(node, ["leader"], (last) => leaderNode(catalog, service, last, instances, policy));
  if (isRegistered(service) && scheme.diagnostics) node = withNode(node, ["_status"], () => statusNode(group));
  return { own: isRegistered(service) ? existing(node) : node, group };
}

/** `_status.<service>`: what is answered and by which rule, for `dig`. */
function statusNode({ ruling: { rule, answered, party }, notes }: Group): Node {
  const strings = [`answered=${answered}`, `registered=${registeredCount(censusOf(party))}`, `rule=${rule}`];
  if (notes.ede !== undefined) strings.push(`why=${notes.ede.text}`);
  return makeNode("_status", [rrset(TYPE.TXT, 0, [txt(strings)])]);
}
