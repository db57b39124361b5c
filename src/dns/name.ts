import { type Octets, octetsOf } from "./octets.ts";

/**
 * Domain names in uncompressed wire form (RFC 1035 §3.1): length octet, label, …, root. Case is kept; compare folded
 * names only (RFC 4343). Any octet may stand in a label.
 */
export type Name = Octets;

export const ROOT: Name = "\0";
export const NAME_OCTETS_MAX = 255;
export const LABEL_OCTETS_MAX = 63;

/** The name with A–Z as a–z. Length octets are below 64 and so never letters. */
export function foldName(name: Name): Name {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name;
}

/** The labels of a name, leftmost first, without the root. */
export function labelsOf(name: Name): string[] {
  const labels: string[] = [];
  for (let at = 0; name.charCodeAt(at) > 0; at += name.charCodeAt(at) + 1) {
    labels.push(name.slice(at + 1, at + 1 + name.charCodeAt(at)));
  }
  return labels;
}

/** The name of these labels (leftmost first) under `suffix`. The caller keeps the limits: see `isNameTooLong`. */
export function nameOf(labels: readonly string[], suffix: Name = ROOT): Name {
  let name = "";
  for (const label of labels) name += String.fromCharCode(label.length) + label;
  return name + suffix;
}

export function isNameTooLong(name: Name): boolean {
  return name.length > NAME_OCTETS_MAX;
}

/** True when `name` is `ancestor` or lies below it. Both folded. */
export function isAtOrBelow(name: Name, ancestor: Name): boolean {
  for (let at = 0; ; at += name.charCodeAt(at) + 1) {
    if (name.length - at === ancestor.length) return name.endsWith(ancestor);
    if (name.length - at < ancestor.length) return false;
  }
}

/** The name without its leftmost label; the root stays the root. */
export function parentOf(name: Name): Name {
  return name === ROOT ? ROOT : name.slice(name.charCodeAt(0) + 1);
}

/** Why a text is no domain name, in words that fit behind "as". */
export class NameError extends Error {
  readonly code = "MUSTER_NAME";
}

/**
 * Reads presentation form (RFC 1035 §5.1, RFC 4343 §2.1): `\.` and `\DDD` escapes, "@" for the origin, relative names
 * completed by `origin`; without an origin every name is taken as absolute. Throws NameError.
 */
export function parseName(text: string, origin?: Name): Name {
  if (text === "@" && origin !== undefined) return origin;
  if (text === "") throw new NameError("a domain name must not be empty");
  if (text === ".") return ROOT;
  const labels: string[] = [];
  let label = "";
  let isAbsolute = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === ".") {
      if (label === "") throw new NameError(`a label must not be empty: got "${text}"`);
      labels.push(label);
      label = "";
      isAbsolute = i === text.length - 1;
    } else if (char === "\\") {
      const digits = /^[0-9]{3}/.exec(text.slice(i + 1))?.[0];
      if (digits !== undefined && Number(digits) > 255) throw new NameError(`\\DDD must be 000–255: got "\\${digits}"`);
      if (i + 1 >= text.length) throw new NameError(`an escape must be followed by a character: got "${text}"`);
      label += digits === undefined ? octet(text[i + 1]!, text) : String.fromCharCode(Number(digits));
      i += digits === undefined ? 1 : 3;
    } else {
      label += octet(char, text);
    }
    if (label.length > LABEL_OCTETS_MAX) throw new NameError(`a label must have at most 63 octets: got "${text}"`);
  }
  if (!isAbsolute) labels.push(label);
  const name = nameOf(labels, isAbsolute || origin === undefined ? ROOT : origin);
  if (isNameTooLong(name)) throw new NameError(`a name must have at most 255 octets: got ${name.length} in "${text}"`);
  return name;
}

/** The folded name that a text in presentation form stands for, taken as absolute; undefined when it is none. */
export function foldedNameOf(text: string): Name | undefined {
  try {
    return foldName(parseName(text));
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

function octet(char: string, text: string): string {
  if (char.charCodeAt(0) > 0x7f) throw new NameError(`a character must be ASCII or written as \\DDD: got "${text}"`);
  return char;
}

/** The name in presentation form, absolute (with the final dot). */
export function nameText(name: Name): string {
  if (name === ROOT) return ".";
  return labelsOf(name)
    .map((label) => `${labelText(label)}.`)
    .join("");
}

/** One label in presentation form: dots, quotes and other special characters escaped, the rest as \DDD. */
export function labelText(label: string): string {
  return label.replace(/[^!#%-'*-\-/-:<-?A-[\]-~]/g, (char) =>
    char > " " && char < "\x7f" ? `\\${char}` : `\\${String(char.charCodeAt(0)).padStart(3, "0")}`,
  );
}

/**
 * Reads a name at `at` in a message, following compression pointers, which must point backwards (RFC 1035 §4.1.4).
 * Returns undefined when it is malformed; `nameEnd` tells where the name ends in place.
 */
export function readName(message: Uint8Array, at: number): Name | undefined {
  let name = "";
  let limit = at;
  for (;;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length >= 0xc0) {
      const low = message[at + 1];
      if (low === undefined) return undefined;
      const target = ((length & 0x3f) << 8) | low;
      if (target >= limit) return undefined;
      limit = at = target;
    } else if (length > LABEL_OCTETS_MAX) {
      return undefined;
    } else {
      if (at + length >= message.length || name.length + length + 1 > NAME_OCTETS_MAX) return undefined;
      name += octetsOf(message, at, at + length + 1);
      if (length === 0) return name;
      at += length + 1;
    }
  }
}

/** The offset behind the name at `at` as it stands in the message, or −1 when it is cut off or a label type is unknown. */
export function nameEnd(message: Uint8Array, at: number): number {
  for (;;) {
    const length = message[at];
    if (length === undefined) return -1;
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : -1;
    if (length > LABEL_OCTETS_MAX) return -1;
    at += length + 1;
    if (length === 0) return at;
  }
}
