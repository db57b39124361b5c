import fc from "fast-check";
import { expect, test } from "vitest";
import { nextRunMs } from "../../src/health/schedule.ts";

test.each([
  // started, phase, lot, next: of a check every 1000 ms
  [5200, 200, 0.5, 6200],
  [5100, 200, 0.5, 6200],
  [5300, 200, 0.5, 6200],
  [5200, 200, 0, 6100],
  [5200, 200, 1, 6300],
  [5000, 900, 0.5, 5900],
  [5000, 400, 0.5, 6400],
])("a check started at %i with its place at %i and the lot %f is due at %i", (started, phase, lot, next) => {
  expect(nextRunMs(started, phase, 1000, lot)).toBeCloseTo(next);
});

test("every run lies within a tenth of the interval around the check's place, one and only one in each interval", () => {
  const lot = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 60_000 }),
      lot,
      fc.array(lot, { maxLength: 50 }),
      (interval, where, lots) => {
        const phase = where * interval;
        let turn: number | undefined;
        let atMs = 12_345;
        for (const draw of lots) {
          atMs = nextRunMs(atMs, phase, interval, draw);
          const place = (atMs - phase) / interval;
          expect(Math.abs(place - Math.round(place))).toBeLessThan(0.1001);
          if (turn !== undefined) expect(Math.round(place)).toBe(turn + 1);
          turn = Math.round(place);
        }
      },
    ),
  );
});
