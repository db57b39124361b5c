import fc from "fast-check";
import { expect, test } from "vitest";
import type { CheckState } from "../../src/catalog/model.ts";
import { createPace, firstRunMs, laterRunMs, nextRunMs, placeOf, runIntervalMs } from "../../src/health/schedule.ts";
import { checkEvery5 } from "./world.ts";

test.each([
  // started, place, lot, next: of a check every 1000 ms
  [5200, 0.2, 0.5, 6200],
  [5100, 0.2, 0.5, 6200],
  [5300, 0.2, 0.5, 6200],
  [5200, 0.2, 0, 6100],
  [5200, 0.2, 1, 6300],
  [5000, 0.9, 0.5, 5900],
  [5000, 0.4, 0.5, 6400],
])("a check started at %i with its place at %f and the lot %f is due at %i", (started, place, lot, next) => {
  expect(nextRunMs(started, place, 1000, lot)).toBeCloseTo(next);
});

test("every run lies within a tenth of the interval around the check's place, one and only one in each interval", () => {
  const lot = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 60_000 }),
      lot,
      fc.array(lot, { maxLength: 50 }),
      (interval, where, lots) => {
        let turn: number | undefined;
        let atMs = 12_345;
        for (const draw of lots) {
          atMs = nextRunMs(atMs, where, interval, draw);
          const place = atMs / interval - where;
          expect(Math.abs(place - Math.round(place))).toBeLessThan(0.1001);
          if (turn !== undefined) expect(Math.round(place)).toBe(turn + 1);
          turn = Math.round(place);
        }
      },
    ),
  );
});

test("no run comes earlier than is told some runs ahead, nor more than two fifths of an interval later", () => {
  const lot = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(lot, fc.array(lot, { minLength: 1, maxLength: 5 }), (where, lots) => {
      let atMs = 12_345;
      const [dueMs, ...later] = lots.map((draw) => (atMs = nextRunMs(atMs, where, 1000, draw)));
      expect(laterRunMs(dueMs!, 0, 1000)).toBe(dueMs);
      later.forEach((runMs, i) => {
        const spareMs = runMs - laterRunMs(dueMs!, i + 1, 1000);
        expect(spareMs).toBeGreaterThan(-0.001);
        expect(spareMs).toBeLessThan(400.001);
      });
    }),
  );
});

test.each([
  [5100, 5200],
  [5200, 5200],
  [5201, 6200],
])("after a start at %i a check every 1000 ms with its place at 0.2 is due at %i", (now, first) => {
  expect(firstRunMs(now, 0.2, 1000, 0.5)).toBeCloseTo(first);
});

test("places are the same for the same name, and spread evenly over others", () => {
  expect(placeOf("web/i-1")).toBe(placeOf("web/i-1"));
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) tenths[Math.floor(placeOf(`web/i-${i}`) * 10)]!++;
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test.each([
  // interval, state, passes, failures, seconds to the next run
  [10, "passing", 7, 0, 10],
  [10, "passing", 0, 1, 2.5],
  [10, "warning", 0, 1, 2.5],
  [10, "critical", 0, 3, 10],
  [10, "critical", 1, 0, 2.5],
  [10, "critical", 0, 10, 20],
  [10, "critical", 0, 20, 40],
  [10, "critical", 0, 5000, 40],
  [30, "critical", 0, 5000, 60],
  [600, "critical", 0, 5000, 600],
  [600, "passing", 0, 1, 150],
  [0.5, "passing", 0, 1, 0.25],
  [0.1, "passing", 0, 1, 0.1],
] as const)(
  "a check every %f s that is %s after %i passes and %i failures is run again after %f s",
  (intervalSeconds, state: CheckState, passes, failures, seconds) => {
    const counter = { state, passes, failures };
    expect(runIntervalMs({ ...checkEvery5, intervalSeconds }, counter)).toBe(seconds * 1000);
  },
);

test("who comes alone starts at once, and who comes together one by one", () => {
  const pace = createPace(2);
  expect([100, 100, 100, 103, 200].map(pace)).toEqual([100, 102, 104, 106, 200]);
});
