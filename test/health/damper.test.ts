import { expect, test } from "vitest";
import type { CheckState } from "../../src/catalog/model.ts";
import { FLAP_DAMPING_DEFAULT } from "../../src/catalog/thresholds.ts";
import { Alarms } from "../../src/health/alarms.ts";
import { Damper } from "../../src/health/damper.ts";
import { createFakeClock } from "./fake-clock.ts";

const LIMITS = { halfLifeSeconds: 60, suppressAbove: 3, reuseAt: 1, holdSecondsMax: 120 };

function flapping(limits = LIMITS) {
  const clock = createFakeClock();
  const alarms = new Alarms(clock);
  const releasedMs: number[] = [];
  const damper = new Damper(limits, true, alarms, () => releasedMs.push(alarms.nowMs()));
  const say = (state: CheckState) => damper.follow({ state, reason: undefined }, true);
  return {
    ...{ clock, damper, releasedMs },
    nowMs: () => alarms.nowMs(),
    fall: (times = 1) => {
      for (let i = 0; i < times; i++) {
        say("critical");
        say("passing");
      }
    },
    say,
    state: (state: CheckState = "passing") => damper.damped({ state, reason: "fine" }).state,
  };
}

test("who falls once and again within limits is answered as soon as it passes", () => {
  const { fall, state, damper } = flapping();
  fall(3);
  expect(state()).toBe("passing");
  expect(damper.flapping).toEqual({ penalty: 3, isHeldOut: false, reuseInSeconds: 0 });
});

test("who falls too often is held out until its penalty has decayed, and then once told of", async () => {
  const { clock, fall, state, damper, releasedMs, nowMs } = flapping();
  const startMs = nowMs();
  fall(4);
  expect(state()).toBe("critical");
  expect(damper.damped({ state: "passing", reason: "fine" }).reason).toBe(
    "flapping: held out until it has not fallen for 120 s: fine",
  );
  await clock.advance(60_000);
  expect(damper.flapping).toEqual({ penalty: 2, isHeldOut: true, reuseInSeconds: 60 });
  await clock.advance(59_000);
  expect(state()).toBe("critical");
  await clock.advance(1000);
  expect([state(), releasedMs[0]! - startMs]).toEqual(["passing", 120_000]);
});

test("a fall while it is held out extends that, but never beyond the longest hold", async () => {
  const { clock, fall, state, releasedMs, nowMs } = flapping();
  const startMs = nowMs();
  fall(4);
  await clock.advance(100_000);
  fall(50);
  await clock.advance(119_000);
  expect([state(), releasedMs]).toEqual(["critical", []]);
  await clock.advance(1000);
  expect([state(), releasedMs[0]! - startMs]).toEqual(["passing", 220_000]);
});

test.each([
  ["passing to warning and back", ["warning", "passing"]],
  ["critical for long", ["critical", "critical"]],
] as const)("no fall, or one, is %s", (_, states) => {
  const { say, damper } = flapping();
  for (let i = 0; i < 20; i++) for (const state of states) say(state);
  expect(damper.flapping?.isHeldOut ?? false).toBe(false);
});

test("falls that are far apart are forgiven in between", async () => {
  const { clock, fall, state, damper } = flapping();
  for (let i = 0; i < 20; i++) {
    fall();
    expect(state()).toBe("passing");
    await clock.advance(60_000);
  }
  await clock.advance(3_600_000);
  expect(damper.flapping).toBeUndefined();
});

test("without a limit nobody is held out, and who was is released when the limit goes", () => {
  const { fall, state, damper } = flapping({ ...LIMITS, suppressAbove: 0 });
  fall(50);
  expect(state()).toBe("passing");
  damper.limit(LIMITS);
  fall(4);
  expect(state()).toBe("critical");
  damper.limit({ ...LIMITS, suppressAbove: 0 });
  expect([state(), damper.flapping]).toEqual(["passing", undefined]);
});

test("by default six falls in a row hold out for some three minutes", async () => {
  const { clock, fall, state } = flapping(FLAP_DAMPING_DEFAULT);
  fall(5);
  expect(state()).toBe("passing");
  fall();
  expect(state()).toBe("critical");
  await clock.advance(189_000);
  expect(state()).toBe("critical");
  await clock.advance(2000);
  expect(state()).toBe("passing");
});

test("while the process stands still nothing decays", async () => {
  const { clock, fall, state } = flapping();
  fall(4);
  await clock.advance(100_000);
  clock.pause(3_600_000);
  await clock.advance(19_000);
  expect(state()).toBe("critical");
  await clock.advance(1000);
  expect(state()).toBe("passing");
});
