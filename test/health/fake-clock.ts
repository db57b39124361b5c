import type { Clock } from "../../src/health/clock.ts";

export interface FakeClock extends Clock {
  /** Lets time pass: every timer rings at its time, and what it set off happens before the next. */
  advance(ms: number): Promise<void>;
  /** Lets time pass in which the process stands still: what was due rings afterwards, late. */
  pause(ms: number): void;
  /** Moves the wall clock alone. */
  setWall(ms: number): void;
}

/** Lets everything happen that waits for no timer. */
export async function flush(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function createFakeClock(): FakeClock {
  let nowMs = 1000;
  let wallMs = 1_700_000_000_000;
  const timers = new Set<{ readonly dueMs: number; readonly ring: () => void }>();
  const pass = (ms: number): void => {
    nowMs += ms;
    wallMs += ms;
  };
  return {
    nowMs: () => nowMs,
    wallMs: () => wallMs,
    setTimer(ms, ring) {
      const timer = { dueMs: nowMs + ms, ring };
      timers.add(timer);
      return timer;
    },
    clearTimer: (timer) => void timers.delete(timer as never),
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        await flush();
        const [next] = [...timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        pass(Math.max(0, next.dueMs - nowMs));
        next.ring();
      }
      pass(endMs - nowMs);
    },
    pause: pass,
    setWall(ms) {
      wallMs = ms;
    },
  };
}
