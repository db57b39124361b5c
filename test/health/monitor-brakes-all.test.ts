import { expect, test } from "vitest";
import { brakeKey, EVERY_SERVICE } from "../../src/catalog/keys.ts";
import type { ServiceSettings } from "../../src/catalog/model.ts";
import { addOthers, fallOfOthers, held, isBraked, many, say } from "./brakes-world.ts";
import { settings, type World } from "./world.ts";

const OFF: ServiceSettings = { brake: { aboveShare: 1 } };

/** `web` with 10 instances, and 10 other services with one each; the brake of all is engaged by falls of all of them. */
async function braked(of: ServiceSettings = { brake: { aboveShare: 0.9 } }): Promise<World> {
  const world = await many(10);
  await addOthers(world, 10);
  await world.put(...settings(of));
  await say(world, "critical", 0, 6);
  await fallOfOthers(world, 0, 6);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, true]);
  return world;
}

test("what one service suffers alone does not engage the brake of all, until another suffers too", async () => {
  const world = await many(10);
  await world.put(...settings({ brake: { aboveShare: 0.9 } }));
  await addOthers(world, 1);
  await say(world, "critical", 0, 8);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE), held(world)]).toEqual([false, false, []]);
  await fallOfOthers(world, 0, 1);
  expect(world.catalog.brake(EVERY_SERVICE)?.reason).toBe("9 of 11 instances of all services fell within 60 s");
});

test("a service that rose again is none of two", async () => {
  const world = await many(10);
  await world.put(...settings({ brake: { aboveShare: 0.9 } }));
  await addOthers(world, 1);
  await fallOfOthers(world, 0, 1);
  await world.monitor.heartbeat("other-0", "i-1", "passing", "");
  await say(world, "critical", 0, 8);
  expect(isBraked(world, EVERY_SERVICE)).toBe(false);
});

test("a service with a brake of its own terms is released after its own time, and stays so", async () => {
  const world = await many(10);
  await addOthers(world, 1);
  await world.put(...settings({ brake: { holdSecondsMax: 30 } }));
  await say(world, "critical", 0, 6);
  await world.clock.advance(31_000);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE), held(world)]).toEqual([false, false, []]);
});

test("a service that has switched its brake off is neither counted nor held by that of all", async () => {
  const world = await braked(OFF);
  expect(world.catalog.brake(EVERY_SERVICE)?.reason).toBe("6 of 10 instances of all services fell within 60 s");
  expect([held(world), world.monitor.status().heldByBrake]).toEqual([[], { "*": 6 }]);
});

test("a service switches it off and on again while the brake of all is engaged", async () => {
  const world = await braked();
  const now = () => [held(world).length, world.monitor.status().heldByBrake["*"]];
  expect(now()).toEqual([6, 12]);
  await world.put(...settings(OFF));
  expect(now()).toEqual([0, 6]);
  await world.put(...settings({}));
  expect(now()).toEqual([6, 12]);
  await world.put(...settings(OFF));
  await world.remove(settings({})[0]);
  expect(now()).toEqual([6, 12]);
});

test("whom the brake of all does not hold is deregistered as ever", async () => {
  const world = await many(10, { deregisterAfterSeconds: 60 });
  await addOthers(world, 10);
  await world.put(...settings(OFF));
  await say(world, "critical", 0, 6);
  await fallOfOthers(world, 0, 6);
  await world.clock.advance(61_000);
  expect(isBraked(world, EVERY_SERVICE)).toBe(true);
  expect(world.catalog.services.get("web")!.instances.length).toBe(4);
});

test("a restart holds whom it held, and not the service that has switched it off", async () => {
  for (const [of, count] of [[OFF, 0] as const, [{}, 6] as const]) {
    const before = await braked();
    await before.put(...settings(of));
    const after = await before.restart();
    expect([held(after).length, after.monitor.status().heldByBrake["*"]]).toEqual([count, count + 6]);
  }
});

test("its release is logged as loudly as its beginning", async () => {
  const world = await braked();
  await world.remove(brakeKey(EVERY_SERVICE));
  expect(world.warned.map((message) => message.split(":")[0])).toEqual([
    "brake of all services engaged",
    "brake of all services released",
  ]);
});
