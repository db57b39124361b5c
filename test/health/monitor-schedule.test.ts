import { expect, test } from "vitest";
import { checkEvery5, createWorld, type World } from "./world.ts";

/** Probes started in each second after `startMs`. */
function perSecond({ probed }: World, startMs: number): number[] {
  const counts: number[] = [];
  for (const { atMs } of probed) {
    const second = Math.floor((atMs - startMs) / 1000);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return Array.from(counts, (count = 0) => count);
}

/** So many instances, each with one check. */
async function crowd(count: number, intervalSeconds: number): Promise<World> {
  const world = await createWorld();
  world.lots = Math.random;
  for (let i = 0; i < count; i++)
    void world.register(`i-${i}`, {
      addresses: [`10.0.${i >> 8}.${i & 255}`],
      checks: [{ ...checkEvery5, intervalSeconds }],
    });
  await world.clock.advance(0);
  return world;
}

test("3000 newcomers are probed 1000 in a second, and then evenly over their interval", async () => {
  const startMs = 1000;
  const world = await crowd(3000, 10);
  await world.clock.advance(40_000);
  const counts = perSecond(world, startMs);
  for (const count of counts.slice(0, 3)) expect(Math.abs(count - 1000)).toBeLessThan(20);
  for (const count of counts.slice(20, 40)) expect(Math.abs(count - 300)).toBeLessThan(60);
});

test("after a restart there is no burst: what the first round has no time for keeps its place", async () => {
  const before = await crowd(3000, 10);
  await before.clock.advance(20_000);
  const world = await before.restart();
  world.lots = Math.random;
  const startMs = world.clock.nowMs();
  const round = world.monitor.firstRound(2000);
  await world.clock.advance(30_000);
  await round;
  const counts = perSecond(world, startMs);
  expect(counts[0]).toBeGreaterThan(900);
  expect(Math.max(...counts)).toBeLessThan(1050);
  for (const count of counts.slice(15, 30)) expect(Math.abs(count - 300)).toBeLessThan(60);
});

test("a check whose state is changing is run four times as often, and one that has failed for long ever less", async () => {
  const world = await createWorld();
  await world.register("i-1", { checks: [{ ...checkEvery5, intervalSeconds: 10, failAfter: 3 }] });
  await world.clock.advance(20_000);
  world.finds.set("*", "failing");
  const count = world.probed.length;
  await world.clock.advance(3_600_000);
  const gaps = world.probed
    .slice(count)
    .map(({ atMs }, i, all) => Math.round(atMs - (all[i - 1]?.atMs ?? atMs)) / 1000);
  expect(gaps[1]).toBeLessThan(3.75); // to the nearest of four places in the interval
  expect(gaps[2]).toBe(2.5);
  expect(gaps[5]).toBe(10);
  expect(gaps[15]).toBe(20);
  expect(gaps.slice(25)).toEqual(gaps.slice(25).map(() => 40));
});

test("a failure during which the process stood still does not count, and is looked into again at once", async () => {
  const world = await createWorld();
  await world.register("i-1", { initialState: "passing", checks: [{ ...checkEvery5, failAfter: 1 }] });
  await world.clock.advance(6000);
  world.finds.set("*", "hanging");
  const count = world.probed.length;
  while (world.probed.length === count) await world.clock.advance(100);
  world.clock.pause(60_000);
  world.finds.set("*", "passing");
  await world.clock.advance(3000);
  expect(world.probed.length).toBe(count + 2);
  expect(world.vote("i-1")).toBe("no vote");
});

test("checks that run late for want of room show in the status and once in the log, as does the end of it", async () => {
  const world = await createWorld();
  world.finds.set("*", "hanging");
  const check = { ...checkEvery5, intervalSeconds: 1, timeoutSeconds: 0.9 };
  for (let i = 0; i < 100; i++) await world.register(`i-${i}`, { checks: [check] });
  await world.clock.advance(10_000);
  expect(world.monitor.status()).toMatchObject({ probesInFlight: 16 });
  expect(world.monitor.status().probesWaiting).toBeGreaterThan(40);
  world.finds.set("*", "passing");
  await world.clock.advance(60_000);
  expect(world.monitor.status().probesWaiting).toBe(0);
  expect(world.log.filter((line) => line.startsWith("health checks"))).toEqual([
    "health checks run late: there are too many",
    "health checks run on time again",
  ]);
});
