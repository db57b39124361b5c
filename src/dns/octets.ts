/**
 * Octets: a string whose every character code is one octet, 0–255.
 *
 * RDATA and names are kept this way: immutable, compared with `===`, sorted with `<` in canonical order, usable as Map
 * keys, and about a sixth of the memory of a Uint8Array of the same few octets (decisions/0002).
 */
export type Octets = string;

const CHUNK_OCTETS = 8192; // String.fromCharCode takes its octets as arguments, and the stack has an end.

/** The octets from `start` up to `end` as a flat string. */
export function octetsOf(bytes: Uint8Array, start = 0, end = bytes.length): Octets {
  if (end - start <= CHUNK_OCTETS)
    return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
  let text = "";
  for (let at = start; at < end; at += CHUNK_OCTETS) text += octetsOf(bytes, at, Math.min(end, at + CHUNK_OCTETS));
  return text;
}

/** Buffer's own way, which takes any Uint8Array. */
const { latin1Write } = Buffer.prototype as unknown as {
  latin1Write(this: Uint8Array, text: string, offset: number, length: number): number;
};
/** From here on the call is cheaper than the loop (decisions/0007). */
const CALL_OCTETS_MIN = 24;

/** Writes `octets` at `offset` and returns the offset behind them. The caller has checked the room. */
export function writeOctets(into: Uint8Array, offset: number, octets: Octets): number {
  const { length } = octets;
  if (length >= CALL_OCTETS_MIN) latin1Write.call(into, octets, offset, length);
  else for (let i = 0; i < length; i++) into[offset + i] = octets.charCodeAt(i);
  return offset + length;
}

export function bytesOf(octets: Octets): Uint8Array {
  const bytes = new Uint8Array(octets.length);
  writeOctets(bytes, 0, octets);
  return bytes;
}

const scratch = new Uint8Array(0xffff);

/**
 * The same octets in one piece. What was put together with `+` is a rope, and what was cut out of a longer string holds on
 * to all of it; both weigh several times what they say. For what is kept.
 */
export function flat(octets: Octets): Octets {
  const into = octets.length <= scratch.length ? scratch : new Uint8Array(octets.length);
  return octetsOf(into, 0, writeOctets(into, 0, octets));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The UTF-8 octets of a text. */
export function utf8(text: string): Octets {
  return isAscii(text) ? text : octetsOf(encoder.encode(text));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The text of UTF-8 octets; what is not UTF-8 becomes U+FFFD. */
export function utf8Text(octets: Octets): string {
  return decoder.decode(bytesOf(octets));
}

/** A 16-bit unsigned number in network order. */
export function u16(value: number): Octets {
  return String.fromCharCode((value >>> 8) & 0xff, value & 0xff);
}

/** A 32-bit unsigned number in network order. */
export function u32(value: number): Octets {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

export function readU16(octets: Octets, at: number): number {
  return (octets.charCodeAt(at) << 8) | octets.charCodeAt(at + 1);
}

export function readU32(octets: Octets, at: number): number {
  return ((readU16(octets, at) << 16) | readU16(octets, at + 2)) >>> 0;
}
