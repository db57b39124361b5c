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

/** An instance that is answered, and its node, which holds its addresses and the SRV of its first port already. */
interface Member {
  readonly instance: Instance;
  readonly node: Node;
}

/** The instances that a name speaks of: a service's, or those that bear one of its tags. */
export interface Group {
  readonly registered: readonly Instance[];
  readonly rule: Answerable["rule"];
  readonly answered: readonly Member[];
  /** SRV of every answered member at its first port. */
  readonly srv: RRset | undefined;
  readonly notes: Notes;
  readonly policy: GroupPolicy;
}

/** `nodes` is the `i` node of the service; `what` names the group for people. */
export function groupOf(
  answerable: Answerable,
  registered: readonly Instance[],
  nodes: Node,
  what: string,
  policy: GroupPolicy,
): Group {
  const answered = answerable.instances.map((instance) => ({ instance, node: childOf(nodes, instance.id)! }));
  const notes = notesOf(answerable.rule, what, policy);
  const srv = srvRRset(answered, ({ registration }) => registration.ports[0], policy);
  return { registered, rule: answerable.rule, answered, srv, notes, policy };
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
export function groupRRsets({ answered, srv, policy: { ttl, scheme } }: Group): RRset[] {
  const host = answered.length === 1 ? answered[0]!.instance.registration.host : undefined;
  if (host !== undefined) return [rrset(TYPE.CNAME, ttl, [parseName(host)])];
  const rdatas = new Map([TYPE.A, TYPE.AAAA].map((type) => [type as number, new Set<Octets>()]));
  for (const { node } of answered) {
    for (const own of node.rrsets) for (const rdata of own.rdatas) rdatas.get(own.type)?.add(rdata);
  }
  const addresses = [...rdatas].flatMap(([type, each]) =>
    each.size === 0 ? [] : rrset(type, ttl, [...each], { max: scheme.maxAnswers }),
  );
  return srv === undefined ? addresses : [...addresses, srv];
}

/** `_<port>._tcp` and `_<port>._udp` below the group, for every port name that one of its instances declares. */
export function portNodes(group: Group): Children {
  const names = { tcp: new Set<string>(), udp: new Set<string>() };
  for (const { registration } of group.registered)
    for (const { name, protocol } of registration.ports) names[protocol].add(name);
  let children: Children;
  for (const protocol of PROTOCOLS) {
    let ports: Children;
    for (const name of names[protocol]) {
      const label = underscored(name);
      if (label !== undefined)
        ports = withChild(
          ports,
          portNode(label, group, (port) => port.name === name && port.protocol === protocol),
        );
    }
    if (ports !== undefined) children = withChild(children, makeNode(`_${protocol}`, [], ports));
  }
  return children;
}

/** The node of this label with SRV of the port of each member that `isIt`; NODATA, with the group's reason, when none has it. */
export function portNode(
  label: string,
  group: Group,
  isIt: (port: Port, isFirst: boolean) => boolean,
  notes?: Notes,
): Node {
  const portOf = ({ registration }: Instance) => registration.ports.find((port, i) => isIt(port, i === 0));
  // Nearly always it is everybody's first port, and the RRset is there already.
  const isFirst = group.answered.every(({ instance }) => portOf(instance) === instance.registration.ports[0]);
  const srv = isFirst ? group.srv : srvRRset(group.answered, portOf, group.policy);
  return makeNode(label, srv === undefined ? [] : [srv], undefined, notes);
}

function srvRRset(
  members: readonly Member[],
  portOf: (instance: Instance) => Port | undefined,
  { ttl, scheme }: GroupPolicy,
): RRset | undefined {
  const rdatas: Octets[] = [];
  const weights: number[] = [];
  for (const { instance, node } of members) {
    const port = portOf(instance);
    if (port === undefined) continue;
    rdatas.push(srvOf(instance, port, node, scheme));
    weights.push(instance.registration.weight);
  }
  return rdatas.length === 0 ? undefined : rrset(TYPE.SRV, ttl, rdatas, selectionOf(weights, scheme.maxAnswers));
}

/** Running totals are needed only where a subset is drawn from records of different weight. */
function selectionOf(weights: readonly number[], max: number): Selection {
  if (weights.length <= max || weights.every((weight) => weight === weights[0])) return { max };
  let total = 0;
  const totals = weights.map((weight) => {
    total += Math.max(weight, 0.1); // Weight 0 means a very small chance, not none (RFC 2782).
    return total;
  });
  return { max, totals };
}
