import { contains, type Network } from "./networks.ts";
import type { Octets } from "./octets.ts";

/** What is said of a network. */
export interface Placed<T> {
  readonly network: Network;
  readonly value: T;
}

/** What is said of an address, and how many bits of it that takes: all that share them are in the same networks. */
export interface Found<T> {
  readonly value: T | undefined;
  readonly scope: number;
}

const REMEMBERED_MAX = 4096;

/** Networks of which the longest that an address is in says what it is; asked per query, so that answers are remembered. */
export class NetworkMap<T> {
  readonly #placed: readonly Placed<T>[];
  readonly #remembered = new Map<Octets, Found<T>>();

  constructor(placed: readonly Placed<T>[]) {
    this.#placed = placed;
  }

  /** Of an address of which only some bits may be known. A scope beyond these says that they were too few. */
  find({ octets, bits }: Network): Found<T> {
    const key = octets + String.fromCharCode(bits);
    return this.#remembered.get(key) ?? this.#look(octets, bits, key);
  }

  #look(octets: Octets, bits: number, key: Octets): Found<T> {
    let longest: Placed<T> | undefined;
    let scope = 0;
    for (const placed of this.#placed) {
      const { network } = placed;
      if (network.octets.length !== octets.length) continue;
      // The bit in which they part decides, or all of a network that the address is in.
      const deciding = Math.min(sharedBits(network.octets, octets) + 1, network.bits);
      scope = Math.max(scope, deciding);
      const isIn = bits >= network.bits && contains(network, octets);
      if (isIn && network.bits >= (longest?.network.bits ?? 0)) longest = placed;
    }
    const found = { value: longest?.value, scope };
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }
}

/** How many leading bits two addresses of one family have in common. */
function sharedBits(one: Octets, other: Octets): number {
  for (let i = 0; i < one.length; i++) {
    const differing = one.charCodeAt(i) ^ other.charCodeAt(i);
    if (differing !== 0) return i * 8 + Math.clz32(differing) - 24;
  }
  return one.length * 8;
}
