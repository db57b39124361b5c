import { randomInt } from "node:crypto";
import { hrtime } from "node:process";
import { addressOctets, masked, type Networks } from "../dns/networks.ts";

/** What becomes of a response: sent, replaced by an empty one with TC set, or not sent. */
export type Judgement = "send" | "truncate" | "drop";

export interface ResponseRateOptions {
  /** Responses of one kind that a client network gets in a second, and at once when it was quiet for one; at least 1. */
  readonly perSecond: number;
  /** Of the responses beyond the rate each `slip`th is truncated: a real client then asks over TCP. 0: none is, 1: all are. */
  readonly slip: number;
  /** Clients that nothing is held back from. */
  readonly exempt: Networks;
  /** A monotonic clock, the same for all that share a table. */
  readonly nowMs?: () => number;
  /** The table of another thread's `ResponseRate`, so that a network has one rate with all of them. */
  readonly memory?: SharedArrayBuffer;
}

/** A forged address stands for its network, as an attacked one does (the sizes that BIND made customary). */
const IPV4_BITS = 24;
const IPV6_BITS = 56;

/** The table: 65 536 buckets in sets of eight, 1 MiB. A hash names the set, and its buckets are looked through. */
const SET_BUCKETS = 8;
const BUCKETS = 65_536;
/** A time, a hash and a count for each, and the seed. */
const MEMORY_OCTETS = BUCKETS * (8 + 4 + 4) + 4;
const ADDRESSES_MAX = 4096;

/**
 * Response-rate limiting: bounds what a forged source address can have sent to its owner over UDP. One token bucket for
 * each client network and kind of response; memory is fixed, and the bucket that has been full for longest gives way.
 *
 * Threads share the table without a lock. Two that meet in a bucket may send a response too many or too few; every value
 * that one of them leaves there is one that the other can go on from.
 */
export class ResponseRate {
  readonly #exempt: Networks;
  readonly #nowMs: () => number;
  readonly #slip: number;
  /** How long one response's token takes to come back. */
  readonly #tokenMs: number;
  /** What the `ResponseRate` of another thread is given to share the table. */
  readonly memory: SharedArrayBuffer;
  /** When the bucket will be full again; the tokens that are missing until then are those taken out. */
  readonly #fullAtMs: Float64Array;
  readonly #hashes: Uint32Array;
  /** Responses beyond the rate. */
  readonly #limited: Uint32Array;
  /** Secret, so that nobody can tell which networks share a bucket. */
  readonly #seed: number;
  readonly #networkHashes = new Map<string, number>();

  constructor({ exempt, nowMs = monotonicMs, slip, perSecond, memory = newMemory() }: ResponseRateOptions) {
    this.memory = memory;
    this.#fullAtMs = new Float64Array(memory, 0, BUCKETS);
    this.#hashes = new Uint32Array(memory, BUCKETS * 8, BUCKETS);
    this.#limited = new Uint32Array(memory, BUCKETS * 12, BUCKETS);
    this.#seed = seedIn(memory)[0]!;
    this.#exempt = exempt;
    this.#nowMs = nowMs;
    this.#slip = slip;
    this.#tokenMs = 1000 / perSecond;
  }

  /** True when nothing is held back from the client at `address`. */
  isExempt(address: string): boolean {
    return this.#exempt.has(address);
  }

  /**
   * Judges one response to the client at `address`, who is not exempt. Its `kind` (an rcode, say) and the hash of a name tell
   * it from others: the qname for an answer, the zone's origin for NXDOMAIN, the root for an error. So an attacker gains
   * nothing by asking for another missing name each time.
   */
  judge(address: string, kind: number, nameHash: number): Judgement {
    const hash = mixed(mixed(this.#networkHash(address), kind), nameHash);
    return this.#take(this.#bucketOf(hash >>> 0));
  }

  #take(bucket: number): Judgement {
    const nowMs = this.#nowMs();
    const fullAtMs = Math.max(this.#fullAtMs[bucket]!, nowMs);
    // Half a token short of a second, as the sum of a second's tokens is not exact.
    if (fullAtMs - nowMs < 1000 - this.#tokenMs / 2) {
      this.#fullAtMs[bucket] = fullAtMs + this.#tokenMs;
      return "send";
    }
    this.#limited[bucket]!++;
    return this.#slip > 0 && this.#limited[bucket]! % this.#slip === 0 ? "truncate" : "drop";
  }

  /** The bucket of this hash; a new one is full. */
  #bucketOf(hash: number): number {
    const first = (hash % (BUCKETS / SET_BUCKETS)) * SET_BUCKETS;
    let oldest = first;
    for (let bucket = first; bucket < first + SET_BUCKETS; bucket++) {
      if (this.#hashes[bucket] === hash) return bucket;
      if (this.#fullAtMs[bucket]! < this.#fullAtMs[oldest]!) oldest = bucket;
    }
    this.#hashes[oldest] = hash;
    this.#fullAtMs[oldest] = 0;
    this.#limited[oldest] = 0;
    return oldest;
  }

  #networkHash(address: string): number {
    return this.#networkHashes.get(address) ?? this.#rememberNetwork(address);
  }

  #rememberNetwork(address: string): number {
    const octets = addressOctets(address) ?? address;
    const hash = mixedText(this.#seed, masked(octets, octets.length === 4 ? IPV4_BITS : IPV6_BITS));
    if (this.#networkHashes.size >= ADDRESSES_MAX) this.#networkHashes.clear();
    this.#networkHashes.set(address, hash);
    return hash;
  }
}

function newMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(MEMORY_OCTETS);
  seedIn(memory)[0] = randomInt(2 ** 32);
  return memory;
}

function seedIn(memory: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(memory, BUCKETS * 16, 1);
}

/** Unlike `performance.now`, whose origin may be the thread's own. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

function mixedText(hash: number, text: string): number {
  hash = mixed(hash, text.length);
  for (let i = 0; i < text.length; i++) hash = mixed(hash, text.charCodeAt(i));
  return hash;
}

/** Each step can be undone, so that what differs stays different; the multiplier is 2^32 by the golden ratio, made odd. */
function mixed(hash: number, value: number): number {
  hash = Math.imul(hash ^ value, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
