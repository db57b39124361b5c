import { setImmediate } from "node:timers/promises";

/** Of what a batch holds, done in one go: a millisecond or two. */
const IN_ONE_TURN = 50;

/** The elements in their order, so many at a time, with a turn for everybody else in this thread in between. */
export async function* inTurns<T>(elements: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < elements.length; from += IN_ONE_TURN) {
    if (from > 0) await setImmediate();
    yield elements.slice(from, from + IN_ONE_TURN);
  }
}
