import { expect, test } from "vitest";
import { brakeKey, EVERY_SERVICE, operatorKey } from "../../src/catalog/keys.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { addOthers, fallOfOthers, held, isBraked, many, say } from "./brakes-world.ts";
import { maintenance, settings, type World } from "./world.ts";

/** The instances from `from` up to `to` are held out, fall meanwhile, and are let in again. */
async function fallInMaintenance(world: World, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await world.put(operatorKey("web", `i-${i}`), maintenance()[1]);
  await say(world, "critical", from, to);
  for (let i = from; i < to; i++) await world.remove(operatorKey("web", `i-${i}`));
}

test("who fell while an operator held it out has not fallen when that ends", async () => {
  const world = await many(10);
  await fallInMaintenance(world, 0, 6);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, false]);
  await say(world, "critical", 6, 8);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)], "2 of 4").toEqual([false, false]);
});

test("who fell while an operator held it out, rose and falls again has fallen", async () => {
  const world = await many(10);
  await fallInMaintenance(world, 0, 6);
  await say(world, "passing", 0, 6);
  await say(world, "critical", 0, 6);
  expect(isBraked(world)).toBe(true);
});

test("while a brake is engaged, who fell since is held and counted when an operator lets it in again", async () => {
  const world = await many(12);
  await say(world, "critical", 0, 7);
  await fallInMaintenance(world, 7, 9);
  expect(held(world).length).toBe(9);
  expect(world.monitor.status().heldByBrake).toEqual({ web: 9 });
});

test("who fell between the falls of others is held with them, and counted, though an operator held it out", async () => {
  const world = await many(12);
  await say(world, "critical", 0, 1);
  await fallInMaintenance(world, 11, 12);
  await say(world, "critical", 1, 7);
  expect(held(world).length).toBe(8);
  expect(world.monitor.status().heldByBrake).toEqual({ web: 8 });
});

test("a table that is loaded again makes no falls", async () => {
  const world = await many(10);
  await fallInMaintenance(world, 0, 6);
  world.monitor.sync(world.catalog, { ...nothingTouched(), all: true });
  await world.clock.advance(2000);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, false]);
});

test("what a released brake held does not count with the falls of other services", async () => {
  const world = await many(10);
  await addOthers(world, 20);
  await say(world, "critical", 0, 6);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([true, false]);
  await world.remove(brakeKey("web"));
  await fallOfOthers(world, 0, 12);
  expect(isBraked(world, EVERY_SERVICE), "12 of 24").toBe(false);
  await fallOfOthers(world, 12, 13);
  expect(world.catalog.brake(EVERY_SERVICE)?.reason).toBe("13 of 24 instances of all services fell within 60 s");
  expect(held(world)).toEqual([]);
});

test("what the released brake of all held does not count in the services either", async () => {
  const world = await many(20);
  await addOthers(world, 1);
  await world.put(...settings({ brake: { aboveShare: 0.7 } }));
  await say(world, "critical", 0, 11);
  await fallOfOthers(world, 0, 1);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, true]);
  await world.remove(brakeKey(EVERY_SERVICE));
  await say(world, "critical", 11, 15);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)], "4 of 9").toEqual([false, false]);
  await say(world, "critical", 15, 18);
  expect(world.catalog.brake("web")?.reason).toBe("7 of 9 instances of web fell within 60 s");
  expect(held(world).length).toBe(7);
});

test("a brake that is engaged goes on holding what another one has released", async () => {
  const world = await many(10);
  await addOthers(world, 1);
  await say(world, "critical", 0, 6);
  await fallOfOthers(world, 0, 1);
  await world.remove(brakeKey("web"));
  expect([held(world).length, world.monitor.status().heldByBrake]).toEqual([6, { "*": 7 }]);
  await world.remove(brakeKey(EVERY_SERVICE));
  expect([held(world), world.monitor.status().heldByBrake]).toEqual([[], {}]);
});
