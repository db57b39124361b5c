import { expect, test } from "vitest";
import { brakeKey, EVERY_SERVICE, instanceKey } from "../../src/catalog/keys.ts";
import type { ServiceSettings } from "../../src/catalog/model.ts";
import { held, isBraked, LEASED, many, say } from "./brakes-world.ts";
import { createWorld, maintenance, REGISTRATION, settings } from "./world.ts";

test.each([
  // instances, falls, what the service sets, whether its brake is engaged
  [10, 5, {}, false],
  [10, 6, {}, true],
  [4, 4, {}, false],
  [5, 3, {}, true],
  [10, 3, { aboveShare: 0.2 }, true],
  [4, 3, { leastInstances: 4 }, true],
  [10, 10, { aboveShare: 1 }, false],
] as const)(
  "of %d instances %d fall at once, with the terms %j: braked is %s",
  async (count, falls, brake, expected) => {
    const world = await many(count);
    await world.put(...settings({ brake }));
    await say(world, "critical", 0, falls);
    expect(isBraked(world)).toBe(expected);
  },
);

test("a brake that is engaged holds exactly those that fell, says why, and when it ends at the latest", async () => {
  const world = await many(10);
  await say(world, "critical", 2, 8);
  const atMs = world.clock.wallMs();
  expect(held(world)).toEqual(["i-2", "i-3", "i-4", "i-5", "i-6", "i-7"]);
  const reason = "6 of 10 instances of web fell within 60 s";
  expect(world.catalog.brake("web")).toEqual({ since: 11, reason, atMs, untilMs: atMs + 600_000 });
  expect(world.monitor.status().heldByBrake).toEqual({ web: 6 });
  expect(world.log).toContain(`brake of web engaged: ${reason}`);
});

test("what falls while a brake is engaged is held too; what fell long before is not", async () => {
  const world = await many(10);
  await say(world, "critical", 0, 1);
  await world.clock.advance(61_000);
  await say(world, "critical", 1, 7);
  await world.clock.advance(61_000);
  await say(world, "critical", 7, 8);
  expect(held(world)).toEqual(["i-1", "i-2", "i-3", "i-4", "i-5", "i-6", "i-7"]);
});

test.each([
  ["within the window", 59_000, true],
  ["one after the other", 61_000, false],
])("falls %s count together: %#", async (_, pauseMs, expected) => {
  const world = await many(10);
  await say(world, "critical", 0, 3);
  await world.clock.advance(pauseMs);
  await say(world, "critical", 3, 6);
  expect(isBraked(world)).toBe(expected);
});

test("who was critical from the start, rose again or is out by an operator has not fallen", async () => {
  const world = await many(10);
  for (let i = 0; i < 20; i++) await world.register(`new-${i}`, { leaseSeconds: 3600 });
  await say(world, "critical", 0, 5);
  await say(world, "passing", 0, 5);
  for (let i = 0; i < 3; i++) await world.put(`oper/web/i-${i}`, maintenance()[1]);
  await say(world, "critical", 0, 6);
  expect(isBraked(world)).toBe(false);
});

test("it releases itself when at most half of the share that engages it is still critical", async () => {
  const world = await many(10);
  await say(world, "critical", 0, 6);
  await say(world, "passing", 0, 3);
  expect([isBraked(world), held(world).length]).toEqual([true, 3]);
  await say(world, "passing", 3, 4);
  expect([isBraked(world), held(world).length]).toEqual([false, 0]);
  expect(world.log).toContain("brake of web released: 2 of 10 instances are still critical");
  expect(world.monitor.status().heldByBrake).toEqual({});
});

test("it cannot stick: after its time it is released, and the same falls do not engage it again", async () => {
  const world = await many(10);
  await say(world, "critical", 0, 6);
  await world.clock.advance(599_000);
  expect(isBraked(world)).toBe(true);
  await world.clock.advance(2000);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, false]);
  await world.put(`oper/web/i-1`, maintenance()[1]);
  await world.remove(`oper/web/i-1`);
  await say(world, "passing", 6, 10);
  await world.clock.advance(60_000);
  expect(isBraked(world)).toBe(false);
});

test("an operator's release is one, until others fall", async () => {
  const world = await many(20);
  await say(world, "critical", 0, 11);
  await world.remove(brakeKey("web"));
  await world.clock.advance(5000);
  expect(isBraked(world)).toBe(false);
  expect(world.log).toContain("brake of web released: an operator said so");
  await say(world, "critical", 11, 16);
  expect(isBraked(world), "5 of 9").toBe(true);
  expect(world.catalog.brake("web")?.reason).toBe("5 of 9 instances of web fell within 60 s");
});

test("a restart finds it engaged, holding the same, with what is left of its time", async () => {
  const before = await many(10);
  await say(before, "critical", 0, 6);
  await before.clock.advance(400_000);
  const after = await before.restart();
  expect(held(after).length).toBe(6);
  expect(after.monitor.status().heldByBrake).toEqual({ web: 6 });
  await after.clock.advance(199_000);
  expect(isBraked(after)).toBe(true);
  await after.clock.advance(2000);
  expect(isBraked(after)).toBe(false);
});

test("a restart makes no fall out of what was critical before", async () => {
  const before = await many(10);
  await before.put(...settings({ brake: { aboveShare: 1 } }));
  await say(before, "critical", 0, 6);
  const after = await before.restart();
  await after.put(...settings({}));
  await say(after, "critical", 6, 8);
  expect([isBraked(after), isBraked(after, EVERY_SERVICE)]).toEqual([false, false]);
});

test("a pause of the process is added to its time", async () => {
  const world = await many(10);
  await say(world, "critical", 0, 6);
  world.clock.pause(3_600_000);
  await world.clock.advance(590_000);
  expect(isBraked(world)).toBe(true);
});

test("while it is engaged nobody of the service is deregistered; afterwards the time begins anew", async () => {
  const world = await many(10, { deregisterAfterSeconds: 60 });
  await say(world, "critical", 0, 6);
  await world.clock.advance(598_000);
  expect(world.catalog.instanceCount).toBe(10);
  await world.clock.advance(3000 + 58_000);
  expect(world.catalog.instanceCount).toBe(10);
  await world.clock.advance(3000);
  expect(world.catalog.instanceCount).toBe(4);
});

test("the brake of all counts small services together, and holds those of each", async () => {
  const world = await createWorld();
  const beat = (name: string) => world.monitor.heartbeat(name, "i-1", "critical", "");
  const names = ["web", "a", "b", "c", "d"];
  for (const name of names) await world.put(instanceKey(name, "i-1"), { ...REGISTRATION, ...LEASED });
  await Promise.all(["web", "a"].map(beat));
  await world.clock.advance(0);
  expect(isBraked(world, EVERY_SERVICE)).toBe(false);
  await beat("b");
  await world.clock.advance(0);
  expect([isBraked(world, EVERY_SERVICE), isBraked(world)]).toEqual([true, false]);
  expect(world.catalog.brake(EVERY_SERVICE)?.reason).toBe("3 of 5 instances of all services fell within 60 s");
  expect(held(world)).toEqual(["i-1"]);
});

test.each(["engaged", "released"])("a brake that could not be %s, as the store was away, is so later", async (what) => {
  const world = await many(10);
  await say(world, "critical", 0, what === "engaged" ? 5 : 6);
  const last = what === "engaged" ? "i-5" : "i-0";
  if (what === "released") await say(world, "passing", 1, 4);
  world.beforeCommit = async () => {
    // The vote is taken, and what follows from it is not.
    world.beforeCommit = async () => {
      world.isStoreAway = true;
    };
  };
  await world.monitor.heartbeat("web", last, what === "engaged" ? "critical" : "passing", "");
  await world.clock.advance(0);
  expect(isBraked(world)).toBe(what === "released");
  world.beforeCommit = async () => {};
  world.isStoreAway = false;
  await world.clock.advance(1500);
  expect(isBraked(world)).toBe(what === "engaged");
});

test("a service that is deregistered leaves no brake behind", async () => {
  const world = await many(5);
  await say(world, "critical", 0, 5);
  for (let i = 0; i < 5; i++) await world.remove(instanceKey("web", `i-${i}`));
  await world.clock.advance(2000);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, false]);
});

test("10 000 falls at once engage it once, and are held", async () => {
  const world = await createWorld();
  for (let i = 0; i < 10_000; i++) void world.register(`i-${i}`, { ...LEASED, leaseSeconds: 15 });
  await world.clock.advance(16_000);
  expect(held(world).length).toBe(10_000);
  expect(world.commits.filter((commit) => commit.includes("brake/"))).toHaveLength(1);
});

test("a service may set what it likes of the terms", async () => {
  const world = await many(10);
  const brake: ServiceSettings["brake"] = { holdSecondsMax: 30, windowSeconds: 5 };
  await world.put(...settings({ brake }));
  await say(world, "critical", 0, 6);
  expect(world.catalog.brake("web")?.reason).toBe("6 of 10 instances of web fell within 5 s");
  await world.clock.advance(31_000);
  expect(isBraked(world)).toBe(false);
});
