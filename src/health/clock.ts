/** Time as the monitor sees it: an argument, so that tests bring their own. */
export interface Clock {
  /** Milliseconds on the monotonic clock: everything that is waited for is measured here. */
  nowMs(): number;
  /** Milliseconds since 1970: what people and operators are told. */
  wallMs(): number;
  setTimer(ms: number, ring: () => void): unknown;
  clearTimer(timer: unknown): void;
}

/** The machine's clock. Its timers keep no process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (ms, ring) => setTimeout(ring, ms).unref(),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
