import { type Octets, readU16, u16 } from "./octets.ts";

/** The four octets of an IPv4 address, or undefined. Leading zeros are refused: some take them for octal. */
export function ipv4Octets(text: string): Octets | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return String.fromCharCode(...parts.map(Number));
}

/** The text of four octets. */
export function ipv4Text(octets: Octets): string {
  return [...octets].map((octet) => octet.charCodeAt(0)).join(".");
}

/** The sixteen octets of an IPv6 address in any form of RFC 4291 §2.2, or undefined. No zone, no prefix length. */
export function ipv6Octets(text: string): Octets | undefined {
  const [, head = text, tail] = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(text) ?? [];
  const ipv4 = tail === undefined ? "" : ipv4Octets(tail);
  if (ipv4 === undefined) return undefined;
  // The octets of an IPv4 tail stand for two groups, whose place "0:0" keeps while the groups are counted.
  const halves = (tail === undefined ? head : `${head}0:0`)
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":")));
  const [left = [], right = []] = halves;
  const groups = left.length + right.length;
  if (halves.length > 2 || (halves.length === 2 ? groups > 7 : groups !== 8)) return undefined;
  if (!halves.flat().every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  const octets = [...left, ...Array<string>(8 - groups).fill("0"), ...right].map((group) => u16(parseInt(group, 16)));
  return octets.join("").slice(0, 16 - ipv4.length) + ipv4;
}

/** The canonical text of sixteen octets (RFC 5952 §4; IPv4-mapped ones with a dotted tail, §5). */
export function ipv6Text(octets: Octets): string {
  if (octets.startsWith("\0\0\0\0\0\0\0\0\0\0\xff\xff")) return `::ffff:${ipv4Text(octets.slice(12))}`;
  const text = groupsOf(octets)
    .map((group) => group.toString(16))
    .join(":");
  // The longest run of two or more zero groups, the first among equals, becomes "::".
  const runs = text.match(/(?<![^:])0(:0)+(?![^:])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?<![^:])${longest}(?![^:])`));
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}

/** The octets of `count` hexadecimal pairs joined by "-" (RFC 7043 §3.2, §4.2), or undefined. */
export function euiOctets(text: string, count: 6 | 8): Octets | undefined {
  const pairs = text.split("-");
  if (pairs.length !== count || !pairs.every((pair) => /^[0-9A-Fa-f]{2}$/.test(pair))) return undefined;
  return String.fromCharCode(...pairs.map((pair) => parseInt(pair, 16)));
}

export function euiText(octets: Octets): string {
  return [...octets].map((octet) => octet.charCodeAt(0).toString(16).padStart(2, "0")).join("-");
}

/** The eight octets of four hexadecimal groups joined by ":" (RFC 6742 §2.1.2), or undefined. */
export function locatorOctets(text: string): Octets | undefined {
  const groups = text.split(":");
  if (groups.length !== 4 || !groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => u16(parseInt(group, 16))).join("");
}

export function locatorText(octets: Octets): string {
  return groupsOf(octets)
    .map((group) => group.toString(16).padStart(4, "0"))
    .join(":");
}

function groupsOf(octets: Octets): number[] {
  return Array.from({ length: octets.length / 2 }, (_, i) => readU16(octets, i * 2));
}
