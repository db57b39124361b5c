import type { Octets } from "./octets.ts";
import type { Field } from "./rdata-field.ts";
import { typeNumber, typeText } from "./type-names.ts";

/** A set of types in window blocks (RFC 4034 §4.1.2); in text their mnemonics, up to the end of the record. */
export const typeBitmap: Field = {
  parse(tokens) {
    const types = new Set<number>();
    while (!tokens.isAtEnd) types.add(typeNumber(tokens.word()) ?? tokens.fail("must be RR types"));
    return bitmapOf([...types].sort((a, b) => a - b));
  },
  end(rdata, at) {
    for (let previous = -1; at < rdata.length; ) {
      const window = rdata.charCodeAt(at);
      const octets = rdata.charCodeAt(at + 1);
      const isWhole = octets >= 1 && octets <= 32 && at + 2 + octets <= rdata.length;
      // Ascending windows without trailing zero octets: every set has one form only.
      if (window <= previous || !isWhole || rdata.charCodeAt(at + 1 + octets) === 0) return -1;
      previous = window;
      at += 2 + octets;
    }
    return at;
  },
  text: (octets) => typesOf(octets).map(typeText).join(" "),
};

/** `types` ascending, each once. */
function bitmapOf(types: readonly number[]): Octets {
  const windows = new Map<number, number[]>();
  for (const type of types) {
    const bits = windows.get(type >>> 8) ?? [];
    windows.set(type >>> 8, bits);
    const octet = (type & 0xff) >>> 3;
    while (bits.length <= octet) bits.push(0);
    bits[octet]! |= 0x80 >>> (type & 7);
  }
  return [...windows].map(([window, bits]) => String.fromCharCode(window, bits.length, ...bits)).join("");
}

function typesOf(bitmap: Octets): number[] {
  const types: number[] = [];
  for (let at = 0; at < bitmap.length; at += 2 + bitmap.charCodeAt(at + 1)) {
    for (let bit = 0; bit < 8 * bitmap.charCodeAt(at + 1); bit++) {
      const isSet = bitmap.charCodeAt(at + 2 + (bit >>> 3)) & (0x80 >>> (bit & 7));
      if (isSet) types.push(bitmap.charCodeAt(at) * 256 + bit);
    }
  }
  return types;
}
