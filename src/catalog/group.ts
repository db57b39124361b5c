import { EDE, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { childOf, type ExtendedError, type Node, type Notes } from "../zone/node.ts";
import { type RRset, rrset, type Selection } from "../zone/rrset.ts";
import { srvOf } from "./instance-records.ts";
import type { FailurePolicy, Instance, Port } from "./model.ts";
import type { Scheme } from "./scheme.ts";
import type { Answerable } from "./verdict.ts";

/** What the records of a group follow besides its instances. */
export interface GroupPolicy {
  readonly failurePolicy: FailurePolicy;
  readonly ttl: number;
  readonly negativeTtl: number;
  readonly scheme: Scheme;
}

/** The instances that a name speaks of: a service's, or those that bear one of its tags. */
export interface Group extends Answered {
  readonly registered: readonly Instance[];
  readonly rule: Answerable["rule"];
  /** SRV of every answered instance at its first port. */
  readonly srv: RRset | undefined;
  /** The lists of ports among the answered. */
  readonly portLists: ReadonlySet<readonly Port[]>;
  readonly notes: Notes;
}

interface Answered {
  readonly answered: readonly Instance[];
  /** Of each answered instance its node, which holds its addresses and the SRV of its first port already. */
  readonly nodes: readonly Node[];
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
  const srv = srvRRset({ answered, nodes, policy }, (ports) => ports[0]);
  const notes = notesOf(rule, what, policy);
  return { registered, rule, answered, nodes, srv, portLists: portListsOf(answered), notes, policy };
}

/** The lists of ports that instances have, each once: they share theirs (sharing.ts), so there are few. */
export function portListsOf(instances: readonly Instance[]): Set<readonly Port[]> {
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

/** Which of an instance's ports a name means, if any. */
export type PortOf = (ports: readonly Port[]) => Port | undefined;

/** SRV of one port of each answered instance that has it; undefined when none has. */
export function srvRRset(group: Answered, portOf: PortOf): RRset | undefined {
  return answeredRRset(TYPE.SRV, group, portOf, (instance, port, node) =>
    srvOf(instance, port, node, group.policy.scheme),
  );
}

/** The RRset of what `rdataOf` says of each answered instance that has the port; undefined when none has. */
export function answeredRRset(
  type: number,
  { answered, nodes, policy: { ttl, scheme } }: Answered,
  portOf: PortOf,
  rdataOf: (instance: Instance, port: Port, node: Node) => Octets,
): RRset | undefined {
  const rdatas: Octets[] = [];
  const sources: Instance[] = [];
  const hosts = new Set<Octets>();
  for (let i = 0; i < answered.length; i++) {
    const instance = answered[i]!;
    const port = portOf(instance.registration.ports);
    if (port === undefined) continue;
    const rdata = rdataOf(instance, port, nodes[i]!);
    if (instance.registration.host !== undefined) {
      // Instances may share a host name: one record then stands for them all.
      if (hosts.has(rdata)) continue;
      hosts.add(rdata);
    }
    rdatas.push(rdata);
    sources.push(instance);
  }
  return rdatas.length === 0 ? undefined : rrset(type, ttl, rdatas, selectionOf(sources, scheme.maxAnswers));
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
