import type { Name } from "../../src/dns/name.ts";

/** A 16-bit number in network order. */
export function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export function octetsOfName(name: Name): number[] {
  return Array.from(name, (char) => char.charCodeAt(0));
}
