import { describe, expect, test } from "vitest";
import { createWorld, settings, type World } from "./world.ts";

const LEASE = { leaseSeconds: 3600 };
const RISING = [0.1, 0.19, 0.28, 0.37, 0.46, 0.55, 0.64, 0.73, 0.82, 0.91, 1];

const voteOf = ({ catalog }: World, id = "i-1") => catalog.instance("web", id)?.votes[0];
const shareOf = (world: World, id?: string) => voteOf(world, id)?.weightShare ?? 1;

async function beat(world: World, state: "passing" | "warning" | "critical" = "passing"): Promise<void> {
  await world.monitor.heartbeat("web", "i-1", state, "");
  await world.clock.advance(0);
}

/** `i-1` has just come to pass, of a service that starts in so many seconds. No step is late by lot. */
async function started(slowStartSeconds: number): Promise<World> {
  const world = await createWorld();
  world.lots = () => 0;
  await world.put(...settings({ slowStartSeconds }));
  await world.register("i-1", LEASE);
  await beat(world);
  return world;
}

/** The shares after each so many seconds. */
async function shares(world: World, seconds: number, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) {
    await world.clock.advance(seconds * 1000);
    seen.push(shareOf(world));
  }
  return seen;
}

describe("slow start", () => {
  test("begins with a tenth of the weight and rises to all of it in ten even steps", async () => {
    const world = await started(30);
    expect([shareOf(world), ...(await shares(world, 3, 10))]).toEqual(RISING);
    expect(voteOf(world)).not.toHaveProperty("weightShare");
    await world.clock.advance(60_000);
    expect(world.commits.length).toBe(11);
  });

  test("is one transition: one line, one reason, one time, one revision", async () => {
    const world = await started(30);
    const { reason, atMs, revision } = voteOf(world)!;
    await shares(world, 3, 11);
    expect(voteOf(world)).toMatchObject({ reason, atMs, revision, hasPassed: true });
    expect(world.log).toEqual(["instance web/i-1 critical → passing: heartbeat said passing"]);
  });

  test("comes after every fall, and a fall ends it", async () => {
    const world = await started(30);
    await world.clock.advance(9000);
    expect(shareOf(world)).toBe(0.37);
    await beat(world, "critical");
    expect(voteOf(world)).not.toHaveProperty("weightShare");
    await world.clock.advance(60_000);
    await beat(world);
    expect([shareOf(world), ...(await shares(world, 3, 10))]).toEqual(RISING);
  });

  test("goes on while what passes turns to a warning and back", async () => {
    const world = await started(30);
    await world.clock.advance(9000);
    await beat(world, "warning");
    expect([voteOf(world)?.state, shareOf(world)]).toEqual(["warning", 0.37]);
    await world.clock.advance(3000);
    await beat(world);
    expect([shareOf(world), ...(await shares(world, 3, 6))]).toEqual(RISING.slice(4));
  });

  test.each([
    ["a service that wants none", {}, LEASE],
    ["an instance that is registered as passing", { slowStartSeconds: 30 }, { ...LEASE, initialState: "passing" }],
  ] as const)("is not for %s", async (_, set, registration) => {
    const world = await createWorld();
    await world.put(...settings(set));
    await world.register("i-1", registration);
    await beat(world);
    expect(shareOf(world)).toBe(1);
  });

  test("goes on after a restart where it would be by now", async () => {
    const before = await started(30);
    await before.clock.advance(9000);
    before.clock.pause(6000);
    const after = await before.restart();
    await after.clock.advance(0);
    expect([shareOf(after), ...(await shares(after, 3, 5))]).toEqual(RISING.slice(5));
  });

  test("does not fall back after a restart, wherever the wall clock stands", async () => {
    const before = await started(30);
    await before.clock.advance(9000);
    before.clock.setWall(0);
    const after = await before.restart();
    await after.clock.advance(0);
    expect([shareOf(after), ...(await shares(after, 3, 7))]).toEqual(RISING.slice(3));
  });

  test("takes the time that is set now, and is over when none is set", async () => {
    const world = await started(30);
    await world.clock.advance(6000);
    await world.put(...settings({ slowStartSeconds: 60 }));
    expect(await shares(world, 6, 3)).toEqual([0.28, 0.37, 0.46]);
    await world.put(...settings({ slowStartSeconds: 40 }));
    expect(await shares(world, 2, 1)).toEqual([0.64]);
    await world.put(...settings({}));
    await world.clock.advance(0);
    expect(shareOf(world)).toBe(1);
  });

  test("goes on when the store is back, at once where it would be by then", async () => {
    const world = await started(30);
    world.isStoreAway = true;
    await world.clock.advance(13_000);
    expect(shareOf(world)).toBe(0.1);
    world.isStoreAway = false;
    await world.clock.advance(30_000);
    expect(shareOf(world)).toBe(1);
  });
});

/** Commits of each second from now on. */
async function perSecond(world: World, seconds: number): Promise<number[]> {
  const counts: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const before = world.commits.length;
    await world.clock.advance(1000);
    counts.push(world.commits.length - before);
  }
  return counts;
}

/** 1000 instances come back at once, of a service that starts in 50 s. */
async function crowd(): Promise<World> {
  const world = await createWorld();
  world.lots = Math.random;
  await world.put(...settings({ slowStartSeconds: 50 }));
  const ids = Array.from({ length: 1000 }, (_, i) => `i-${i}`);
  await Promise.all(ids.map((id) => world.register(id, LEASE)));
  await Promise.all(ids.map((id) => world.monitor.heartbeat("web", id, "passing", "")));
  return world;
}

describe("where thousands come back at once", () => {
  test("their steps are spread over the time", async () => {
    const counts = await perSecond(await crowd(), 60);
    // The first step is 5 s away, and up to a step late.
    for (const count of counts.slice(0, 5)) expect(count).toBe(0);
    for (const count of counts.slice(5, 55)) expect(Math.abs(count - 200)).toBeLessThan(80);
    expect(counts.reduce((a, b) => a + b)).toBe(10_000);
  });

  test("so are those that are overdue after a restart", async () => {
    const before = await crowd();
    await before.clock.advance(2000);
    before.clock.pause(30_000);
    const after = await before.restart();
    expect(Math.max(...(await perSecond(after, 30)))).toBeLessThan(450);
  });
});
