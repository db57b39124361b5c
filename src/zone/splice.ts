/** How one list is made of another: for each triple of `counts`, keep so many, drop so many, put in so many of `values`. */
export interface Splices<T> {
  readonly counts: readonly number[];
  readonly values: readonly T[];
}

/** How many values are dropped and added at one place before all up to the common end is taken to differ. */
const LOOK_AHEAD = 32;

/**
 * What makes `after` of `before`. Made for lists of thousands in which some values come and go: it costs one walk along
 * both, and finds runs of up to LOOK_AHEAD values wherever they are, and one of any length.
 */
export function splicesOf<T>(before: readonly T[], after: readonly T[]): Splices<T> {
  const counts: number[] = [];
  const values: T[] = [];
  const tail = commonTail(before, after);
  const [endBefore, endAfter] = [before.length - tail, after.length - tail];
  for (let [i, j] = [0, 0]; i < endBefore || j < endAfter; ) {
    const start = i;
    for (; i < endBefore && j < endAfter && before[i] === after[j]; j++) i++;
    const [dropped, added] = runAt(before, i, endBefore, after, j, endAfter);
    counts.push(i - start, dropped, added);
    for (let k = j; k < j + added; k++) values.push(after[k]!);
    i += dropped;
    j += added;
  }
  counts.push(tail, 0, 0);
  return { counts, values };
}

/** Makes `after` again, of the list it was compared with. */
export function spliced<T>(before: readonly T[], { counts, values }: Splices<T>): T[] {
  const pieces: T[][] = [];
  let [from, taken] = [0, 0];
  for (let at = 0; at < counts.length; at += 3) {
    const [kept, dropped, added] = [counts[at]!, counts[at + 1]!, counts[at + 2]!];
    pieces.push(before.slice(from, from + kept), values.slice(taken, taken + added));
    from += kept + dropped;
    taken += added;
  }
  return ([] as T[]).concat(...pieces);
}

function commonTail<T>(before: readonly T[], after: readonly T[]): number {
  const shorter = Math.min(before.length, after.length);
  let tail = 0;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return tail;
}

/** How many values to drop at `i` and to add from `j` until both go on alike. */
function runAt<T>(
  before: readonly T[],
  i: number,
  endBefore: number,
  after: readonly T[],
  j: number,
  endAfter: number,
): readonly [dropped: number, added: number] {
  const rest = [endBefore - i, endAfter - j] as const;
  for (let run = 1; run <= LOOK_AHEAD; run++) {
    for (let dropped = Math.max(0, run - rest[1] + 1); dropped <= run && dropped < rest[0]; dropped++) {
      if (before[i + dropped] === after[j + run - dropped]) return [dropped, run - dropped];
    }
  }
  return rest;
}
