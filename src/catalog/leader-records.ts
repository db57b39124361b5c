import { EDE, TYPE } from "../dns/numbers.ts";
import { childOf, makeNode, type Node } from "../zone/node.ts";
import { type RRset, rrset } from "../zone/rrset.ts";
import { kept } from "../zone/with-node.ts";
import type { Catalog } from "./catalog.ts";
import type { GroupPolicy } from "./group.ts";
import { existing } from "./group-records.ts";
import { obstacleOf } from "./leader-changes.ts";
import { instanceOf, type Service } from "./service.ts";
import type { Leader } from "./service-table.ts";
import { txt } from "./txt.ts";

const LABEL = "leader";
const SHARED_TYPES: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.SRV, TYPE.CNAME]);
/** Most services have no leader, and one node will do for them. */
const NOBODY_LEADS = leaderless("nobody holds the leader lease");

/**
 * `leader.<service>`: where the instance that holds the leader lease is reached, and its token in TXT; NODATA while nobody
 * holds it who is up. `known` is the node as it was; the nodes of the instances stand below `instances`.
 */
export function leaderNode(
  catalog: Catalog,
  service: Service,
  known: Node,
  instances: Node,
  { ttl }: GroupPolicy,
): Node {
  const leader = catalog.leader(service.name);
  if (leader === undefined) return NOBODY_LEADS;
  const obstacle = obstacleTo(leader, service);
  if (obstacle !== undefined) return kept(known, leaderless(`"${leader.id}" holds the leader lease but ${obstacle}`));
  const rrsets = leaderRRsets(leader, childOf(instances, leader.id)!, ttl);
  return kept(known, makeNode(LABEL, rrsets));
}

/** Why the holder of the lease is not answered, if it is not; those are that a brake holds. */
export function obstacleTo({ id }: Leader, service: Service): string | undefined {
  const instance = instanceOf(service, id);
  return instance === undefined ? "is not registered any more" : obstacleOf(instance);
}

/** Nobody may hold an answer for longer than the lease is. */
function leaderRRsets({ id, token, leaseSeconds }: Leader, instance: Node, policyTtl: number): RRset[] {
  const ttl = Math.min(policyTtl, Math.floor(leaseSeconds));
  const own = instance.rrsets.filter(({ type }) => SHARED_TYPES.has(type));
  const shared = own.map((its) => (its.ttl <= ttl ? its : rrset(its.type, ttl, its.rdatas)));
  // Nothing stands beside a CNAME (RFC 2181 §10.1): the token of who is a host name is told over HTTP alone.
  const isAlias = own.some(({ type }) => type === TYPE.CNAME);
  return isAlias ? shared : [...shared, rrset(TYPE.TXT, ttl, [txt([`token=${token}`, `instance=${id}`])])];
}

function leaderless(why: string): Node {
  return existing(makeNode(LABEL, [], undefined, { ede: { code: EDE.OTHER, text: why } }));
}
