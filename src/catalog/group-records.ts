import { parseName } from "../dns/name.ts";
import { EDE, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { withChild } from "../zone/children.ts";
import { type Children, childOf, type ExtendedError, makeNode, type Node, type Notes } from "../zone/node.ts";
import { type RRset, rrset, type Selection } from "../zone/rrset.ts";
import { srvOf } from "./instance-records.ts";
import type { FailurePolicy, Instance, Port, Protocol } from "./model.ts";
import { type Scheme, underscored } from "./scheme.ts";
import type { Answerable } from "./verdict.ts";

export const PROTOCOLS: readonly Protocol[] = ["tcp", "udp"];

/** What the records of a group follow besides its instances. */
export interface GroupPolicy {
  readonly failurePolicy: FailurePolicy;
  readonly ttl: number;
  readonly negativeTtl: number;
  readonly scheme: Scheme;
}

/** The instances that a name speaks of: a service's, or those that bear one of its tags. */
export interface Group {
  readonly registered: readonly Instance[];
  readonly rule: Answerable["rule"];
  readonly answered: readonly Instance[];
  /** Of each answered instance its node, which holds its addresses and the SRV of its first port already. */
  readonly nodes: readonly Node[];
  /** SRV of every answered instance at its first port. */
  readonly srv: RRset | undefined;
  /** The lists of ports among the answered, each once: instances share theirs (sharing.ts), so there are few. */
  readonly portLists: ReadonlySet<readonly Port[]>;
  readonly notes: Notes;
  readonly policy: GroupPolicy;
}

/** `parent` is the `i` node of the service; `what` names the group for people. */
export function groupOf(
  { rule, instances: answered }: Answerable,
  registered: readonly Instance[],
  parent: Node,
  what: string,
  policy: GroupPolicy,
): Group {
  const nodes = answered.map(({ id }) => childOf(parent, id)!);
  const srv = srvRRset(answered, nodes, (ports) => ports[0], policy);
  const notes = notesOf(rule, what, policy);
  return { registered, rule, answered, nodes, srv, portLists: portListsOf(answered), notes, policy };
}

function portListsOf(instances: readonly Instance[]): Set<readonly Port[]> {
  const lists = new Set<readonly Port[]>();
  let last: readonly Port[] | undefined;
  for (const { registration } of instances) {
    if (registration.ports !== last) lists.add(registration.ports);
    last = registration.ports;
  }
  return lists;
}

/** What goes with the answers of a group: its negative TTL, and why they are not simply the instances that pass. */
export function notesOf(rule: Answerable["rule"], what: string, { negativeTtl }: GroupPolicy): Notes {
  switch (rule) {
    case "up":
      return { negativeTtl };
    case "failOpen":
      return { negativeTtl, ede: other(`no instance of ${what} passes: answering all that did (failure policy all)`) };
    case "failClosed":
      return { negativeTtl, ede: other(`no instance of ${what} passes (failure policy none)`) };
    case "notReady":
      return { negativeTtl, ede: { code: EDE.NOT_READY, text: `no instance of ${what} has passed yet` } };
    case "out":
      return { negativeTtl, ede: other(`all instances of ${what} are draining or in maintenance`) };
    case "empty":
      return { negativeTtl, ede: other(`${what} has no instances`) };
  }
}

function other(text: string): ExtendedError {
  return { code: EDE.OTHER, text };
}

/** A, AAAA and SRV at the group's own name; or a CNAME when all there is is one host name. */
export function groupRRsets({ answered, nodes, srv, policy: { ttl, scheme } }: Group): RRset[] {
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

/** Which of an instance's ports a name means, if any. */
export type PortOf = (ports: readonly Port[]) => Port | undefined;

/** The node of this label with SRV of one port of each answered instance that has it; NODATA when none has. */
export function portNode(label: string, group: Group, portOf: PortOf, notes?: Notes): Node {
  // Nearly always it is everybody's first port, and the RRset is there already.
  const isFirst = [...group.portLists].every((ports) => portOf(ports) === ports[0]);
  const srv = isFirst ? group.srv : srvRRset(group.answered, group.nodes, portOf, group.policy);
  return makeNode(label, srv === undefined ? [] : [srv], undefined, notes);
}

function srvRRset(
  instances: readonly Instance[],
  nodes: readonly Node[],
  portOf: PortOf,
  { ttl, scheme }: GroupPolicy,
): RRset | undefined {
  const rdatas: Octets[] = [];
  const sources: Instance[] = [];
  for (let i = 0; i < instances.length; i++) {
    const instance = instances[i]!;
    const port = portOf(instance.registration.ports);
    if (port === undefined) continue;
    rdatas.push(srvOf(instance, port, nodes[i]!, scheme));
    sources.push(instance);
  }
  return rdatas.length === 0 ? undefined : rrset(TYPE.SRV, ttl, rdatas, selectionOf(sources, scheme.maxAnswers));
}

/** Running totals of the weights, only where a subset is drawn from records of different weight. */
function selectionOf(instances: readonly Instance[], max: number): Selection {
  const first = instances[0]!.registration.weight;
  if (instances.length <= max || instances.every(({ registration }) => registration.weight === first)) return { max };
  let total = 0;
  const totals = instances.map(({ registration }) => {
    total += Math.max(registration.weight, 0.1); // Weight 0 means a very small chance, not none (RFC 2782).
    return total;
  });
  return { max, totals };
}
