import { setImmediate } from "node:timers/promises";

/** Of what a batch holds, done in one go: a millisecond or two. */
const IN_ONE_TURN = 50;

/** The elements in their order, with a turn for everybody else in this thread now and then. */
export async function* inTurns<T>(elements: readonly T[]): AsyncGenerator<T> {
  for (const [i, element] of elements.entries()) {
    if (i > 0 && i % IN_ONE_TURN === 0) await setImmediate();
    yield element;
  }
}
