/** Time as an argument: the machine's, or a test's. */
export interface Clock {
  /** Monotonic, from an arbitrary start. */
  nowMs(): number;
  /** Milliseconds since 1970, as the machine believes: for people, never for deadlines. */
  wallMs(): number;
  /** Calls `tick` about every `intervalMs` until the returned function is called; keeps no process alive. */
  every(intervalMs: number, tick: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  every(intervalMs, tick) {
    const timer = setInterval(tick, intervalMs).unref();
    return () => clearInterval(timer);
  },
};
