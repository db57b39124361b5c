import { ipv4Octets, ipv6Octets } from "../dns/addresses.ts";
import { labelsOf, nameOf } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { u32 } from "../dns/octets.ts";
import { withChild } from "../zone/children.ts";
import { makeNode, type Node } from "../zone/node.ts";
import { rrset } from "../zone/rrset.ts";
import type { Scheme } from "./scheme.ts";

const APEX_TTL_SECONDS = 3600;
const [REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS] = [60, 10, 604_800];

/**
 * SOA and NS of a discovery zone for which no master file has any. The name server is `ns.<zone>`, at the addresses on
 * which we listen as far as others can use them.
 */
export function apexRecords(scheme: Scheme, addresses: readonly string[]): Node {
  const a = addresses.flatMap((address) => ipv4Octets(address) ?? []);
  const aaaa = addresses.flatMap((address) => ipv6Octets(address) ?? []);
  const server = nameOf(["ns"], scheme.zone);
  const times = [0, REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS, scheme.negativeTtlSeconds].map(u32).join("");
  const soa = server + nameOf(["hostmaster"], scheme.zone) + times;
  const glue = [
    ...(a.length > 0 ? [rrset(TYPE.A, APEX_TTL_SECONDS, a)] : []),
    ...(aaaa.length > 0 ? [rrset(TYPE.AAAA, APEX_TTL_SECONDS, aaaa)] : []),
  ];
  return makeNode(
    labelsOf(scheme.zone)[0] ?? "",
    [rrset(TYPE.SOA, APEX_TTL_SECONDS, [soa]), rrset(TYPE.NS, APEX_TTL_SECONDS, [server])],
    glue.length > 0 ? withChild(undefined, makeNode("ns", glue)) : undefined,
  );
}
