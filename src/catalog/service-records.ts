import { parseName } from "../dns/name.ts";
import { EDE, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { withChild, withoutChild } from "../zone/children.ts";
import { type Children, childOf, findRRset, makeNode, type Node, type Notes } from "../zone/node.ts";
import { type RRset, rrset, type Selection } from "../zone/rrset.ts";
import { type Catalog, isRegistered, type Service } from "./catalog.ts";
import { configNode } from "./config-records.ts";
import { instanceNode, srvOf } from "./instance-records.ts";
import type { Instance, Port, Protocol } from "./model.ts";
import { type Scheme, underscored } from "./scheme.ts";
import { txt } from "./txt.ts";
import { type Answerable, answerableOf } from "./verdict.ts";

export const PROTOCOLS: readonly Protocol[] = ["tcp", "udp"];

/** The instances that a name speaks of: a service's, or those that bear one of its tags. */
interface Group {
  readonly members: readonly Instance[];
  readonly answerable: Answerable;
  readonly notes: Notes;
}

/** What is the same for all names of one service while they are derived. */
interface Context {
  readonly service: Service;
  readonly ttl: number;
  readonly scheme: Scheme;
  /** Nodes of the instances, which hold their address and SRV RDATA already. */
  readonly instances: Node;
}

/**
 * `<service>` and everything below it. `previous` is the node it had; only the instances in `changed` are derived again,
 * the others are taken over, unless what holds for the whole service changed.
 */
export function serviceNode(
  catalog: Catalog,
  service: Service,
  previous: Node | undefined,
  changed: ReadonlySet<string> | "all",
  scheme: Scheme,
): Node {
  const ttl = service.settings.ttlSeconds ?? scheme.ttlSeconds;
  const members = service.ids.map((id) => service.instances.get(id)!);
  const group = groupOf(service, members, scheme, "");
  const isSameRule = previous?.notes?.ede?.text === group.notes.ede?.text;
  const instances = instancesNode(
    catalog,
    service,
    previous && childOf(previous, "i"),
    isSameRule ? changed : "all",
    group.answerable.rule,
    scheme,
  );
  const context: Context = { service, ttl, scheme, instances };
  let children = protocolNodes(context, group);
  if (instances.children !== undefined) children = withChild(children, instances);
  for (const tag of tagsOf(catalog, service.name, members)) {
    children = withChild(children, tagNode(catalog, context, tag));
  }
  const config = configNode(catalog, { kind: "service", service: service.name }, ttl);
  if (config !== undefined) children = withChild(children, config);
  if (!isRegistered(service)) return makeNode(service.name, [], children);
  if (scheme.diagnostics) children = withChild(children, statusNode(group));
  return makeNode(service.name, groupRRsets(context, group), children, group.notes);
}

/** The tags that instances bear, and those that are only configured so far. */
function tagsOf(catalog: Catalog, service: string, members: readonly Instance[]): Set<string> {
  const tags = new Set(members.flatMap(({ registration }) => registration.tags));
  for (const { layer } of catalog.configsOf(service)) if (layer.kind === "tag") tags.add(layer.tag);
  return tags;
}

/** `i.<service>`: one node for each instance. */
function instancesNode(
  catalog: Catalog,
  service: Service,
  previous: Node | undefined,
  changed: ReadonlySet<string> | "all",
  rule: Answerable["rule"],
  scheme: Scheme,
): Node {
  const ttl = service.settings.ttlSeconds ?? scheme.ttlSeconds;
  const isFresh = changed === "all" || previous === undefined;
  const configured = [...catalog.configsOf(service.name)].flatMap(({ layer }) =>
    layer.kind === "instance" ? layer.id : [],
  );
  const configs = new Map<string, Node | undefined>();
  let children: Children = isFresh ? undefined : previous.children;
  for (const id of isFresh ? new Set([...service.ids, ...configured]) : changed) {
    const instance = service.instances.get(id);
    // Instances of the same tags and without a layer of their own share one node, however many they are.
    const key = configured.includes(id) ? `/${id}` : instance?.registration.tags.join(".");
    if (key !== undefined && !configs.has(key)) {
      configs.set(key, configNode(catalog, { kind: "instance", service: service.name, id }, ttl));
    }
    const config = key === undefined ? undefined : configs.get(key);
    if (instance !== undefined) children = withChild(children, instanceNode(instance, rule, config, ttl, scheme));
    else if (config !== undefined) children = withChild(children, makeNode(id, [], config));
    else children = withoutChild(children, id);
  }
  return makeNode("i", [], children);
}

/** `<tag>.<service>`: as the service itself, of the instances that bear the tag. */
function tagNode(catalog: Catalog, context: Context, tag: string): Node {
  const { service, scheme } = context;
  const members = service.ids
    .map((id) => service.instances.get(id)!)
    .filter(({ registration }) => registration.tags.includes(tag));
  const group = groupOf(service, members, scheme, ` tagged ${tag}`);
  const config = configNode(catalog, { kind: "tag", service: service.name, tag }, context.ttl);
  let children = protocolNodes(context, group);
  if (config !== undefined) children = withChild(children, config);
  return makeNode(tag, groupRRsets(context, group), children, group.notes);
}

function groupOf(service: Service, members: readonly Instance[], scheme: Scheme, which: string): Group {
  const answerable = answerableOf(members, service.settings.failurePolicy ?? "all");
  const negativeTtl = service.settings.negativeTtlSeconds ?? scheme.negativeTtlSeconds;
  const ede = errorOf(answerable, `${service.name}${which}`);
  return { members, answerable, notes: ede === undefined ? { negativeTtl } : { negativeTtl, ede } };
}

/** Why an answer is not simply the instances that pass (DESIGN §6). */
function errorOf({ rule }: Answerable, what: string): Notes["ede"] {
  switch (rule) {
    case "up":
      return undefined;
    case "failOpen":
      return { code: EDE.OTHER, text: `no instance of ${what} passes: answering all that did (failure policy all)` };
    case "failClosed":
      return { code: EDE.OTHER, text: `no instance of ${what} passes (failure policy none)` };
    case "notReady":
      return { code: EDE.NOT_READY, text: `no instance of ${what} has passed yet` };
    case "out":
      return { code: EDE.OTHER, text: `all instances of ${what} are draining or in maintenance` };
    case "empty":
      return { code: EDE.OTHER, text: `${what} has no instances` };
  }
}

/** A, AAAA and SRV of a group at its own name; or a CNAME when all there is is one host name. */
function groupRRsets(context: Context, { answerable }: Group): RRset[] {
  const [first, ...others] = answerable.instances;
  if (first?.registration.host !== undefined && others.length === 0) {
    return [rrset(TYPE.CNAME, context.ttl, [parseName(first.registration.host)])];
  }
  const nodes = answerable.instances.map((instance) => nodeOf(context, instance));
  const addresses = [TYPE.A, TYPE.AAAA].flatMap((type) => {
    const rdatas = new Set(nodes.flatMap((node) => findRRset(node, type)?.rdatas ?? []));
    return rdatas.size === 0 ? [] : [rrset(type, context.ttl, [...rdatas], { max: context.scheme.maxAnswers })];
  });
  return [...addresses, ...srvRRset(context, answerable.instances, ({ registration }) => registration.ports[0])];
}

/** `_<port>._tcp` and `_<port>._udp` below a group, for every port name that one of its members declares. */
function protocolNodes(context: Context, { members, answerable }: Group): Children {
  let children: Children;
  for (const protocol of PROTOCOLS) {
    const isOf = (name?: string) => (port: Port) => port.protocol === protocol && (name ?? port.name) === port.name;
    const names = new Set(
      members.flatMap(({ registration }) => registration.ports.filter(isOf()).map(({ name }) => name)),
    );
    let ports: Children;
    for (const name of names) {
      const label = underscored(name);
      const portOf = ({ registration }: Instance) => registration.ports.find(isOf(name));
      if (label !== undefined)
        ports = withChild(ports, makeNode(label, srvRRset(context, answerable.instances, portOf)));
    }
    if (ports !== undefined) children = withChild(children, makeNode(`_${protocol}`, [], ports));
  }
  return children;
}

/** `_<service>` under `_tcp` or `_udp` of the zone (RFC 2782): the first ports of that protocol, NODATA when none is. */
export function rfc2782Node(service: Service, own: Node, protocol: Protocol, scheme: Scheme): Node | undefined {
  const label = underscored(service.name);
  const instances = childOf(own, "i") ?? makeNode("i");
  if (label === undefined || !isRegistered(service)) return undefined;
  const ttl = service.settings.ttlSeconds ?? scheme.ttlSeconds;
  const members = service.ids.map((id) => service.instances.get(id)!);
  const { answerable, notes } = groupOf(service, members, scheme, "");
  const firstPort = ({ registration: { ports } }: Instance) => (ports[0]?.protocol === protocol ? ports[0] : undefined);
  return makeNode(
    label,
    srvRRset({ service, ttl, scheme, instances }, answerable.instances, firstPort),
    undefined,
    notes,
  );
}

function srvRRset(
  context: Context,
  instances: readonly Instance[],
  portOf: (instance: Instance) => Port | undefined,
): RRset[] {
  const rdatas: Octets[] = [];
  const weights: number[] = [];
  for (const instance of instances) {
    const port = portOf(instance);
    if (port === undefined) continue;
    rdatas.push(srvOf(instance, port, nodeOf(context, instance), context.scheme));
    weights.push(instance.registration.weight);
  }
  return rdatas.length === 0
    ? []
    : [rrset(TYPE.SRV, context.ttl, rdatas, selectionOf(weights, context.scheme.maxAnswers))];
}

function nodeOf({ instances }: Context, { id }: Instance): Node {
  return childOf(instances, id)!;
}

/** Running totals are needed only where a subset is drawn from records of different weight. */
function selectionOf(weights: readonly number[], max: number): Selection {
  if (weights.length <= max || weights.every((weight) => weight === weights[0])) return { max };
  let total = 0;
  // Weight 0 means a very small chance, not none (RFC 2782).
  return { max, totals: weights.map((weight) => (total += Math.max(weight, 0.1))) };
}

/** `_status.<service>`: what is answered and by which rule, for `dig`. */
function statusNode({ members, answerable, notes }: Group): Node {
  const strings = [
    `answered=${answerable.instances.length}`,
    `registered=${members.length}`,
    `rule=${answerable.rule}`,
  ];
  if (notes.ede !== undefined) strings.push(`why=${notes.ede.text}`);
  return makeNode("_status", [rrset(TYPE.TXT, 0, [txt(strings)])]);
}
