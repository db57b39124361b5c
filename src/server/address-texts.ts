import { ipv4Text, ipv6Text } from "../dns/addresses.ts";
import { octetsOf } from "../dns/octets.ts";

/** A power of two; the address that has the same place takes it over. */
const PLACE_BITS = 12;

/**
 * The texts of client addresses, remembered: to make one costs as much as all else that a datagram needs here. The memory
 * is fixed, so forged addresses, which are many, cost time only.
 */
export class AddressTexts {
  readonly #textOf: (octets: string) => string;
  /** 1 or 4 per address. */
  readonly #wordsEach: number;
  readonly #words: Uint32Array;
  readonly #texts: string[];

  constructor(isIpv6: boolean) {
    this.#textOf = isIpv6 ? ipv6Text : ipv4Text;
    this.#wordsEach = isIpv6 ? 4 : 1;
    this.#words = new Uint32Array(this.#wordsEach << PLACE_BITS);
    this.#texts = Array<string>(1 << PLACE_BITS).fill(isIpv6 ? "::" : "0.0.0.0");
  }

  /** The text of the address that lies in `words` from `start` on, without a zone. */
  at(words: Uint32Array, start: number): string {
    const each = this.#wordsEach;
    let hash = 0;
    for (let i = 0; i < each; i++) hash = Math.imul(hash ^ words[start + i]!, 0x9e3779b1);
    const place = hash >>> (32 - PLACE_BITS);
    for (let i = 0; i < each; i++) {
      if (this.#words[place * each + i] !== words[start + i]) return this.#remember(place, words, start);
    }
    return this.#texts[place]!;
  }

  #remember(place: number, words: Uint32Array, start: number): string {
    const own = words.subarray(start, start + this.#wordsEach);
    this.#words.set(own, place * this.#wordsEach);
    const text = this.#textOf(octetsOf(new Uint8Array(own.buffer, own.byteOffset, own.byteLength)));
    this.#texts[place] = text;
    return text;
  }
}
