import { parseName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { eachChild, withoutChild } from "../zone/children.ts";
import { childOf, findRRset, isVacant, makeNode, type Node, type Notes } from "../zone/node.ts";
import { type RRset, rrset, sameRRset } from "../zone/rrset.ts";
import { sameNotes } from "../zone/same.ts";
import { withNode } from "../zone/with-node.ts";
import { givenRRset } from "./given-rrset.ts";
import type { Group, Member } from "./group.ts";
import { srvOf } from "./instance-records.ts";
import type { Port, Protocol } from "./model.ts";
import { membersOf } from "./party.ts";
import { answeredBy } from "./rule.ts";
import { PROTOCOLS, underscored } from "./scheme.ts";
import { bindingRRsets } from "./svcb-records.ts";
import { txt } from "./txt.ts";

/**
 * The node of a group: the records of its own name, and below it `_<port>._tcp` and `_<port>._udp` for every port name that
 * one of its instances declares. What else was below the node that is known stays.
 */
export function groupNode(label: string, group: Group): Node {
  const children = withoutChild(group.known?.children, NOTHING_ANSWERED.label);
  let node = makeNode(label, groupRRsets(group), children, group.notes);
  const own = findRRset(node, TYPE.SRV);
  for (const [protocol, name] of portNames(group)) {
    const portLabel = underscored(name);
    if (portLabel === undefined) continue;
    const portOf: PortOf = (ports) => ports.find((port) => port.name === name && port.protocol === protocol);
    node = withNode(node, [`_${protocol}`, portLabel], (at) => {
      const srv = portRRset(group, own, at, portOf);
      if (srv !== undefined) return makeNode(portLabel, [srv]);
      return isDeclared(group, portOf) ? existing(makeNode(portLabel)) : makeNode(portLabel);
    });
  }
  return withPortNotes(node, group.notes);
}

/** The names of all ports tell what the group's own name tells, also those whose records stayed: numbers may have changed. */
function withPortNotes(node: Node, notes: Notes): Node {
  for (const protocol of PROTOCOLS) {
    for (const { label } of eachChild(childOf(node, `_${protocol}`)?.children)) {
      node = withNode(node, [`_${protocol}`, label], (at) =>
        sameNotes(at.notes, notes) ? at : makeNode(label, at.rrsets, at.children, notes),
      );
    }
  }
  return node;
}

/** All records at the group's own name: a CNAME alone when all there is is one host name. */
function groupRRsets(group: Group): readonly RRset[] {
  const { ruling, known, policy } = group;
  const [a, aaaa] = [TYPE.A, TYPE.AAAA].map((type) =>
    givenRRset(type, group, known, ({ node }) => findRRset(node, type)?.rdatas ?? []),
  );
  if (a === undefined && aaaa === undefined && ruling.answered === 1) {
    for (const { registration } of answeredBy(ruling))
      if (registration.host !== undefined) return [rrset(TYPE.CNAME, policy.ttl, [parseName(registration.host)])];
  }
  const srv = srvRRset(group, known, (ports) => ports[0]);
  return [a, aaaa, srv, ...bindingRRsets(group)].filter((made) => made !== undefined);
}

/** The port names that the instances which came, went or changed declare, and those who stand in for them. */
function portNames({ ruling, changes, answered }: Group): [Protocol, string][] {
  const names = { tcp: new Set<string>(), udp: new Set<string>() };
  for (const { before, after } of ruling.failover === undefined ? changes : [...changes, ...answered]) {
    for (const member of [before, after]) {
      for (const { name, protocol } of member?.instance.registration.ports ?? []) names[protocol].add(name);
    }
  }
  return PROTOCOLS.flatMap((protocol) => Array.from(names[protocol], (name): [Protocol, string] => [protocol, name]));
}

/** Which of an instance's ports a name means, if any. */
export type PortOf = (ports: readonly Port[]) => Port | undefined;

function isDeclared({ ruling }: Group, portOf: PortOf): boolean {
  for (const { registration } of membersOf(ruling.party)) if (portOf(registration.ports) !== undefined) return true;
  return false;
}

/**
 * SRV of one port of each answered instance that has it; undefined when none has. `own` is the RRset of the group's own
 * name, and `at` the node that had this one: a service of thousands keeps its records once.
 */
export function portRRset(group: Group, own: RRset | undefined, at: Node, portOf: PortOf): RRset | undefined {
  if (own !== undefined && isFirst(group, at, portOf)) return own;
  const srv = srvRRset(group, at, portOf);
  return srv !== undefined && own !== undefined && sameRRset(own, srv) ? own : srv;
}

/** True when it is everybody's first port, as nearly always: then the RRset is there already. */
function isFirst({ known, answered }: Group, at: Node, portOf: PortOf): boolean {
  if (known !== undefined && findRRset(at, TYPE.SRV) !== findRRset(known, TYPE.SRV)) return false;
  const isFirstOf = (member: Member | undefined) => {
    const ports = member?.instance.registration.ports ?? [];
    return portOf(ports) === ports[0];
  };
  return answered.every(({ before, after }) => isFirstOf(before) && isFirstOf(after));
}

function srvRRset(group: Group, at: Node | undefined, portOf: PortOf): RRset | undefined {
  return givenRRset(TYPE.SRV, group, at, (member) => {
    const port = portOf(member.instance.registration.ports);
    return port === undefined ? [] : [srvOf(member, port, group.policy.scheme)];
  });
}

/** Stands below names that have nothing to answer. One node for all of them. */
export const NOTHING_ANSWERED = makeNode("_status", [rrset(TYPE.TXT, 0, [txt(["answered=0"])])]);

/**
 * The node of a name that exists whatever is answered there. One without a record at or below it cannot be transferred, and
 * secondaries would say NXDOMAIN where we say NODATA: so `_status` stands below it.
 */
export function existing(node: Node): Node {
  return isVacant(node) ? makeNode(node.label, [], NOTHING_ANSWERED, node.notes) : node;
}
