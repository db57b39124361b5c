import { expect, test } from "vitest";
import { leaderKey } from "../../src/catalog/keys.ts";
import { flush } from "./fake-clock.ts";
import { createWorld, type World } from "./world.ts";

const KEY = leaderKey("web");

/** web/i-1 leads for 15 s. */
async function led(): Promise<World> {
  const world = await createWorld();
  await world.register("i-1", {});
  await world.register("i-2", {});
  await world.put(KEY, { id: "i-1", leaseSeconds: 15, atMs: 0 });
  return world;
}

const leads = ({ catalog }: World) => catalog.leader("web")?.id;

test("a leader lease ends when nobody renews it", async () => {
  const world = await led();
  await world.clock.advance(14_900);
  expect([leads(world), world.monitor.leadSecondsLeft("web")]).toEqual(["i-1", 0.1]);
  await world.clock.advance(200);
  expect([leads(world), world.commits, world.monitor.leadSecondsLeft("web")]).toEqual([
    undefined,
    ["delete lead/web"],
    undefined,
  ]);
});

test("a renewed one lasts for its whole time again", async () => {
  const world = await led();
  await world.clock.advance(10_000);
  world.monitor.lead("web");
  await world.clock.advance(14_000);
  expect(leads(world)).toBe("i-1");
  await world.clock.advance(1_200);
  expect(leads(world)).toBe(undefined);
});

test("the next leader has a lease of its own", async () => {
  const world = await led();
  await world.clock.advance(10_000);
  await world.put(KEY, { id: "i-2", leaseSeconds: 20, atMs: 0 });
  await world.clock.advance(19_500);
  expect(leads(world)).toBe("i-2");
  await world.clock.advance(700);
  expect(leads(world)).toBe(undefined);
});

test("a restart grants a full lease", async () => {
  const world = await led();
  await world.clock.advance(14_000);
  const next = await world.restart();
  await next.clock.advance(14_000);
  expect(leads(next)).toBe("i-1");
  await next.clock.advance(1_200);
  expect(leads(next)).toBe(undefined);
});

test("the lease of an instance that is deregistered ends at once", async () => {
  const world = await led();
  await world.remove("inst/web/i-1");
  await world.clock.advance(300);
  expect(leads(world)).toBe(undefined);
});

test("an end that the store does not take is tried again", async () => {
  const world = await led();
  world.isStoreAway = true;
  await world.clock.advance(20_000);
  expect(leads(world)).toBe("i-1");
  world.isStoreAway = false;
  await world.clock.advance(1_500);
  expect(leads(world)).toBe(undefined);
});

test("no answer is held beyond the end of the lease", async () => {
  const world = await led();
  await world.clock.advance(13_000);
  expect(world.secondsLeft()).toBe(1);
  world.monitor.lead("web");
  await world.clock.advance(200);
  expect(world.secondsLeft()).toBe(14);
  await world.remove(KEY);
  await world.clock.advance(200);
  expect(world.secondsLeft()).toBe(Number.POSITIVE_INFINITY);
});

test("where nobody leads there is nothing to renew", async () => {
  const world = await createWorld();
  world.monitor.lead("web");
  await flush();
  expect([world.monitor.leadSecondsLeft("web"), world.commits]).toEqual([undefined, []]);
});
