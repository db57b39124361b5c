import { ipv4Octets, ipv6Octets } from "../dns/addresses.ts";
import { type Name, parseName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { flat, type Octets, u16, utf8 } from "../dns/octets.ts";
import { type Children, findRRset, makeNode, type Node } from "../zone/node.ts";
import { type RRset, rrset } from "../zone/rrset.ts";
import type { GroupPolicy, Member } from "./group.ts";
import type { Instance, Port, Registration } from "./model.ts";
import { isAnswered, type Rule, type Ruling } from "./rule.ts";
import { instanceName, type Scheme } from "./scheme.ts";
import { STRING_OCTETS_MAX, txt } from "./txt.ts";
import { isUp, verdictOf } from "./verdict.ts";
import { wireWeightOf } from "./weight.ts";

/** `<id>.i.<service>`: what one instance is, whatever its health, above what stands below its name. */
export function instanceNode(instance: Instance, policy: GroupPolicy, children?: Children): Node {
  return makeNode(instance.id, instanceRRsets(instance, policy), children);
}

function instanceRRsets(instance: Instance, policy: GroupPolicy): RRset[] {
  const { addresses, host, ports, meta, priority } = instance.registration;
  const { scheme } = policy;
  // Nobody may still know the name when its drain is over: the wait began when the last TTL above 0 was handed out.
  const ttl = instance.operator?.state === "draining" ? 0 : policy.ttl;
  // A CNAME suffers nothing beside it (RFC 2181 §10.1): who has a host name is only that.
  if (host !== undefined) return [rrset(TYPE.CNAME, ttl, [flat(parseName(host))])];
  const rrsets: RRset[] = [];
  const a = addresses.flatMap((address) => ipv4Octets(address) ?? []);
  const aaaa = addresses.flatMap((address) => ipv6Octets(address) ?? []);
  const port = ports[0];
  if (a.length > 0) rrsets.push(rrset(TYPE.A, ttl, a));
  if (aaaa.length > 0) rrsets.push(rrset(TYPE.AAAA, ttl, aaaa));
  if (port !== undefined) {
    const weight = wireWeightOf(instance, policy);
    rrsets.push(rrset(TYPE.SRV, ttl, [srvRdata(priority, weight, port, targetOf(instance, scheme))]));
  }
  const metadata = metadataRRset(meta, ttl);
  if (metadata !== undefined) rrsets.push(metadata);
  return rrsets;
}

type Metadata = Registration["meta"];

const metadataMemo = new WeakMap<object, RRset>();

/** The TXT of an instance's metadata. Instances that share their metadata share the RRset. */
export function metadataRRset(meta: Metadata, ttl: number): RRset | undefined {
  const known = metadataMemo.get(meta);
  if (known?.ttl === ttl) return known;
  const strings = metadataStrings(meta);
  if (strings.length === 0) return undefined;
  const made = rrset(TYPE.TXT, ttl, [txt(strings)]);
  metadataMemo.set(meta, made);
  return made;
}

/** `key=value` of each, as far as a character-string goes. */
export function metadataStrings(meta: Metadata): Octets[] {
  return Object.entries(meta).map(([key, value]) => utf8(`${key}=${value}`).slice(0, STRING_OCTETS_MAX));
}

/** A member's SRV RDATA for one of its ports (RFC 2782); its node holds that of the first port already. */
export function srvOf({ instance, node, weight }: Member, port: Port, scheme: Scheme): Octets {
  const { ports, priority } = instance.registration;
  const own = port === ports[0] ? findRRset(node, TYPE.SRV)?.rdatas[0] : undefined;
  return own ?? srvRdata(priority, weight, port, targetOf(instance, scheme));
}

/** Where an instance is reached: its own name, or the host name that it brought. */
export function targetOf({ service, id, registration: { host } }: Instance, scheme: Scheme): Name {
  return host === undefined ? instanceName(service, id, scheme) : parseName(host);
}

function srvRdata(priority: number, weight: number, { port }: Port, target: Name): Octets {
  return flat(u16(priority) + u16(weight) + u16(port) + target);
}

/** Why a rule answers one that is not up, or does not answer one that is. */
const EXCEPTIONS: Readonly<Record<Rule, string>> = {
  up: "",
  braked: "held by the brake",
  failover: "others stand in",
  failOpen: "failing open",
  last: "it passed last",
  failClosed: "too few pass",
  notReady: "",
  out: "",
  empty: "",
};

const WHY_MEMO_MAX = 4096;
const whyNodes = new Map<string, Node>();

/** `_why.<id>.i.<service>`: state, whether it is answered, and the reason. Instances in the same state share the node. */
export function whyNode(instance: Instance, ruling: Ruling): Node {
  const { state, reason } = verdictOf(instance);
  const answered = isAnswered(instance, ruling);
  const why = answered === isUp(state) ? "" : `, ${EXCEPTIONS[ruling.rule]}`;
  const rdata = txt([`state=${state}`, `answered=${answered ? "yes" : "no"}${why}`, utf8(`reason=${reason}`)]);
  let node = whyNodes.get(rdata);
  if (node === undefined) {
    if (whyNodes.size >= WHY_MEMO_MAX) whyNodes.clear();
    node = makeNode("_why", [rrset(TYPE.TXT, 0, [rdata])]);
    whyNodes.set(rdata, node);
  }
  return node;
}
