/** Repeatable randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** An integer from 0 up to, but not including, `end`. */
  below(end: number): number;
  /** True once in `every` on average. */
  oneIn(every: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** The randomness of case `n` of a run: each case can be repeated alone. */
export function randomOf(seed: number, n: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b)) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end);
  return {
    below,
    oneIn: (every) => below(every) === 0,
    pick: (items) => items[below(items.length)]!,
  };
}
