import { ipv4Octets, ipv4Text, ipv6Octets, ipv6Text } from "./addresses.ts";
import type { Octets } from "./octets.ts";

/** The addresses whose first `bits` bits are those of `octets`: four octets or sixteen, and 0 behind these bits. */
export interface Network {
  readonly octets: Octets;
  readonly bits: number;
}

/**
 * Reads a network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), or one address. Undefined when it is neither, and when
 * bits behind the prefix are set: "10.0.0.1/8" is a slip of the pen, and whichever half is wrong would open a door.
 */
export function parseNetwork(text: string): Network | undefined {
  const [, address = "", length] = /^([^/]*)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text) ?? [];
  const written = ipv4Octets(address) ?? ipv6Octets(address);
  if (written === undefined) return undefined;
  const octets = unmapped(written);
  const bits = (length === undefined ? written.length * 8 : Number(length)) - (written.length - octets.length) * 8;
  const isNetwork = bits >= 0 && bits <= octets.length * 8 && masked(octets, bits) === octets;
  return isNetwork ? { octets, bits } : undefined;
}

/** The network in the form that `parseNetwork` reads; that of one address without a prefix length. */
export function networkText({ octets, bits }: Network): string {
  const address = octets.length === 4 ? ipv4Text(octets) : ipv6Text(octets);
  return bits === octets.length * 8 ? address : `${address}/${bits}`;
}

/** The octets of a client's address as sockets give it: with or without a zone ("fe80::1%eth0"), IPv4-mapped as IPv4. */
export function addressOctets(text: string): Octets | undefined {
  const octets = ipv4Octets(text) ?? ipv6Octets(text.replace(/%.*$/, ""));
  return octets === undefined ? undefined : unmapped(octets);
}

export function contains(network: Network, address: Octets): boolean {
  return address.length === network.octets.length && masked(address, network.bits) === network.octets;
}

/** The octets with 0 behind the first `bits` bits. */
export function masked(octets: Octets, bits: number): Octets {
  const whole = bits >>> 3;
  if (whole >= octets.length) return octets;
  const part = octets.charCodeAt(whole) & (0xff00 >>> (bits & 7));
  return octets.slice(0, whole) + String.fromCharCode(part) + "\0".repeat(octets.length - whole - 1);
}

/** IPv4 clients of a socket that is bound to "::" have IPv4-mapped addresses (RFC 4291 §2.5.5.2). */
const MAPPED = "\0\0\0\0\0\0\0\0\0\0\xff\xff";

function unmapped(octets: Octets): Octets {
  return octets.startsWith(MAPPED) ? octets.slice(MAPPED.length) : octets;
}

const REMEMBERED_MAX = 4096;

/** A list of networks that is asked per query: what it said of an address is remembered. */
export class Networks {
  readonly #networks: readonly Network[];
  readonly #remembered = new Map<string, boolean>();

  constructor(networks: readonly Network[]) {
    this.#networks = networks;
  }

  has(address: string): boolean {
    if (this.#networks.length === 0) return false;
    return this.#remembered.get(address) ?? this.#look(address);
  }

  #look(address: string): boolean {
    const octets = addressOctets(address);
    const has = octets !== undefined && this.#networks.some((network) => contains(network, octets));
    // Forged addresses are many: beginning anew bounds the memory and costs a client one look each time.
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(address, has);
    return has;
  }
}
