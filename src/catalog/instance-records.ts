import { ipv4Octets, ipv6Octets } from "../dns/addresses.ts";
import { type Name, parseName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { flat, type Octets, u16, utf8 } from "../dns/octets.ts";
import { withChild } from "../zone/children.ts";
import { type Children, findRRset, makeNode, type Node } from "../zone/node.ts";
import { type RRset, rrset } from "../zone/rrset.ts";
import type { Instance, Port, Registration } from "./model.ts";
import { isAnswered, type Rule } from "./rule.ts";
import { instanceName, type Scheme } from "./scheme.ts";
import { STRING_OCTETS_MAX, txt } from "./txt.ts";
import { isUp, verdictOf } from "./verdict.ts";

/** Small weights are all equal to HAProxy, which takes (w+255)/256; ratios stay exact for everyone (DNS.md §2.11). */
const WEIGHT_FACTOR = 256;

/** `<id>.i.<service>`: what one instance is, whatever its health. `config` is its `_config` node, if it has one. */
export function instanceNode(
  instance: Instance,
  rule: Rule,
  config: Node | undefined,
  ttl: number,
  scheme: Scheme,
): Node {
  let children: Children = scheme.diagnostics ? whyNode(instance, rule) : undefined;
  if (config !== undefined) children = withChild(children, config);
  return makeNode(instance.id, instanceRRsets(instance, ttl, scheme), children);
}

function instanceRRsets({ service, id, registration }: Instance, ttl: number, scheme: Scheme): RRset[] {
  const { addresses, host, ports, meta } = registration;
  // A CNAME suffers nothing beside it (RFC 2181 §10.1): who has a host name is only that.
  if (host !== undefined) return [rrset(TYPE.CNAME, ttl, [flat(parseName(host))])];
  const rrsets: RRset[] = [];
  const a = addresses.flatMap((address) => ipv4Octets(address) ?? []);
  const aaaa = addresses.flatMap((address) => ipv6Octets(address) ?? []);
  const port = ports[0];
  if (a.length > 0) rrsets.push(rrset(TYPE.A, ttl, a));
  if (aaaa.length > 0) rrsets.push(rrset(TYPE.AAAA, ttl, aaaa));
  if (port !== undefined) {
    rrsets.push(rrset(TYPE.SRV, ttl, [srvRdata(registration, port, instanceName(service, id, scheme))]));
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

/** An instance's SRV RDATA for one of its ports (RFC 2782); `node` is its own, which holds that of the first port already. */
export function srvOf(instance: Instance, port: Port, node: Node, scheme: Scheme): Octets {
  const { registration } = instance;
  const own = port === registration.ports[0] ? findRRset(node, TYPE.SRV)?.rdatas[0] : undefined;
  if (own !== undefined) return own;
  return srvRdata(registration, port, targetOf(instance, scheme));
}

/** Where an instance is reached: its own name, or the host name that it brought. */
export function targetOf({ service, id, registration: { host } }: Instance, scheme: Scheme): Name {
  return host === undefined ? instanceName(service, id, scheme) : parseName(host);
}

function srvRdata(registration: Registration, { port }: Port, target: Name): Octets {
  return flat(u16(registration.priority) + u16(registration.weight * WEIGHT_FACTOR) + u16(port) + target);
}

const WHY_MEMO_MAX = 4096;
const whyNodes = new Map<string, Node>();

/** `_why.<id>.i.<service>`: state, whether it is answered, and the reason. Instances in the same state share the node. */
function whyNode(instance: Instance, rule: Rule): Node {
  const { state, reason } = verdictOf(instance);
  const answered = !isAnswered(instance, rule) ? "no" : isUp(state) ? "yes" : "yes, failing open";
  const rdata = txt([`state=${state}`, `answered=${answered}`, utf8(`reason=${reason}`)]);
  let node = whyNodes.get(rdata);
  if (node === undefined) {
    if (whyNodes.size >= WHY_MEMO_MAX) whyNodes.clear();
    node = makeNode("_why", [rrset(TYPE.TXT, 0, [rdata])]);
    whyNodes.set(rdata, node);
  }
  return node;
}
