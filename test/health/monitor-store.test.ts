import { expect, test } from "vitest";
import { checkEvery5, createWorld, maintenance, type World } from "./world.ts";

const EXPIRED = "critical: lease expired: no heartbeat for 15 s";
const LEASED = { initialState: "passing", leaseSeconds: 15 } as const;

test("after a restart every check begins in the state on record, and the thresholds hold from there", async () => {
  const before = await createWorld();
  await before.register("good", { addresses: ["10.0.0.1"], checks: [checkEvery5] });
  before.finds.set("10.0.0.2", "failing");
  await before.register("bad", { addresses: ["10.0.0.2"], checks: [{ ...checkEvery5, passAfter: 2 }] });
  await before.clock.advance(10_000);
  const after = await before.restart();
  after.finds.set("10.0.0.1", "failing");
  void after.monitor.firstRound(2000);
  await after.clock.advance(100);
  expect(after.probed.length).toBe(2);
  expect(after.commits).toEqual([]);
  await after.clock.advance(10_000);
  expect(after.vote("good")).toBe("critical: http 10.0.0.1: refused");
  expect(after.vote("bad")).toBe("passing: http 10.0.0.2: fine");
});

test("after a restart each check goes on at its place in the interval, as if nothing had happened", async () => {
  const before = await createWorld();
  for (const id of ["a", "b", "c"]) await before.register(id, { addresses: [id], checks: [checkEvery5] });
  await before.clock.advance(20_000);
  const places = ({ probed }: World) =>
    Object.fromEntries(probed.slice(-3).map(({ atMs, host }) => [host, atMs % 5000]));
  await before.clock.advance(1234);
  const after = await before.restart();
  await after.clock.advance(5000);
  expect(after.probed.length).toBe(3);
  for (const [host, place] of Object.entries(places(before))) expect(places(after)[host]).toBeCloseTo(place, -1);
});

test("the first round ends when each check has run once and its vote is durable", async () => {
  const before = await createWorld();
  for (const id of ["a", "b", "c"]) await before.register(id, { checks: [checkEvery5] });
  const after = await before.restart();
  const round = after.monitor.firstRound(2000);
  const startMs = after.clock.nowMs();
  let endMs: number | undefined;
  void round.then(() => {
    endMs = after.clock.nowMs();
  });
  await after.clock.advance(2000);
  expect(await round).toBe(6);
  expect(endMs! - startMs).toBeLessThan(50);
  expect(after.commits.length).toBe(3);
});

test.each([
  ["a probe hangs", { finds: "hanging" }],
  ["the store hangs", { beforeCommit: () => new Promise(() => {}) }],
])("the first round ends after its bound although %s", async (_, { finds, beforeCommit }: Record<string, unknown>) => {
  const before = await createWorld();
  await before.register("i-1", { checks: [{ ...checkEvery5, timeoutSeconds: 5 }] });
  const after = await before.restart();
  if (finds !== undefined) after.finds.set("*", finds as "hanging");
  if (beforeCommit !== undefined) after.beforeCommit = beforeCommit as () => Promise<unknown>;
  let isOver = false;
  void after.monitor.firstRound(2000).then(() => {
    isOver = true;
  });
  await after.clock.advance(1900);
  expect(isOver).toBe(false);
  await after.clock.advance(200);
  expect(isOver).toBe(true);
});

test("the first round of nothing ends at once", async () => {
  const world = await createWorld();
  expect(await world.monitor.firstRound(2000)).toBe(0);
});

test("a vote on a registration that was replaced meanwhile does not land, and is cast again on the new one", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  world.beforeCommit = async () => {
    world.beforeCommit = async () => {};
    await world.store.commit([{ kind: "delete", key: "inst/web/i-1" }]);
    await world.register("i-1", { ...LEASED, generation: 2 });
  };
  await world.clock.advance(15_000);
  expect(world.vote("i-1")).toBe("no vote");
  await world.clock.advance(15_000);
  expect(world.vote("i-1")).toBe(EXPIRED);
});

test("a vote that a store does not take is tried again with growing pauses, and logged once", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  let attempts = 0;
  world.isStoreAway = true;
  world.beforeCommit = async () => {
    attempts++;
  };
  await world.clock.advance(15_000);
  expect(attempts).toBe(1);
  await world.clock.advance(1000 + 2000 + 4000);
  expect(attempts).toBe(4);
  world.isStoreAway = false;
  await world.clock.advance(8000);
  expect(world.vote("i-1")).toBe(EXPIRED);
  expect(world.log).toEqual([
    "health transitions cannot be recorded and will be tried again",
    "health transitions are recorded again",
    "instance web/i-1 passing → critical: lease expired: no heartbeat for 15 s",
  ]);
});

test("a vote that is true again when the store is back is not cast", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  world.isStoreAway = true;
  await world.clock.advance(15_000);
  await world.monitor.heartbeat("web", "i-1", "passing", "");
  world.isStoreAway = false;
  await world.clock.advance(5000);
  expect(world.commits).toEqual([]);
});

test("a heartbeat whose transition the store does not take rejects", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  world.isStoreAway = true;
  await expect(world.monitor.heartbeat("web", "i-1", "critical", "")).rejects.toThrow("disk is away");
});

test("states that follow each other while a commit is under way end in the last one", async () => {
  const world = await createWorld();
  await world.register("i-1", LEASED);
  const beats = (["critical", "warning", "critical", "warning"] as const).map((state) =>
    world.monitor.heartbeat("web", "i-1", state, ""),
  );
  await Promise.all(beats);
  await world.clock.advance(0);
  expect(world.vote("i-1")).toBe("warning: heartbeat said warning");
  expect(world.commits).toEqual(["put vote/web/i-1/here critical", "put vote/web/i-1/here warning"]);
});

test("an instance that stays critical is deregistered, with its votes and the operator's word", async () => {
  const world = await createWorld();
  await world.register("i-1", { ...LEASED, deregisterAfterSeconds: 60 });
  await world.put("vote/web/i-1/there", { generation: 1, state: "critical", reason: "", hasPassed: true, atMs: 0 });
  await world.clock.advance(15_000 + 59_900);
  expect(world.catalog.instance("web", "i-1")).toBeDefined();
  await world.clock.advance(100);
  expect(world.catalog.instance("web", "i-1")).toBeUndefined();
  expect((await world.store.read("")).items).toEqual([]);
  expect(world.log.at(-1)).toBe(
    "instance web/i-1 deregistered: critical for 60 s: lease expired: no heartbeat for 15 s",
  );
});

test.each([
  // what happens 50 s after it turned critical, and how long it is left from then on
  ["nothing", 10],
  ["it passes for a moment", 75],
  ["the server restarts", 60],
  ["maintenance", Number.POSITIVE_INFINITY],
  ["maintenance for 20 s", 80],
  ["the process stands still", 10],
] as const)("an instance is deregistered after 60 s critical: %s", async (what, leftSeconds) => {
  let world = await createWorld();
  await world.register("i-1", { ...LEASED, deregisterAfterSeconds: 60 });
  await world.clock.advance(15_000 + 50_000);
  if (what === "it passes for a moment") await world.monitor.heartbeat("web", "i-1", "passing", "");
  if (what === "the server restarts") world = await world.restart();
  if (what === "maintenance") await world.put(...maintenance());
  if (what === "maintenance for 20 s") await world.put(...maintenance(world.clock.wallMs() + 20_000));
  if (what === "the process stands still") world.clock.pause(3_600_000);
  await world.clock.advance(Math.min(leftSeconds, 3600) * 1000 - 300);
  expect(world.catalog.instance("web", "i-1")).toBeDefined();
  await world.clock.advance(600);
  expect(world.catalog.instance("web", "i-1") === undefined).toBe(leftSeconds < 3600);
});

test("a registration that comes as the instance is being deregistered wins", async () => {
  const world = await createWorld();
  world.finds.set("*", "failing");
  await world.register("i-1", { checks: [checkEvery5], deregisterAfterSeconds: 60 });
  await world.clock.advance(59_000);
  world.beforeCommit = async () => {
    world.beforeCommit = async () => {};
    await world.register("i-1", { checks: [checkEvery5], deregisterAfterSeconds: 60, tags: ["new"] });
  };
  await world.clock.advance(50_000);
  expect(world.catalog.instance("web", "i-1")?.registration.tags).toEqual(["new"]);
  await world.clock.advance(15_000);
  expect(world.catalog.instance("web", "i-1")).toBeUndefined();
});

test("a deregistration that the store does not take is tried again", async () => {
  const world = await createWorld();
  await world.register("i-1", { ...LEASED, deregisterAfterSeconds: 60 });
  await world.clock.advance(20_000);
  world.isStoreAway = true;
  await world.clock.advance(60_000);
  world.isStoreAway = false;
  await world.clock.advance(5000);
  expect(world.catalog.instance("web", "i-1")).toBeUndefined();
});

test("an operator's word ends at its time on the wall clock", async () => {
  const world = await createWorld();
  await world.register("i-1", { initialState: "passing" });
  await world.put(...maintenance(world.clock.wallMs() + 90_000));
  await world.clock.advance(89_000);
  expect(world.catalog.instance("web", "i-1")?.operator?.state).toBe("maintenance");
  await world.clock.advance(1000);
  expect(world.catalog.instance("web", "i-1")?.operator).toBeUndefined();
  expect(world.commits).toEqual(["delete oper/web/i-1"]);
});

test("an operator's word ends soon after the wall clock is set past its time, whatever the process slept", async () => {
  const world = await createWorld();
  await world.register("i-1", { initialState: "passing" });
  const untilMs = world.clock.wallMs() + 3_600_000;
  await world.put(...maintenance(untilMs));
  await world.clock.advance(1000);
  world.clock.setWall(untilMs + 1);
  await world.clock.advance(60_000);
  expect(world.catalog.instance("web", "i-1")?.operator).toBeUndefined();
});
