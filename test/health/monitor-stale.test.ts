import { expect, test } from "vitest";
import { brakeKey } from "../../src/catalog/keys.ts";
import type { ServiceSettings } from "../../src/catalog/model.ts";
import { rulingOf } from "../../src/catalog/rule.ts";
import { verdictOf } from "../../src/catalog/verdict.ts";
import { createWorld, settings, type World } from "./world.ts";

const LAST = { failurePolicy: "last" } as const;
const FOREVER = Number.POSITIVE_INFINITY;

const instance = ({ catalog }: World, id = "i-1") => catalog.instance("web", id)!;
const isStale = (world: World, id?: string) => instance(world, id).votes[0]?.isStale ?? false;
const ruleOf = ({ catalog }: World) => rulingOf(catalog.services.get("web")!, undefined, catalog).rule;

/** `i-1` has just fallen. */
async function fallen(set: ServiceSettings): Promise<World> {
  const world = await createWorld();
  await world.put(...settings(set));
  await world.register("i-1", { initialState: "passing", leaseSeconds: 7200 });
  await beat(world, "critical");
  return world;
}

async function beat(world: World, state: "passing" | "critical", id = "i-1"): Promise<void> {
  await world.monitor.heartbeat("web", id, state, "");
  await world.clock.advance(0);
}

test.each([
  [{}, 3600],
  [{ lastSecondsMax: 600 }, 600],
])("with %j the policy last answers who fell for %i s, and then nobody", async (set, seconds) => {
  const world = await fallen({ ...LAST, ...set });
  await world.clock.advance(seconds * 1000 - 1);
  expect([isStale(world), ruleOf(world)]).toEqual([false, "last"]);
  await world.clock.advance(1);
  expect([isStale(world), ruleOf(world)]).toEqual([true, "failClosed"]);
});

test("to become stale is no transition: one line, one reason, one time, one revision of the fall", async () => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  const { reason, atMs, revision } = instance(world).votes[0]!;
  await world.clock.advance(120_000);
  expect(instance(world).votes[0]).toMatchObject({ state: "critical", reason, atMs, revision, isStale: true });
  expect([world.log.length, world.commits.length]).toEqual([1, 2]);
});

test("who recovers is not stale, and falls anew", async () => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  await world.clock.advance(60_000);
  await beat(world, "passing");
  expect(isStale(world)).toBe(false);
  await beat(world, "critical");
  await world.clock.advance(59_000);
  expect(isStale(world)).toBe(false);
  await world.clock.advance(1000);
  expect(isStale(world)).toBe(true);
});

test.each<[string, ServiceSettings]>([
  ["a longer time is set", { ...LAST, lastSecondsMax: 600 }],
  ["the policy is another", { failurePolicy: "none" }],
])("when %s who was stale is so no more, and who fell last is answered first as before", async (_, set) => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  const { revision } = instance(world).votes[0]!;
  await world.clock.advance(60_000);
  await world.put(...settings(set));
  await world.clock.advance(0);
  expect([isStale(world), instance(world).votes[0]?.revision]).toEqual([false, revision]);
  await world.put(...settings({ ...LAST, lastSecondsMax: 60 }));
  await world.clock.advance(0);
  expect(isStale(world)).toBe(true);
});

test("the time goes on over a restart, and so does it when it has become stale", async () => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  await world.clock.advance(40_000);
  world.clock.pause(10_000);
  const next = await world.restart();
  await next.clock.advance(9000);
  expect(isStale(next)).toBe(false);
  await next.clock.advance(1000);
  expect(isStale(next)).toBe(true);
  const last = await next.restart();
  await last.clock.advance(60_000);
  expect([isStale(last), last.commits]).toEqual([true, []]);
});

test("a pause of the process makes nobody stale", async () => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  await world.clock.advance(30_000);
  world.clock.pause(3_600_000);
  await world.clock.advance(29_000);
  expect(isStale(world)).toBe(false);
});

test.each<[string, ServiceSettings, "passing" | "critical"]>([
  ["under another policy", { lastSecondsMax: 60 }, "passing"],
  ["that never passed", { ...LAST, lastSecondsMax: 60 }, "critical"],
])("nobody %s becomes stale", async (_, set, initialState) => {
  const world = await createWorld();
  await world.put(...settings(set));
  await world.register("i-1", { initialState, leaseSeconds: 7200 });
  await beat(world, "critical");
  await world.clock.advance(120_000);
  expect(isStale(world)).toBe(false);
});

test("what the store does not take is written when it is back", async () => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  world.isStoreAway = true;
  await world.clock.advance(90_000);
  expect(isStale(world)).toBe(false);
  world.isStoreAway = false;
  await world.clock.advance(31_000);
  expect(isStale(world)).toBe(true);
});

test.each([
  ["counts from a later fall does not hold", "i-2", false],
  ["held somebody before still holds", "i-1", true],
])("a brake that %s who has become stale", async (_, first, isHeld) => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  await world.register("i-2", { initialState: "passing", leaseSeconds: 7200 });
  await beat(world, "critical", "i-2");
  const { revision: since } = instance(world, first).votes[0]!;
  const untilMs = world.clock.wallMs() + 600_000;
  await world.put(brakeKey("web"), { since, reason: "half of them fell", atMs: 0, untilMs });
  await world.clock.advance(60_000);
  expect([isStale(world), verdictOf(instance(world)).isHeld]).toEqual([true, isHeld]);
});

test("no answer is held beyond the moment", async () => {
  const world = await fallen({ ...LAST, lastSecondsMax: 60 });
  await world.clock.advance(50_000);
  expect(world.secondsLeft()).toBe(9);
  await world.clock.advance(9900);
  expect(world.secondsLeft()).toBe(0);
  await world.clock.advance(300);
  expect(world.secondsLeft()).toBe(FOREVER);
});
