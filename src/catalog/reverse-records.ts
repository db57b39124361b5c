import { foldedNameOf, isAtOrBelow, labelsOf, type Name, nameOf, ROOT } from "../dns/name.ts";
import { parseNetwork } from "../dns/networks.ts";
import { TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { differences } from "../zone/children.ts";
import { childOf, findRRset, makeNode, type Node } from "../zone/node.ts";
import { withNode } from "../zone/with-node.ts";
import { type Moves, noMoves } from "./moves.ts";
import { pointersAfter, withPointers } from "./pointers.ts";
import { instanceName, type Scheme } from "./scheme.ts";

/** How the addresses of a family are written as names. */
interface Family {
  readonly suffix: Name;
  readonly labelBits: number;
  readonly labelsMax: number;
  readonly label: RegExp;
}

/** A label for each octet (RFC 1035 §3.5). */
const IPV4: Family = {
  suffix: nameOf(["in-addr", "arpa"]),
  labelBits: 8,
  labelsMax: 4,
  label: /^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$/,
};
/** A label for each four bits (RFC 3596 §2.5). */
const IPV6: Family = { suffix: nameOf(["ip6", "arpa"]), labelBits: 4, labelsMax: 32, label: /^[0-9a-f]$/ };

/**
 * The generated part of a reverse zone: a PTR for every address of an instance that lies in `origin`. It is advanced from
 * `reverse` by what differs between two generated parts of the discovery zone, and costs what differs.
 */
export function deriveReverse(reverse: Node, origin: Name, before: Node, after: Node, scheme: Scheme): Node {
  let apex = reverse;
  for (const [address, moves] of movesByAddress(before, after, scheme)) {
    const path = pathBelow(origin, reverseName(address));
    if (path === undefined) continue;
    apex = withNode(apex, path, (node) => withPointers(node, pointersAfter(moves, findRRset(node, TYPE.PTR), scheme)));
  }
  return apex;
}

/** SOA and NS of a reverse zone for which no master file has any: those of the discovery zone, whose `apex` holds both. */
export function reverseApex(origin: Name, apex: Node): Node {
  return makeNode(labelsOf(origin)[0] ?? "", [findRRset(apex, TYPE.SOA)!, findRRset(apex, TYPE.NS)!]);
}

/** The names that each address gained and lost, from service to service and instance to instance. */
function movesByAddress(before: Node, after: Node, scheme: Scheme): Map<Octets, Moves> {
  const moves = new Map<Octets, Moves>();
  const movesOf = (address: Octets) => {
    const known = moves.get(address) ?? noMoves();
    moves.set(address, known);
    return known;
  };
  for (const service of differences(before.children, after.children)) {
    const name = (service.after ?? service.before)!.label;
    for (const instance of differences(instancesOf(service.before), instancesOf(service.after))) {
      const target = instanceName(name, (instance.after ?? instance.before)!.label, scheme);
      const [was, is] = [addressesOf(instance.before), addressesOf(instance.after)];
      for (const address of is) if (!was.includes(address)) movesOf(address).came.push(target);
      for (const address of was) if (!is.includes(address)) movesOf(address).went.push(target);
    }
  }
  return moves;
}

function instancesOf(service: Node | undefined): Node["children"] {
  return service && childOf(service, "i")?.children;
}

/** Four octets or sixteen each. */
function addressesOf(instance: Node | undefined): Octets[] {
  if (instance === undefined) return [];
  return instance.rrsets.flatMap(({ type, rdatas }) => (type === TYPE.A || type === TYPE.AAAA ? rdatas : []));
}

/** `4.3.2.1.in-addr.arpa`, or the nibbles below `ip6.arpa`. */
function reverseName(address: Octets): Name {
  const octets = [...address].map((octet) => octet.charCodeAt(0)).reverse();
  if (address.length === 4) return nameOf(octets.map(String), IPV4.suffix);
  const nibbles = octets.flatMap((octet) => [octet & 15, octet >> 4]);
  return nameOf(
    nibbles.map((nibble) => nibble.toString(16)),
    IPV6.suffix,
  );
}

/** The labels that lead from an origin to a name at or below it, topmost first; undefined when it is neither. */
function pathBelow(origin: Name, name: Name): string[] | undefined {
  if (!isAtOrBelow(name, origin)) return undefined;
  return labelsOf(name.slice(0, name.length - origin.length) + ROOT).reverse();
}

/**
 * The origin of a reverse zone, folded, from its network ("10.0.0.0/8", "2001:db8::/32") or its name. Undefined when the
 * network does not end where a label does, at 8 bits or at 4, and when no address has a name there.
 */
export function parseReverseZone(text: string): Name | undefined {
  const network = parseNetwork(text);
  if (network === undefined) return parseReverseName(text);
  const { labelBits, labelsMax } = network.octets.length === 4 ? IPV4 : IPV6;
  if (network.bits % labelBits !== 0) return undefined;
  const labels = labelsOf(reverseName(network.octets));
  return nameOf(labels.slice(labelsMax - network.bits / labelBits));
}

function parseReverseName(text: string): Name | undefined {
  const name = foldedNameOf(text);
  if (name === undefined) return undefined;
  const isWithin = ({ suffix, labelsMax, label }: Family) => {
    const path = pathBelow(suffix, name);
    return path !== undefined && path.length <= labelsMax && path.every((each) => label.test(each));
  };
  return isWithin(IPV4) || isWithin(IPV6) ? name : undefined;
}
