import { expect, test } from "vitest";
import type { Check, CheckState } from "../../src/catalog/model.ts";
import { checkEvery5, createWorld, settings, type World } from "./world.ts";

const REFUSED = "critical: http 10.0.0.1: refused";
const FINE = "passing: http 10.0.0.1: fine";

async function withCheck(check: Partial<Check> = {}, initialState: CheckState = "critical"): Promise<World> {
  const world = await createWorld();
  world.finds.set("*", initialState === "critical" ? "failing" : "passing");
  await world.register("i-1", { initialState, checks: [{ ...checkEvery5, ...check } as Check] });
  return world;
}

/** Runs the check until it has been run so many times more. */
async function rounds(world: World, count: number): Promise<void> {
  const goal = world.probed.length + count;
  while (world.probed.length < goal) await world.clock.advance(100);
  await world.clock.advance(0);
}

test("a new instance is probed at once, then once in each interval", async () => {
  const world = await createWorld();
  const startMs = world.clock.nowMs();
  await world.register("i-1", { checks: [checkEvery5] });
  expect(world.probed).toEqual([]); // not within the publisher's call
  await world.clock.advance(60_000);
  const times = world.probed.map(({ atMs }) => atMs - startMs);
  expect(times[0]).toBe(0);
  expect(times.slice(2).map((time, i) => time - times[i + 1]!)).toEqual(times.slice(2).map(() => 5000));
  expect(times.length).toBeGreaterThanOrEqual(12);
});

test("a transition is one vote, one line and no more while nothing changes", async () => {
  const world = await withCheck();
  await rounds(world, 1);
  world.finds.set("*", "passing");
  await rounds(world, 5);
  world.finds.set("*", "failing");
  await rounds(world, 5);
  expect(world.commits).toEqual([
    "put vote/web/i-1/here critical", // why it is critical, said once
    "put vote/web/i-1/here passing",
    "put vote/web/i-1/here critical",
  ]);
  expect(world.log).toEqual([
    "instance web/i-1 critical → passing: http 10.0.0.1: fine",
    "instance web/i-1 passing → critical: http 10.0.0.1: refused",
  ]);
});

test.each([
  // passAfter, failAfter, rounds that fail, vote, rounds that pass, vote
  [1, 1, 1, REFUSED, 1, FINE],
  [1, 3, 2, "no vote", 1, "no vote"],
  [1, 3, 3, REFUSED, 1, FINE],
  [3, 1, 1, REFUSED, 2, REFUSED],
  [3, 1, 1, REFUSED, 3, FINE],
])(
  "with passAfter %i and failAfter %i, %i failures give %j, then %i passes %j",
  async (passAfter, failAfter, ...row) => {
    const [failures, whenFailed, passes, whenPassed] = row;
    const world = await withCheck({ passAfter, failAfter }, "passing");
    await rounds(world, 1);
    world.finds.set("*", "failing");
    await rounds(world, failures);
    expect(world.vote("i-1")).toBe(whenFailed);
    world.finds.set("*", "passing");
    await rounds(world, passes);
    expect(world.vote("i-1")).toBe(whenPassed);
  },
);

test.each([
  ["passing", "passing", "no vote"],
  ["passing", "warning", "warning: http 10.0.0.1: fine"],
  ["critical", "passing", FINE],
  ["critical", "failing", REFUSED],
  ["warning", "warning", "no vote"],
] as const)("an instance registered as %s that is found %s has %j", async (initialState, finds, vote) => {
  const world = await createWorld();
  world.finds.set("*", finds);
  await world.register("i-1", { initialState, checks: [checkEvery5] });
  await world.clock.advance(20_000);
  expect(world.vote("i-1")).toBe(vote);
});

test("an instance is as bad as its worst check", async () => {
  const world = await createWorld();
  const tcp: Check = { ...checkEvery5, kind: "tcp", intervalSeconds: 60 };
  await world.register("i-1", { checks: [checkEvery5, tcp] });
  await world.clock.advance(1000);
  expect(world.vote("i-1")).toBe(FINE);
  world.finds.set("*", "failing");
  await world.clock.advance(15_000);
  expect(world.vote("i-1")).toBe(REFUSED);
});

test("hasPassed stays once it is true, and is false while an instance has never passed", async () => {
  const world = await withCheck();
  const hasPassed = () => world.catalog.instance("web", "i-1")?.votes[0]?.hasPassed;
  await rounds(world, 1);
  expect(hasPassed()).toBe(false);
  world.finds.set("*", "passing");
  await rounds(world, 1);
  world.finds.set("*", "failing");
  await rounds(world, 2);
  expect([world.vote("i-1"), hasPassed()]).toEqual([REFUSED, true]);
});

test("a probe that takes too long is aborted, and its check never runs twice at once", async () => {
  const world = await withCheck({ intervalSeconds: 2, timeoutSeconds: 2 }, "passing");
  world.finds.set("*", "hanging");
  for (let i = 0; i < 100; i++) {
    await world.clock.advance(100);
    expect(world.monitor.status().probesInFlight).toBeLessThanOrEqual(1);
  }
  expect(world.vote("i-1")).toBe("critical: http 10.0.0.1: timed out");
});

test("a probe that rejects against its contract fails its check and nothing else", async () => {
  const world = await withCheck({}, "passing");
  world.finds.set("*", "broken");
  await rounds(world, 2);
  expect(world.vote("i-1")).toBe("critical: http: the probe itself failed: TypeError: target is undefined");
});

test("the last five results are kept, newest first", async () => {
  const world = await withCheck({}, "passing");
  await rounds(world, 6);
  world.finds.set("*", "failing");
  await rounds(world, 2);
  const results = world.monitor.results("web", "i-1");
  expect(results.map(({ state, output }) => `${state} ${output}`)).toEqual([
    "critical refused",
    "critical refused",
    "passing fine",
    "passing fine",
    "passing fine",
  ]);
  expect(results[0]).toMatchObject({ check: "http 10.0.0.1", atMs: expect.any(Number) });
  expect(world.monitor.results("web", "nobody")).toEqual([]);
});

test("a registration that changes keeps the states of its checks, and is probed where it is now", async () => {
  const world = await withCheck({ failAfter: 2 }, "passing");
  await rounds(world, 1);
  world.finds.set("10.0.0.2", "failing");
  await world.register("i-1", { initialState: "passing", addresses: ["10.0.0.2"], checks: [{ ...checkEvery5 }] });
  await rounds(world, 1);
  expect(world.vote("i-1")).toBe("no vote"); // one failure is not two
  await rounds(world, 1);
  expect(world.vote("i-1")).toBe("critical: http 10.0.0.2: refused");
});

test("what a probe found at an address the instance has left meanwhile does not count", async () => {
  const world = await withCheck({ failAfter: 1 }, "passing");
  await rounds(world, 1);
  world.finds.set("*", "hanging");
  await rounds(world, 1);
  world.finds.set("10.0.0.2", "passing");
  await world.register("i-1", {
    initialState: "passing",
    addresses: ["10.0.0.2"],
    checks: [{ ...checkEvery5, failAfter: 1 }],
  });
  await world.clock.advance(10_000);
  expect(world.probed.at(-1)?.host).toBe("10.0.0.2");
  expect(world.commits).toEqual([]);
});

test("another generation begins anew, with the state it was registered in", async () => {
  const world = await withCheck({}, "passing");
  await rounds(world, 1);
  await world.register("i-1", { generation: 2, checks: [{ ...checkEvery5, passAfter: 2 }] });
  await world.clock.advance(0);
  expect(world.vote("i-1")).toBe("no vote");
  await rounds(world, 1);
  expect(world.vote("i-1")).toBe(FINE);
});

test("an instance that is deregistered is probed no more", async () => {
  const world = await withCheck();
  await rounds(world, 1);
  await world.remove("inst/web/i-1");
  const count = world.probed.length;
  await world.clock.advance(60_000);
  expect(world.probed.length).toBe(count);
  expect(world.monitor.status()).toMatchObject({ checks: 0, leases: 0, probesInFlight: 0 });
});

test("a service's checks hold for instances that bring neither checks nor a lease, as long as they are set", async () => {
  const world = await createWorld();
  world.finds.set("*", "failing");
  await world.register("plain", { initialState: "passing" });
  await world.register("leased", { initialState: "passing", leaseSeconds: 3600 });
  await world.clock.advance(20_000);
  expect(world.probed).toEqual([]);
  await world.put(...settings({ checks: [checkEvery5] }));
  await world.clock.advance(20_000);
  expect([world.vote("plain"), world.vote("leased")]).toEqual([REFUSED, "no vote"]);
  await world.put(...settings({}));
  expect(world.vote("plain")).toBe("passing: no check");
  expect(world.monitor.status().checks).toBe(0);
});

test("at most 16 probes turn to one target at a time", async () => {
  const world = await createWorld();
  world.finds.set("10.0.0.1", "hanging");
  for (let i = 0; i < 20; i++) await world.register(`i-${i}`, { checks: [checkEvery5] });
  await world.register("elsewhere", { addresses: ["10.0.0.2"], checks: [checkEvery5] });
  await world.clock.advance(100);
  expect(world.monitor.status()).toEqual({
    checks: 21,
    leases: 0,
    heldOut: 0,
    heldByBrake: {},
    probesInFlight: 16,
    probesWaiting: 4,
  });
  expect(world.vote("elsewhere")).toBe("passing: http 10.0.0.2: fine");
  await world.clock.advance(2000);
  expect(world.probed.length).toBe(21);
  await world.monitor.close();
});

test("closing ends probes and timers", async () => {
  const world = await withCheck();
  world.finds.set("*", "hanging");
  await world.clock.advance(0);
  expect(world.monitor.status().probesInFlight).toBe(1);
  await world.monitor.close();
  expect(world.monitor.status()).toMatchObject({ checks: 0, leases: 0, probesInFlight: 0 });
  const count = world.probed.length;
  await world.clock.advance(60_000);
  expect([world.probed.length, world.commits]).toEqual([count, []]);
});
