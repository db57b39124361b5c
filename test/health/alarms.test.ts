import fc from "fast-check";
import { expect, test } from "vitest";
import { Alarm, Alarms } from "../../src/health/alarms.ts";
import { createFakeClock } from "./fake-clock.ts";

test("alarms ring once each, in order of time, however they were set, moved and cleared", async () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.option(fc.integer({ min: 0, max: 2000 })));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = createFakeClock();
      const alarms = new Alarms(clock);
      const startMs = alarms.nowMs();
      const due = new Map<number, number>();
      const rung: [number, number][] = [];
      const all = Array.from({ length: 10 }, (_, i) => new Alarm(() => rung.push([i, alarms.nowMs() - startMs])));
      for (const [i, inMs] of steps) {
        if (inMs === null) alarms.clear(all[i]);
        else alarms.set(all[i]!, startMs + inMs);
        if (inMs === null) due.delete(i);
        else due.set(i, inMs);
      }
      await clock.advance(2000);
      const byTime = (a: [number, number], b: [number, number]) => a[1] - b[1] || a[0] - b[0];
      expect(rung.map(([, atMs]) => atMs)).toEqual(rung.map(([, atMs]) => atMs).sort((a, b) => a - b));
      expect(rung.sort(byTime)).toEqual([...due].sort(byTime));
    }),
    { numRuns: 30 },
  );
});

test("a pause of the process is added to every deadline, but for less than a tick of it", async () => {
  const clock = createFakeClock();
  const alarms = new Alarms(clock);
  const rung: string[] = [];
  alarms.set(new Alarm(() => rung.push("after 1 s")), alarms.nowMs() + 1000);
  alarms.set(new Alarm(() => rung.push("after 2 s")), alarms.nowMs() + 2000);
  await clock.advance(500);
  clock.pause(3_600_000);
  await clock.advance(249);
  expect(rung).toEqual([]);
  await clock.advance(251);
  expect(rung).toEqual(["after 1 s"]);
  await clock.advance(1000);
  expect(rung).toEqual(["after 1 s", "after 2 s"]);
});

test("what is set before the late timer has rung is measured without the pause", async () => {
  const clock = createFakeClock();
  const alarms = new Alarms(clock);
  let isRung = false;
  alarms.set(new Alarm(() => {}), alarms.nowMs() + 10_000);
  clock.pause(3_600_000);
  alarms.set(
    new Alarm(() => {
      isRung = true;
    }),
    alarms.nowMs() + 1000,
  );
  await clock.advance(1000);
  expect(isRung).toBe(true);
});

test("alarms that are all due at once let other work in between", async () => {
  const clock = createFakeClock();
  let wakes = 0;
  const setTimer: typeof clock.setTimer = (ms, ring) =>
    clock.setTimer(ms, () => {
      wakes++;
      ring();
    });
  const alarms = new Alarms({ ...clock, setTimer });
  let rung = 0;
  for (let i = 0; i < 2500; i++) alarms.set(new Alarm(() => rung++), alarms.nowMs() + 100);
  await clock.advance(100);
  expect({ rung, wakes }).toEqual({ rung: 2500, wakes: 3 });
});

test("closed alarms ring no more", async () => {
  const clock = createFakeClock();
  const alarms = new Alarms(clock);
  const rung: string[] = [];
  alarms.set(new Alarm(() => rung.push("before")), alarms.nowMs() + 100);
  alarms.close();
  alarms.set(new Alarm(() => rung.push("after")), alarms.nowMs() + 100);
  await clock.advance(1000);
  expect(rung).toEqual([]);
});
