import { expect, test } from "vitest";
import { instanceKey, operatorKey } from "../../src/catalog/keys.ts";
import { createWorld, REGISTRATION, type World } from "./world.ts";

/** `i-1`, which nothing watches, or that is leased, being drained for another 30 s. */
async function draining(leaseSeconds?: number): Promise<World> {
  const world = await createWorld();
  await world.register("i-1", { initialState: "passing", ...(leaseSeconds !== undefined && { leaseSeconds }) });
  const atMs = world.clock.wallMs();
  await world.put(operatorKey("web", "i-1"), { state: "draining", reason: "", atMs, untilMs: atMs + 30_000 });
  return world;
}

const isRegistered = ({ catalog }: World) => catalog.instance("web", "i-1") !== undefined;

test("a drain that nobody waits for is finished when it is over, and not before", async () => {
  const world = await draining();
  await world.clock.advance(29_900);
  expect(isRegistered(world)).toBe(true);
  await world.clock.advance(200);
  expect([isRegistered(world), world.commits]).toEqual([false, ["delete inst/web/i-1", "delete oper/web/i-1"]]);
  expect(world.log).toContain("instance web/i-1 deregistered: its drain is over");
});

test.each([
  ["before it is over", 10_000],
  ["when it has been over for long", 3_600_000],
])("a drain is finished by a server that starts again %s", async (_, awayMs) => {
  const before = await draining();
  await before.monitor.close();
  await before.clock.advance(awayMs);
  const after = await before.restart();
  expect(isRegistered(after)).toBe(true);
  await after.clock.advance(20_100);
  expect(isRegistered(after)).toBe(false);
});

test("a heartbeat does not prolong a drain", async () => {
  const world = await draining(60);
  await world.clock.advance(20_000);
  await world.monitor.heartbeat("web", "i-1", "passing", "");
  await world.clock.advance(10_100);
  expect(isRegistered(world)).toBe(false);
});

test("what was registered anew as the drain ended stays", async () => {
  const world = await draining();
  world.beforeCommit = () =>
    world.store.commit([
      { kind: "put", key: instanceKey("web", "i-1"), value: JSON.stringify({ ...REGISTRATION, weight: 1 }) },
      { kind: "delete", key: operatorKey("web", "i-1") },
    ]);
  await world.clock.advance(60_000);
  expect(world.catalog.instance("web", "i-1")?.registration.weight).toBe(1);
});

test("a drain whose end the store would not take is finished later", async () => {
  const world = await draining();
  world.isStoreAway = true;
  await world.clock.advance(32_000);
  expect(isRegistered(world)).toBe(true);
  world.isStoreAway = false;
  await world.clock.advance(5000);
  expect(isRegistered(world)).toBe(false);
});
