import { ipv4Octets, ipv4Text, ipv6Octets, ipv6Text } from "./addresses.ts";
import { type Octets, readU16, u16 } from "./octets.ts";
import { base64Octets, base64Text, quotedText } from "./text-encodings.ts";

/** How one SvcParam's value is written. */
interface SvcParam {
  /** What the value must be, for messages. */
  readonly rule: string;
  /** The wire form of a value whose character-string escapes are resolved; undefined when it breaks the rule. */
  octets(value: Octets): Octets | undefined;
  /** The presentation form, "" for none; undefined when the octets break the rule. */
  text(octets: Octets): string | undefined;
}

/** Reserved as no key at all. */
export const KEY_INVALID = 0xffff;

/** The registered keys by number (RFC 9460 §14.3.2, RFC 9461, RFC 9540). */
const PARAMS: readonly (SvcParam & { readonly key: string })[] = [
  { key: "mandatory", rule: "must be other keys, each once", octets: mandatoryOctets, text: mandatoryText },
  { key: "alpn", rule: "must be protocol ids of 1–255 octets", octets: alpnOctets, text: alpnText },
  { key: "no-default-alpn", ...empty() },
  { key: "port", rule: "must be 0–65535", octets: portOctets, text: portText },
  { key: "ipv4hint", rule: "must be IPv4 addresses", ...listOf(4, ipv4Octets, ipv4Text) },
  {
    key: "ech",
    rule: "must be base64",
    octets: (value) => base64Octets(value) || undefined,
    text: (octets) => base64Text(octets) || undefined,
  },
  { key: "ipv6hint", rule: "must be IPv6 addresses", ...listOf(16, ipv6Octets, ipv6Text) },
  {
    key: "dohpath",
    rule: "must be a URI template",
    octets: (value) => value || undefined,
    text: (octets) => (octets === "" ? undefined : quotedText(octets)),
  },
  { key: "ohttp", ...empty() },
];

/** A key without a form of its own. */
const OPAQUE: SvcParam = {
  rule: "must be octets",
  octets: (value) => value,
  text: (octets) => (octets === "" ? "" : quotedText(octets)),
};

/** The number of a key by name or as keyNNNNN (RFC 9460 §2.1), or undefined. */
export function paramKey(text: string): number | undefined {
  const digits = /^key(0|[1-9][0-9]{0,4})$/.exec(text)?.[1];
  if (digits !== undefined) return Number(digits) < KEY_INVALID ? Number(digits) : undefined;
  const key = PARAMS.findIndex((param) => param.key === text);
  return key < 0 ? undefined : key;
}

export function paramKeyText(key: number): string {
  return PARAMS[key]?.key ?? `key${key}`;
}

/** How the value of a key is written. A known key as keyNNNNN has its wire form as its text. */
export function paramOf(key: number, keyText?: string): SvcParam {
  const param = PARAMS[key];
  if (!param || keyText === undefined || keyText === param.key) return param ?? OPAQUE;
  return { ...param, octets: (value) => (param.text(value) === undefined ? undefined : value) };
}

function empty(): SvcParam {
  return {
    rule: "must have no value",
    octets: (value) => (value === "" ? "" : undefined),
    text: (octets) => (octets === "" ? "" : undefined),
  };
}

/** Comma-separated values of `size` octets each, at least one. */
function listOf(size: number, parse: (text: string) => Octets | undefined, text: (octets: Octets) => string) {
  return {
    octets(value: Octets) {
      const items = value.split(",").map(parse);
      return items.includes(undefined) ? undefined : items.join("");
    },
    text(octets: Octets) {
      if (octets.length === 0 || octets.length % size !== 0) return undefined;
      return chunksOf(octets, size).map(text).join(",");
    },
  };
}

function mandatoryOctets(value: Octets): Octets | undefined {
  const keys = value.split(",").map((text) => paramKey(text) ?? 0);
  const sorted = [...new Set(keys)].sort((a, b) => a - b);
  return keys.includes(0) || sorted.length !== keys.length ? undefined : sorted.map(u16).join("");
}

function mandatoryText(octets: Octets): string | undefined {
  if (octets.length === 0 || octets.length % 2 !== 0) return undefined;
  const keys = chunksOf(octets, 2).map((chunk) => readU16(chunk, 0));
  const isAscending = keys.every((key, i) => key > (keys[i - 1] ?? 0) && key < KEY_INVALID);
  return isAscending ? keys.map(paramKeyText).join(",") : undefined;
}

function portOctets(value: Octets): Octets | undefined {
  return /^[0-9]{1,5}$/.test(value) && Number(value) <= 0xffff ? u16(Number(value)) : undefined;
}

function portText(octets: Octets): string | undefined {
  return octets.length === 2 ? `${readU16(octets, 0)}` : undefined;
}

/** Items joined by commas; in an item a comma and a backslash are escaped once more (RFC 9460 §A.1). */
function alpnOctets(value: Octets): Octets | undefined {
  const items = [""];
  for (const [, escaped, plain] of value.matchAll(/\\(.)|(.)/gs)) {
    if (plain === "\\") return undefined;
    if (plain === ",") items.push("");
    else items.push(items.pop() + (escaped ?? plain!));
  }
  if (!items.every((item) => item.length >= 1 && item.length <= 255)) return undefined;
  return items.map((item) => String.fromCharCode(item.length) + item).join("");
}

function alpnText(octets: Octets): string | undefined {
  const items: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 1 + octets.charCodeAt(at);
    if (end === at + 1 || end > octets.length) return undefined;
    items.push(octets.slice(at + 1, end).replace(/[\\,]/g, "\\$&"));
    at = end;
  }
  return items.length === 0 ? undefined : quotedText(items.join(","));
}

function chunksOf(octets: Octets, size: number): Octets[] {
  return Array.from({ length: octets.length / size }, (_, i) => octets.slice(i * size, (i + 1) * size));
}
