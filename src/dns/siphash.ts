import { type Octets, u32 } from "./octets.ts";

/** The state: four 64-bit words, each as its lower and its upper half. Reused, because nothing here waits. */
const v = new Int32Array(8);
const INITIAL = [0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462];

/**
 * SipHash-2-4 of `input` under a key of 16 octets (Aumasson and Bernstein, 2012), as the eight octets that the reference
 * implementation writes, lowest first.
 */
export function sipHash24(key: Octets, input: Octets): Octets {
  for (let half = 0; half < 8; half++) v[half] = INITIAL[half]! ^ littleEndian(key, (half & 3) * 4);
  const whole = input.length & ~7;
  for (let at = 0; at < whole; at += 8) compress(littleEndian(input, at), littleEndian(input, at + 4));
  // The last word is what is left of the input and, as its highest octet, the length.
  compress(littleEndian(input, whole), littleEndian(input, whole + 4) | (input.length << 24));
  v[4]! ^= 0xff;
  rounds(4);
  return flipped(v[0]! ^ v[2]! ^ v[4]! ^ v[6]!) + flipped(v[1]! ^ v[3]! ^ v[5]! ^ v[7]!);
}

/** The 32-bit word of up to four octets; 0 stands for those behind the end. */
function littleEndian(octets: Octets, at: number): number {
  let word = 0;
  for (let i = Math.min(at + 4, octets.length) - 1; i >= at; i--) word = (word << 8) | octets.charCodeAt(i);
  return word;
}

function compress(low: number, high: number): void {
  v[6]! ^= low;
  v[7]! ^= high;
  rounds(2);
  v[0]! ^= low;
  v[1]! ^= high;
}

function rounds(count: number): void {
  for (let i = 0; i < count; i++) {
    mix(0, 2, 13);
    swapHalves(0);
    mix(4, 6, 16);
    mix(0, 6, 21);
    mix(4, 2, 17);
    swapHalves(4);
  }
}

/** a += b; b = (b rotated left by `bits`) ^ a. The arguments are where the lower halves stand; `bits` is below 32. */
function mix(a: number, b: number, bits: number): void {
  const low = (v[a]! >>> 0) + (v[b]! >>> 0);
  v[a] = low;
  v[a + 1]! += v[b + 1]! + (low > 0xffff_ffff ? 1 : 0);
  const [lower, upper] = [v[b]!, v[b + 1]!];
  v[b] = ((lower << bits) | (upper >>> (32 - bits))) ^ v[a]!;
  v[b + 1] = ((upper << bits) | (lower >>> (32 - bits))) ^ v[a + 1]!;
}

/** Rotates a word by 32 bits. */
function swapHalves(at: number): void {
  const low = v[at]!;
  v[at] = v[at + 1]!;
  v[at + 1] = low;
}

/** The four octets of a word, lowest first. */
function flipped(word: number): Octets {
  return u32((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24));
}
