/** Services whose names share a place are shortened together: now and then a TTL is shorter than it could be. */
const PLACES = 4096;
/** The cell of the time; that of a place is its number, from 1 on. */
const NOW = 0;
/** A verdict that may come shortens nothing below this; what ends for certain does, to 0 (decisions/0012). */
const VERDICT_SECONDS_MIN = 1;
/** How far the time in the cell may lie behind: it is written every so often, by a thread that has other things to do. */
const LAG_MS = 500;

/**
 * When what is answered of a service may change next, where that is known: no answer may be held for longer. Written by
 * one thread and read by all that answer, in its time, which stands still while it does.
 */
export class Deadlines {
  readonly memory: SharedArrayBuffer;
  /**
   * Milliseconds; 0 where there is no deadline. First those of what ends, a cell for each place, then those of verdicts.
   * Aligned numbers of eight octets are written in one piece.
   */
  readonly #cells: Float64Array;

  constructor(memory = new SharedArrayBuffer((1 + 2 * PLACES) * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
  }

  /** Whole seconds until the deadlines of a place, 0 when something is over; Infinity where there is none. */
  secondsLeft(place: number): number {
    return Math.min(this.#left(place), Math.max(VERDICT_SECONDS_MIN, this.#left(verdictPlace(place))));
  }

  /** Infinity is none. */
  set(place: number, deadlineMs: number): void {
    this.#cells[place] = deadlineMs === Number.POSITIVE_INFINITY ? 0 : deadlineMs;
  }

  /** Tells the time in which deadlines are told. */
  tick(nowMs: number): void {
    this.#cells[NOW] = nowMs;
  }

  #left(cell: number): number {
    const deadline = this.#cells[cell]!;
    if (deadline === 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.floor((deadline - this.#cells[NOW]! - LAG_MS) / 1000));
  }
}

/** Where the deadline of a service stands: 1–4096, by a hash of its name. */
export function deadlinePlace(service: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < service.length; i++) hash = Math.imul(hash ^ service.charCodeAt(i), 0x01000193);
  return 1 + ((hash ^ (hash >>> 15)) & (PLACES - 1));
}

/** Where the next verdict on a service whose deadline stands at `place` has its own. */
export function verdictPlace(place: number): number {
  return place + PLACES;
}
