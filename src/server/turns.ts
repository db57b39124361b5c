/** Counters: 8192 of them in sets of eight, 64 KiB. A key names the set, and finds its own counter or a free one there. */
const SET_COUNTERS = 8;
const COUNTERS = 8192;
/** Of a counter that nobody has. */
const FREE = 0;

/** What all threads that count turns together are given. */
export function newTurnMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(COUNTERS * (4 + 4));
}

/**
 * Whose turn it is, by key, exact over all threads that share the memory. Keys that find their set full share a counter: of
 * those the turns are fair all the same, but not one after the other.
 */
export class Turns {
  readonly #keys: Int32Array;
  readonly #counts: Int32Array;

  constructor(memory = newTurnMemory()) {
    this.#keys = new Int32Array(memory, 0, COUNTERS);
    this.#counts = new Int32Array(memory, COUNTERS * 4, COUNTERS);
  }

  /** How often this was called with the key before; 32 bits that go round. */
  next = (key: number): number => Atomics.add(this.#counts, this.#counterOf(key | 0 || 1), 1) >>> 0;

  #counterOf(key: number): number {
    const first = ((key >>> 0) % (COUNTERS / SET_COUNTERS)) * SET_COUNTERS;
    for (let counter = first; counter < first + SET_COUNTERS; counter++) {
      const owner = Atomics.load(this.#keys, counter);
      if (owner === key) return counter;
      // Another thread may take it first, for the same key even.
      const taken = owner === FREE ? Atomics.compareExchange(this.#keys, counter, FREE, key) : owner;
      if (taken === FREE || taken === key) return counter;
    }
    return first;
  }
}
