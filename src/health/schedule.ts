/** How far a run may lie from its place in the interval, as a part of the interval. */
const JITTER = 0.1;

/**
 * When a check that was last started at `startedMs` is due again.
 *
 * A check has its own fixed place in the interval (`phaseMs`), drawn by lot, so checks registered together spread out and
 * stay spread. Each run lies within ±10 % of an interval around that place; `lot` is 0–1, drawn for every run.
 */
export function nextRunMs(startedMs: number, phaseMs: number, intervalMs: number, lot: number): number {
  // Half an interval at least from start to start: the first run does not lie on the check's place, nor need a late one.
  const turns = Math.ceil((startedMs - phaseMs) / intervalMs + 0.5);
  return phaseMs + turns * intervalMs + (2 * lot - 1) * JITTER * intervalMs;
}
