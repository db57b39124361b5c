/** Records from an index on up to another one, and the running totals of all weights: see Selection. */
export interface Run {
  readonly from: number;
  readonly end: number;
  readonly totals: readonly number[] | undefined;
}

/** From 0 to below 1, the same for the same record each time; 1 is that of one that is not to be had. */
type LotOf = (index: number) => number;

interface Strike {
  readonly index: number;
  readonly time: number;
}

/** A try may find a record again that was drawn already; so often it may, before all that are left are looked at. */
const TRIES_PER_RECORD = 4;
/**
 * When few of many are wanted, about as many clocks have struck after their number over the weight of all. We look so many
 * times further at once, as chance may be late.
 */
const SOON = 1.5;

/**
 * `count` records in an order by chance: each next one is drawn from those that are left in proportion to its weight.
 * `random` gives numbers from 0 to below 1.
 */
export function byChance(run: Run, count: number, random: () => number): readonly number[] {
  const chosen = new Set<number>();
  // Where few of many are wanted, drawing from all is cheaper than a look at each, and as fair: what comes again is void.
  if (count * TRIES_PER_RECORD < run.end - run.from) {
    const [before, span] = [totalAt(run, run.from), totalAt(run, run.end) - totalAt(run, run.from)];
    for (let tries = count * TRIES_PER_RECORD; tries > 0 && chosen.size < count; tries--)
      chosen.add(Math.min(recordAt(run, before + random() * span, run.from), run.end - 1));
  }
  if (chosen.size < count) {
    const lots = new Float64Array(run.end - run.from);
    for (let i = 0; i < lots.length; i++) lots[i] = chosen.has(run.from + i) ? 1 : random();
    for (const index of first(run, count - chosen.size, (index) => lots[index - run.from]!)) chosen.add(index);
  }
  return [...chosen];
}

/** `count` records in turn, beginning with another one each time: after as many turns as there are, each came as often. */
export function byTurn({ from, end }: Run, count: number, turn: number): readonly number[] {
  const size = end - from;
  return Array.from({ length: Math.min(count, size) }, (_, i) => from + ((turn + i) % size));
}

/**
 * The `count` records that suit a network best, by weighted rendezvous hashing: each draws its own lot for each network, so
 * that when one comes or goes or another one's weight changes, no two others change places.
 */
export function byRendezvous(run: Run, count: number, keys: ArrayLike<number>, network: number): readonly number[] {
  return first(run, count, (index) => lot(network, keys[index]!));
}

/** The first `count` records. */
export function byPlace({ from, end }: Run, count: number): readonly number[] {
  return Array.from({ length: Math.min(count, end - from) }, (_, i) => from + i);
}

/** What all records before this index weigh together. */
function totalAt({ totals }: Run, index: number): number {
  return totals === undefined ? index : index === 0 ? 0 : totals[index - 1]!;
}

/** The first record from `low` on whose running total is above `value`; the run's end when there is none. */
function recordAt({ end, totals }: Run, value: number, low: number): number {
  if (totals === undefined) return Math.floor(value);
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (totals[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The `count` records whose clocks strike first, the first of them first: each has the pace of its weight, and a time that
 * its lot decides (an exponential race). Lots are from 0 to below 1; a clock of lot 1 never strikes.
 */
function first(run: Run, count: number, lotOf: LotOf): number[] {
  const weight = totalAt(run, run.end) - totalAt(run, run.from);
  // To look at those that strike soon spares all others a logarithm and a place in a list to be sorted.
  for (let soon = count < run.end - run.from ? (SOON * count) / weight : Number.POSITIVE_INFINITY; ; soon *= 2) {
    const struck = strikesBefore(soon, run, lotOf);
    if (struck.length < count && soon < Number.POSITIVE_INFINITY) continue;
    struck.sort((a, b) => a.time - b.time || a.index - b.index);
    return struck.slice(0, count).map(({ index }) => index);
  }
}

function strikesBefore(end: number, run: Run, lotOf: LotOf): Strike[] {
  const strikes: Strike[] = [];
  let before = totalAt(run, run.from);
  for (let index = run.from; index < run.end; index++) {
    const total = totalAt(run, index + 1);
    const weight = total - before;
    before = total;
    const drawn = lotOf(index);
    // No clock strikes before its lot over its weight.
    if (drawn >= end * weight) continue;
    const time = -Math.log1p(-drawn) / weight;
    if (time < end) strikes.push({ index, time });
  }
  return strikes;
}

/** From 0 to below 1, the same for the same pair, and spread evenly over all pairs. */
function lot(network: number, key: number): number {
  let hash = network ^ Math.imul(key, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
