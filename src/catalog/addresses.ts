import { ipv4Octets, ipv4Text, ipv6Octets, ipv6Text } from "../dns/addresses.ts";
import { foldName } from "../dns/name.ts";
import { type Fault, shown } from "./fields.ts";

const IPV4_MAPPED = "\0\0\0\0\0\0\0\0\0\0\xff\xff";
const IPV6_UNSPECIFIED = "\0".repeat(16);
const HOST_OCTETS_MAX = 253;
const HOST_LABEL_PATTERN = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** The canonical text of an address that one host can have (IPv6: RFC 5952; IPv4-mapped as IPv4), or undefined. */
export function addressAt(value: unknown, path: string, faults: Fault[]): string | undefined {
  const address = typeof value === "string" ? canonicalAddress(value) : undefined;
  const rule = address === undefined ? "must be an IPv4 or IPv6 address" : groupRule(address);
  if (rule !== undefined) faults.push({ path, message: `${rule}: got ${shown(value)}` });
  return rule === undefined ? address : undefined;
}

/** The canonical text, or undefined for what is no address. */
export function canonicalAddress(text: string): string | undefined {
  if (ipv4Octets(text) !== undefined) return text;
  const octets = ipv6Octets(text);
  if (octets === undefined) return undefined;
  return octets.startsWith(IPV4_MAPPED) ? ipv4Text(octets.slice(IPV4_MAPPED.length)) : ipv6Text(octets);
}

/** The rule that an address of many hosts, or of none, breaks. Loopback is one host's: developers register it. */
function groupRule(address: string): string | undefined {
  const octets = ipv4Octets(address) ?? ipv6Octets(address)!;
  const first = octets.charCodeAt(0);
  const isIpv4 = octets.length === 4;
  if (isIpv4 ? first === 0 : octets === IPV6_UNSPECIFIED)
    return "must be the address of a host, not the unspecified one";
  if (isIpv4 ? first >= 224 && first < 240 : first === 0xff) return "must be the address of one host, not multicast";
  if (address === "255.255.255.255") return "must be the address of one host, not broadcast";
  return undefined;
}

/** A host name, folded, without a final dot. What looks like an address is none, nor is one with a numeric last label. */
export function hostAt(value: unknown, path: string, faults: Fault[]): string | undefined {
  const host = typeof value === "string" ? foldName(value).replace(/\.$/, "") : "";
  const labels = host.split(".");
  const isHost =
    host.length <= HOST_OCTETS_MAX &&
    labels.every((label) => HOST_LABEL_PATTERN.test(label)) &&
    !/^\d+$/.test(labels.at(-1)!);
  if (isHost) return host;
  faults.push({ path, message: `must be a host name: got ${shown(value)}` });
  return undefined;
}
