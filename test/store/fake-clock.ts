import type { Clock } from "../../src/store/clock.ts";

export interface FakeClock extends Clock {
  /** Lets time pass; everything due is called at its time. */
  advance(ms: number): void;
  /** Lets time pass in which nothing is called: what was due comes late, once. */
  stall(ms: number): void;
}

export function createFakeClock(): FakeClock {
  let nowMs = 0;
  const timers = new Set<{ dueMs: number; readonly intervalMs: number; readonly tick: () => void }>();
  const advance = (ms: number): void => {
    const endMs = nowMs + ms;
    for (;;) {
      const [next] = [...timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      nowMs = Math.max(nowMs, next.dueMs);
      next.dueMs = nowMs + next.intervalMs;
      next.tick();
    }
    nowMs = endMs;
  };
  return {
    nowMs: () => nowMs,
    wallMs: () => 1_700_000_000_000 + nowMs,
    every(intervalMs, tick) {
      const timer = { dueMs: nowMs + intervalMs, intervalMs, tick };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance,
    stall(ms) {
      nowMs += ms;
      advance(0);
    },
  };
}
