import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { foldName, NameError, nameText, parseName } from "./dns/name.ts";

/** How a setting is written and checked. */
export interface Kind<T> {
  /** What a flag or an environment variable says, in the form the file would hold it. */
  fromText(text: string): unknown;
  /** The value in its one true form; undefined when it breaks the rule. */
  check(value: unknown): T | undefined;
  /** Fits behind "as it". */
  readonly rule: string;
  /** The value for people; absent where it is a text or a number already. */
  text?(value: T): string;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const asText = (text: string): unknown => text;
const asNumber = (text: string): unknown => (/^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text);

export const endpoint: Kind<Endpoint> = {
  fromText: asText,
  check: (value) => (typeof value === "string" ? parseEndpoint(value) : undefined),
  rule: "must be an IP address and a port such as 127.0.0.1:5300 or [::1]:5300",
  text: endpointText,
};

/** `192.0.2.1:53` or `[2001:db8::1]:53`, port 0–65535; undefined for anything else, host names and bare ports included. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[(?<v6>.+)\]|(?<v4>[^:]+)):(?<port>[0-9]{1,5})$/.exec(text)?.groups;
  if (match === undefined) return undefined;
  const { v4 = "", v6 = "" } = match;
  const port = Number(match["port"]);
  return port <= 65_535 && (isIPv4(v4) || isIPv6(v6)) ? { address: v4 || v6, port } : undefined;
}

export function endpointText({ address, port }: Endpoint): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** True when nobody outside this machine reaches the address; 127.0.0.0/8 written as IPv6 counts. */
export function isLoopback(address: string): boolean {
  return ipaddr.process(address).range() === "loopback";
}

/** One or more; comma-separated where there is only text. */
export function listOf<T>(item: Kind<T>): Kind<readonly T[]> {
  return {
    fromText: (text) => text.split(",").map((part) => item.fromText(part.trim())),
    check: (value) => {
      if (!Array.isArray(value) || value.length === 0) return undefined;
      const items = value.map((one) => item.check(one));
      return items.every((one) => one !== undefined) ? items : undefined;
    },
    rule: `must be a list of which each ${item.rule}`,
    text: (values) => values.map((value) => item.text?.(value) ?? String(value)).join(","),
  };
}

/** None or more; "none" where there is only text, because there an empty one is a setting that is not given. */
export function anyOf<T>(item: Kind<T>): Kind<readonly T[]> {
  const some = listOf(item);
  return {
    ...some,
    fromText: (text) => (text === "none" ? [] : some.fromText(text)),
    check: (value) => (Array.isArray(value) && value.length === 0 ? [] : some.check(value)),
  };
}

/** What a function reads out of a text; undefined from it is a fault. */
export function parsed<T>(read: (text: string) => T | undefined, rule: string, text?: (value: T) => string): Kind<T> {
  const check = (value: unknown) => (typeof value === "string" ? read(value.trim()) : undefined);
  return { fromText: asText, check, rule, ...(text && { text }) };
}

export function wholeNumber(min: number, max: number): Kind<number> {
  return {
    fromText: asNumber,
    check: (value) => (Number.isInteger(value) ? within(value, min, max) : undefined),
    rule: `must be a whole number ${min}–${max}`,
  };
}

/** A duration; fractions allowed. */
export function number(min: number, max: number): Kind<number> {
  return {
    fromText: asNumber,
    check: (value) => within(value, min, max),
    rule: `must be a number ${min}–${max}`,
  };
}

function within(value: unknown, min: number, max: number): number | undefined {
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

export const flag: Kind<boolean> = {
  fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  check: (value) => (typeof value === "boolean" ? value : undefined),
  rule: "must be true or false",
};

export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  return {
    fromText: asText,
    check: (value) => choices.find((choice) => choice === value),
    rule: `must be one of ${choices.join(", ")}`,
  };
}

export const path: Kind<string> = {
  fromText: asText,
  check: (value) => (typeof value === "string" && value !== "" && !value.includes("\0") ? value : undefined),
  rule: "must be a path",
};

/** What can stand behind `Authorization: Bearer` as it is. */
export const token: Kind<string> = {
  fromText: asText,
  check: (value) => (typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined),
  rule: "must be one or more ASCII characters without spaces",
};

/** What CHAOS queries and NSID tell; "" tells nothing. Fits into one character-string. */
export const publicText: Kind<string> = {
  fromText: asText,
  check: (value) => (typeof value === "string" && /^[\x20-\x7e]{0,255}$/.test(value) ? value : undefined),
  rule: "must be at most 255 ASCII characters; an empty text tells nothing",
};

/** A zone's apex: in lower case, without the final dot. Letters, digits, - and _ only: all else is a slip of the pen. */
/** Leaves room in 255 octets for the longest name of the scheme: `_port._tcp.tag.service` of labels of 63. */
const ZONE_OCTETS_MAX = 58;

export const zoneName: Kind<string> = {
  fromText: asText,
  check: (value) => {
    if (typeof value !== "string" || !/^[A-Za-z0-9_.-]+$/.test(value)) return undefined;
    try {
      const name = foldName(parseName(value));
      return name.length > ZONE_OCTETS_MAX ? undefined : nameText(name).slice(0, -1) || undefined;
    } catch (error) {
      if (error instanceof NameError) return undefined;
      throw error;
    }
  },
  rule: `must be a domain name below the root of at most ${ZONE_OCTETS_MAX} octets, such as svc.internal`,
};
