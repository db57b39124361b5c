import { hash } from "node:crypto";
import type { Check } from "../catalog/model.ts";
import { type Counter, isChanging } from "./thresholds.ts";

/** How far a run may lie from its place in the interval, as a part of the interval. */
const JITTER = 0.1;
/** While a check's state is changing it is run so many times as often, but for intervals that are short already. */
const HASTE = 4;
const HASTY_MS_MIN = 250;
/** After each so many failures in a row the interval of a critical check doubles, up to the limits below. */
const FAILURES_PER_DOUBLING = 10;
const DOUBLINGS_MAX = 2;
const STRETCHED_MS_MAX = 60_000;

/**
 * When a check that was last started at `startedMs` is due again.
 *
 * A check has its own fixed `place` in the interval, 0–1, so checks registered together spread out and stay spread. Each
 * run lies within ±10 % of an interval around that place; `lot` is 0–1, drawn for every run.
 */
export function nextRunMs(startedMs: number, place: number, intervalMs: number, lot: number): number {
  // Half an interval at least from start to start: the first run does not lie on the check's place, nor need a late one.
  const turns = Math.ceil(startedMs / intervalMs - place + 0.5);
  return (place + turns + (2 * lot - 1) * JITTER) * intervalMs;
}

/** The earliest at which the run may come that is so many `runs` later than the one due at `dueMs`. */
export function laterRunMs(dueMs: number, runs: number, intervalMs: number): number {
  return runs === 0 ? dueMs : dueMs + (runs - 2 * JITTER) * intervalMs;
}

/** When a check of which nothing is known but its place is due. */
export function firstRunMs(nowMs: number, place: number, intervalMs: number, lot: number): number {
  return nextRunMs(nowMs - intervalMs / 2, place, intervalMs, lot);
}

/** The place of whatever bears this name: by lot, but the same after every restart. */
export function placeOf(name: string): number {
  return Number.parseInt(hash("sha1", name).slice(0, 8), 16) / 2 ** 32;
}

/** The time from run to run: shorter while the state is changing, longer for what has been critical for long. */
export function runIntervalMs(check: Check, counter: Counter): number {
  const intervalMs = check.intervalSeconds * 1000;
  if (isChanging(counter)) return Math.max(intervalMs / HASTE, Math.min(intervalMs, HASTY_MS_MIN));
  if (counter.state !== "critical") return intervalMs;
  const doublings = Math.min(Math.floor(counter.failures / FAILURES_PER_DOUBLING), DOUBLINGS_MAX);
  return Math.max(intervalMs, Math.min(intervalMs * 2 ** doublings, STRETCHED_MS_MAX));
}

/**
 * Gives out start times on one clock, the next one at once or `gapMs` after the one before, so that what comes together
 * does not start together.
 */
export function createPace(gapMs: number): (nowMs: number) => number {
  let freeMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    const startMs = Math.max(nowMs, freeMs);
    freeMs = startMs + gapMs;
    return startMs;
  };
}
