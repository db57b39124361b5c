import { expect, test } from "vitest";
import { checkEvery5, createWorld, maintenance, settings, type World } from "./world.ts";

const LEASED = { initialState: "passing", leaseSeconds: 3600 } as const;

async function fall(world: World, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await world.monitor.heartbeat("web", "i-1", "critical", "down");
    await world.monitor.heartbeat("web", "i-1", "passing", "up");
  }
  await world.clock.advance(0);
}

async function flapping(): Promise<World> {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  await fall(world, 6);
  return world;
}

test("an instance that flaps is held out, says so, and costs no commit until it is calm", async () => {
  const world = await flapping();
  const held = "critical: flapping: held out until it has not fallen for 190 s: heartbeat: down";
  expect(world.vote("i-1")).toBe(held);
  expect(world.monitor.status().heldOut).toBe(1);
  expect(world.monitor.flapping("web", "i-1")).toMatchObject({ isHeldOut: true, penalty: 6 });
  const commits = world.commits.length;
  await fall(world, 3);
  expect(world.commits.length).toBe(commits);
  await world.clock.advance(300_000);
  expect(world.vote("i-1")).toBe("passing: heartbeat: up");
  expect(world.monitor.status().heldOut).toBe(0);
  expect(world.log.filter((line) => line.includes("flapping")).length).toBe(1);
});

test("an instance that is held out is not deregistered for that", async () => {
  const world = await createWorld();
  await world.register("i-1", { ...LEASED, deregisterAfterSeconds: 60 });
  await fall(world, 6);
  await world.clock.advance(120_000);
  expect(world.catalog.instance("web", "i-1")).toBeDefined();
  expect(world.monitor.status().heldOut).toBe(1);
});

test("a service's settings switch damping off, for who is held out too", async () => {
  const world = await flapping();
  await world.put(
    ...settings({ flapDamping: { halfLifeSeconds: 60, suppressAbove: 0, reuseAt: 1, holdSecondsMax: 60 } }),
  );
  await world.clock.advance(0);
  expect(world.vote("i-1")).toBe("passing: heartbeat: up");
  await fall(world, 20);
  expect(world.vote("i-1")).toBe("passing: heartbeat: up");
});

test("what falls while an operator holds it out does not flap", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  await world.put(...maintenance());
  await fall(world, 20);
  expect(world.monitor.flapping("web", "i-1")).toBeUndefined();
});

test("checks that a service gets while an instance is held out begin in the state its checks had", async () => {
  const world = await createWorld();
  const checks = [checkEvery5];
  await world.register("i-1", { initialState: "passing", checks: [] });
  await world.put(...settings({ checks: [{ ...checkEvery5, failAfter: 1 }] }));
  for (let i = 0; i < 12; i++) {
    world.finds.set("*", i % 2 === 0 ? "failing" : "passing");
    await world.clock.advance(5500);
  }
  expect(world.monitor.status().heldOut).toBe(1);
  const penalty = world.monitor.flapping("web", "i-1")!.penalty;
  await world.put(...settings({ checks }));
  expect(world.monitor.flapping("web", "i-1")!.penalty).toBeCloseTo(penalty, 1);
});

test("what is not watched, or has not fallen, does not flap", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  expect(world.monitor.flapping("web", "i-1")).toBeUndefined();
  expect(world.monitor.flapping("web", "nobody")).toBeUndefined();
});
