import { expect, test } from "vitest";
import { brakeKey, EVERY_SERVICE, instanceKey, leaderKey } from "../../src/catalog/keys.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { addOthers, fallOfOthers, held, isBraked, LEASED, many, say } from "./brakes-world.ts";
import { flush } from "./fake-clock.ts";
import { checkEvery5, createWorld, settings, type World } from "./world.ts";

const BRAKE = { since: 1, reason: "6 of 10 fell", atMs: 0, untilMs: 4_000_000_000_000 };

/** Holds back each commit of the monitor's until it is called. */
function holdCommits(world: World): () => Promise<void> {
  let release = () => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  world.beforeCommit = () => isReleased;
  return async () => {
    release();
    await flush();
  };
}

/** All but one of the votes are in by which a brake is engaged, and the commit of the brake is under way. */
async function engaging(): Promise<{ world: World; release: () => Promise<void> }> {
  const world = await many(10);
  await say(world, "critical", 0, 5);
  let release = async () => {};
  world.beforeCommit = async () => {
    release = holdCommits(world);
  };
  await say(world, "critical", 5, 6);
  expect(isBraked(world)).toBe(false);
  return { world, release: () => release() };
}

test("whoever switches it off while it is engaged releases it at once", async () => {
  const world = await many(10);
  await say(world, "critical", 0, 6);
  await world.put(...settings({ brake: { aboveShare: 1 } }));
  expect(isBraked(world)).toBe(false);
  expect(world.log).toContain("brake of web released: it is switched off");
});

test("a service that is deregistered while its brake is being engaged leaves none behind", async () => {
  const { world, release } = await engaging();
  for (let i = 0; i < 10; i++) await world.remove(instanceKey("web", `i-${i}`));
  await release();
  await world.clock.advance(5000);
  expect([isBraked(world), isBraked(world, EVERY_SERVICE)]).toEqual([false, false]);
  const commits = world.commits.length;
  for (let i = 0; i < 10; i++) await world.register(`i-${i}`, LEASED);
  await say(world, "critical", 0, 1);
  await world.clock.advance(5000);
  expect([isBraked(world), held(world), world.commits.length - commits]).toEqual([false, [], 1]);
});

test("whoever closes the monitor waits for a brake that is being engaged", async () => {
  const { world, release } = await engaging();
  let isClosed = false;
  void world.monitor.close().then(() => {
    isClosed = true;
  });
  await flush();
  expect(isClosed).toBe(false);
  await release();
  expect([isClosed, world.catalog.brake("web")?.reason]).toEqual([true, "6 of 10 instances of web fell within 60 s"]);
});

test("the first round ends when the brake that follows from it is engaged", async () => {
  const before = await createWorld();
  const checks = [{ ...checkEvery5, failAfter: 1 }];
  for (let i = 0; i < 5; i++) await before.register(`i-${i}`, { initialState: "passing", checks, addresses: [`${i}`] });
  const after = await before.restart();
  for (let i = 0; i < 3; i++) after.finds.set(`${i}`, "failing");
  after.beforeCommit = async () => {
    for (let i = 0; i < 10; i++) await flush();
  };
  const round = after.monitor.firstRound(10_000);
  const engaged = round.then((revision) => [isBraked(after), revision]);
  await after.clock.advance(2000);
  expect(await engaged).toEqual([true, after.catalog.revision]);
});

test("after a restart the log says that it is engaged still", async () => {
  const before = await many(10);
  await addOthers(before, 1);
  await say(before, "critical", 0, 6);
  await fallOfOthers(before, 0, 1);
  const after = await before.restart();
  expect(after.log).toContain("brake of web is still engaged: 6 of 10 instances of web fell within 60 s");
  expect(after.log).toContain(
    "brake of all services is still engaged: 7 of 11 instances of all services fell within 60 s",
  );
});

test("what a service that is gone left on record does not outlast a restart", async () => {
  const store = createMemoryStore();
  await store.commit([
    { kind: "put", key: brakeKey("web"), value: JSON.stringify(BRAKE) },
    { kind: "put", key: leaderKey("web"), value: JSON.stringify({ id: "i-1", leaseSeconds: 15, atMs: 0 }) },
  ]);
  const world = await createWorld(store);
  await world.clock.advance(1000);
  expect([world.catalog.brake("web"), world.catalog.leader("web")]).toEqual([undefined, undefined]);
  expect(world.monitor.status().heldByBrake).toEqual({});
});
