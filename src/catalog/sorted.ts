/** Where the element of this key stands in a list sorted by key, or would, from an index on. */
export function placeOf<T>(sorted: readonly T[], key: string, keyOf: (element: T) => string, from = 0): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(sorted[middle]!) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How often a text stands in a sorted list. */
export function timesIn(sorted: readonly string[], text: string): number {
  const place = placeOf(sorted, text, itself);
  let end = place;
  while (sorted[end] === text) end++;
  return end - place;
}

/** Elements that are worth a slice of their own. */
const SLICE_MIN = 32;

/**
 * A sorted list in which each of `texts`, sorted too, stands as often as `timesOf` says, and all else as before. It costs
 * one copy and a few comparisons for each text: a list of thousands is never sorted again.
 */
export function respliced(
  sorted: readonly string[],
  texts: readonly string[],
  timesOf: (text: string) => number,
): string[] {
  const parts: (readonly string[])[] = [];
  let part: string[] = [];
  let at = 0;
  for (const text of texts) {
    const place = placeOf(sorted, text, itself, at);
    if (place - at >= SLICE_MIN) {
      parts.push(part, sorted.slice(at, place));
      part = [];
      at = place;
    }
    while (at < place) part.push(sorted[at++]!);
    while (sorted[at] === text) at++;
    for (let times = timesOf(text); times > 0; times--) part.push(text);
  }
  return ([] as string[]).concat(...parts, part, sorted.slice(at));
}

function itself(text: string): string {
  return text;
}
