import { parseName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { withChild } from "../zone/children.ts";
import { type Children, makeNode, type Node, type Notes } from "../zone/node.ts";
import { type RRset, rrset } from "../zone/rrset.ts";
import { type Group, type PortOf, portListsOf, srvRRset } from "./group.ts";
import { PROTOCOLS, underscored } from "./scheme.ts";
import { bindingRRsets } from "./svcb-records.ts";
import { txt } from "./txt.ts";

/** All records at the group's own name: a CNAME alone when all there is is one host name. */
export function groupRRsets(group: Group): RRset[] {
  const {
    answered,
    nodes,
    srv,
    policy: { ttl, scheme },
  } = group;
  const host = answered.length === 1 ? answered[0]!.registration.host : undefined;
  if (host !== undefined) return [rrset(TYPE.CNAME, ttl, [parseName(host)])];
  const [a, aaaa] = [new Set<Octets>(), new Set<Octets>()];
  for (const { rrsets } of nodes) {
    for (const { type, rdatas } of rrsets) {
      if (type === TYPE.A) for (const rdata of rdatas) a.add(rdata);
      else if (type === TYPE.AAAA) for (const rdata of rdatas) aaaa.add(rdata);
    }
  }
  const selection = { max: scheme.maxAnswers };
  return [
    ...(a.size > 0 ? [rrset(TYPE.A, ttl, [...a], selection)] : []),
    ...(aaaa.size > 0 ? [rrset(TYPE.AAAA, ttl, [...aaaa], selection)] : []),
    ...(srv === undefined ? [] : [srv]),
    ...bindingRRsets(group),
  ];
}

/** `_<port>._tcp` and `_<port>._udp` below the group, for every port name that one of its instances declares. */
export function portNodes(group: Group): Children {
  const names = { tcp: new Set<string>(), udp: new Set<string>() };
  for (const ports of portListsOf(group.registered)) for (const { name, protocol } of ports) names[protocol].add(name);
  let children: Children;
  for (const protocol of PROTOCOLS) {
    let below: Children;
    for (const name of names[protocol]) {
      const label = underscored(name);
      if (label === undefined) continue;
      const portOf: PortOf = (ports) => ports.find((port) => port.name === name && port.protocol === protocol);
      below = withChild(below, portNode(label, group, portOf));
    }
    if (below !== undefined) children = withChild(children, makeNode(`_${protocol}`, [], below));
  }
  return children;
}

/** The node of this label with SRV of one port of each answered instance that has it; NODATA when none has. */
export function portNode(label: string, group: Group, portOf: PortOf, notes?: Notes): Node {
  // Nearly always it is everybody's first port, and the RRset is there already.
  const isFirst = [...group.portLists].every((ports) => portOf(ports) === ports[0]);
  const srv = isFirst ? group.srv : srvRRset(group, portOf);
  return existingNode(label, srv === undefined ? [] : [srv], undefined, notes);
}

const NOTHING_ANSWERED = makeNode("_status", [rrset(TYPE.TXT, 0, [txt(["answered=0"])])]);

/**
 * The node of a name that exists whatever is answered there. One without a record at or below it cannot be transferred, and
 * secondaries would say NXDOMAIN where we say NODATA: so `_status` stands below it.
 */
export function existingNode(label: string, rrsets: readonly RRset[], children: Children, notes?: Notes): Node {
  const isBare = rrsets.length === 0 && children === undefined;
  return makeNode(label, rrsets, isBare ? NOTHING_ANSWERED : children, notes);
}
