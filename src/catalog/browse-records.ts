import { type Name, nameOf } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { type Difference, differences, eachChild } from "../zone/children.ts";
import { childOf, findRRset, makeNode, type Node } from "../zone/node.ts";
import { type RRset, rrset } from "../zone/rrset.ts";
import { kept, withNode } from "../zone/with-node.ts";
import type { Group } from "./group.ts";
import { existing, NOTHING_ANSWERED } from "./group-records.ts";
import { metadataRRset, metadataStrings } from "./instance-records.ts";
import type { Protocol, Registration } from "./model.ts";
import { type Moves, noMoves } from "./moves.ts";
import { pointersAfter, withPointers } from "./pointers.ts";
import { answeredBy } from "./rule.ts";
import { PROTOCOLS, type Scheme } from "./scheme.ts";
import { stringsOf, txt } from "./txt.ts";

/*
 * Browsing after RFC 6763. A DNS-SD service instance is one of our services (decisions/0005): `web` of type `_http._tcp` is
 * the port named `http` of the instances that are answered for `web`.
 */

/** DNS-SD's own names stand below `_dns-sd._udp`, which is therefore no service type. */
const DNS_SD = "_dns-sd";
/** The domains to browse, asked for by name and by clients that ask no user (RFC 6763 §11). */
const DOMAIN_LABELS = ["b", "lb"];

/**
 * TXT of a service instance (RFC 6763 §6): the metadata that all answered have in common, or one empty string. `known` is
 * the one that it had.
 */
function descriptionRRset({ known: node, answered, ruling, policy }: Group, known: RRset | undefined): RRset {
  // In common is at least what was, as far as it is with those that came: mostly the first instance has no more.
  let least: readonly Octets[] = node && known ? stringsOf(known.rdatas[0]!) : [];
  for (const { after } of answered)
    if (after !== undefined) least = inBoth(least, metadataStrings(after.instance.registration.meta));
  let common: readonly Octets[] | undefined;
  let [first, last]: (Registration["meta"] | undefined)[] = [];
  for (const { registration } of answeredBy(ruling)) {
    // Instances share their metadata (sharing.ts).
    const { meta } = registration;
    if (meta === last) continue;
    const strings = metadataStrings(meta);
    common = common === undefined ? strings : inBoth(common, strings);
    first ??= meta;
    last = meta;
    if (common.length <= least.length) break;
  }
  const isAll = first !== undefined && common?.length === metadataStrings(first).length;
  return (isAll && metadataRRset(first!, policy.ttl)) || rrset(TYPE.TXT, policy.ttl, [txt(common ?? [])]);
}

function inBoth(some: readonly Octets[], others: readonly Octets[]): readonly Octets[] {
  return some.filter((string) => others.includes(string));
}

/**
 * The zone with one service's `<service>._<port>._<protocol>` as its node in `apex` has it: SRV and TXT for each port under
 * which it is answered, NODATA for one that is only declared, and nothing more of the ports that its node `before` had. The
 * SRV RRset is the one of `_<port>._<protocol>.<service>` itself: a service of thousands keeps its records once.
 */
export function withInstances(apex: Node, name: string, before: Node | undefined, group: Group): Node {
  const own = childOf(apex, name);
  let description: RRset | undefined;
  for (const protocol of PROTOCOLS) {
    const [ports, portsBefore] = [protocolNode(own, protocol), protocolNode(before, protocol)];
    for (const type of new Set([ports, portsBefore].flatMap((node) => typesOf(node, protocol)))) {
      const port = ports && childOf(ports, type);
      const srv = port && findRRset(port, TYPE.SRV);
      apex = withNode(apex, [`_${protocol}`, type, name], (known) => {
        if (port === undefined) return makeNode(name);
        if (srv === undefined) return kept(known, existing(makeNode(name, [], undefined, own?.notes)));
        description ??= descriptionRRset(group, findRRset(known, TYPE.TXT));
        const made = makeNode(name, [srv, description], undefined, own?.notes);
        return known.rrsets[0] === srv ? kept(known, made) : made;
      });
    }
  }
  return apex;
}

/** The service types among the names below `_tcp` or `_udp`. */
function typesOf(node: Node | undefined, protocol: Protocol): string[] {
  return [...eachChild(node?.children)].map(({ label }) => label).filter((label) => isType(label, protocol));
}

function isType(label: string, protocol: Protocol): boolean {
  return !(protocol === "udp" && label === DNS_SD);
}

function protocolNode(node: Node | undefined, protocol: Protocol): Node | undefined {
  return node && childOf(node, `_${protocol}`);
}

/**
 * The zone with the pointers that lead to what is browsed: of the types whose service instances came or went since
 * `before`, of the list of types, and of the domain. It costs what came and went.
 */
export function withBrowsing(before: Node, after: Node, scheme: Scheme): Node {
  let apex = after;
  const types = noMoves();
  for (const protocol of PROTOCOLS) {
    const [was, is] = [protocolNode(before, protocol), protocolNode(after, protocol)];
    for (const { before: old, after: node } of differences(was?.children, is?.children)) {
      if (node === undefined || !isType(node.label, protocol)) continue;
      const type = nameOf([node.label, `_${protocol}`], scheme.zone);
      const known = old && findRRset(old, TYPE.PTR);
      const pointers = pointersAfter(movesOf(differences(old?.children, node.children), type), known, scheme);
      apex = withNode(apex, [`_${protocol}`, node.label], (each) => withPointers(each, pointers));
      if (known === undefined && pointers !== undefined) types.came.push(type);
      if (known !== undefined && pointers === undefined) types.went.push(type);
    }
  }
  return withDomain(before, apex, types, scheme);
}

function movesOf(changes: Iterable<Difference<Node>>, type: Name): Moves {
  const moves = noMoves();
  for (const { before, after } of changes) {
    const { label } = (after ?? before)!;
    if (label === NOTHING_ANSWERED.label) continue; // the type is also the RFC 2782 form of a service
    if (before === undefined) moves.came.push(nameOf([label], type));
    else if (after === undefined) moves.went.push(nameOf([label], type));
  }
  return moves;
}

/** `_services` (RFC 6763 §9) and the domains to browse, for as long as there is a type. */
function withDomain(before: Node, after: Node, types: Moves, scheme: Scheme): Node {
  const list = ["_udp", DNS_SD, "_services"];
  const known = list.reduce<Node | undefined>((node, label) => node && childOf(node, label), before);
  const services = pointersAfter(types, known && findRRset(known, TYPE.PTR), scheme);
  const domain = services && rrset(TYPE.PTR, scheme.ttlSeconds, [scheme.zone]);
  let apex = withNode(after, list, (node) => withPointers(node, services));
  for (const label of DOMAIN_LABELS) {
    apex = withNode(apex, ["_udp", DNS_SD, label], (node) => withPointers(node, domain));
  }
  return apex;
}
