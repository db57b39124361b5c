import { expect, test } from "vitest";
import type { CheckState } from "../../src/catalog/model.ts";
import { checkEvery5, createWorld, maintenance, type World } from "./world.ts";

const EXPIRED = "critical: lease expired: no heartbeat for 15 s";

async function leased(initialState: CheckState = "passing"): Promise<World> {
  const world = await createWorld();
  await world.register("i-1", { initialState, leaseSeconds: 15 });
  return world;
}

async function beat(world: World, state: CheckState = "passing", output = ""): Promise<unknown> {
  const heartbeat = await world.monitor.heartbeat("web", "i-1", state, output);
  await world.clock.advance(0);
  return heartbeat;
}

test("a lease holds as long as heartbeats come, and nothing is written for them", async () => {
  const world = await leased();
  for (let i = 0; i < 20; i++) {
    await world.clock.advance(14_900);
    expect(await beat(world)).toEqual({ kind: "renewed" });
  }
  expect(world.commits).toEqual([]);
});

test("a lease that expires makes the instance critical, until a heartbeat comes", async () => {
  const world = await leased();
  await world.clock.advance(14_900);
  expect(world.vote("i-1")).toBe("no vote");
  await world.clock.advance(100);
  expect(world.vote("i-1")).toBe(EXPIRED);
  expect(await beat(world)).toEqual({ kind: "renewed", revision: 3 });
  expect(world.vote("i-1")).toBe("passing: heartbeat said passing");
  await world.clock.advance(15_000);
  expect(world.log.map((line) => line.replace(/:.*/, ""))).toEqual([
    "instance web/i-1 passing → critical",
    "instance web/i-1 critical → passing",
    "instance web/i-1 passing → critical",
  ]);
});

test.each([
  ["passing", "", "no vote"],
  ["warning", "disk 91 %", "warning: heartbeat: disk 91 %"],
  ["critical", "disk full", "critical: heartbeat: disk full"],
  ["critical", "", "critical: heartbeat said critical"],
] as const)("a heartbeat that says %s and %j gives %j", async (state, output, vote) => {
  const world = await leased();
  await beat(world, state, output);
  expect(world.vote("i-1")).toBe(vote);
  expect(world.monitor.results("web", "i-1")).toMatchObject([{ check: "heartbeat", state, output }]);
});

test("what a heartbeat says is cut to 4 KiB, between two characters", async () => {
  const world = await leased();
  await beat(world, "warning", "é".repeat(5000));
  expect(world.monitor.results("web", "i-1")[0]?.output).toBe(`${"é".repeat(2046)}…`);
});

test.each([
  ["nobody", {}],
  ["unleased", { checks: [checkEvery5] }],
])("a heartbeat of an instance that is %s is unknown", async (id, registration) => {
  const world = await createWorld();
  if (id !== "nobody") await world.register(id, registration);
  expect(await world.monitor.heartbeat("web", id, "passing", "")).toEqual({ kind: "unknown" });
  expect(await world.monitor.renew("web", id)).toEqual({ kind: "unknown" });
});

test("an instance with checks and a lease passes when both do: to have registered is a sign of life", async () => {
  const world = await createWorld();
  await world.register("i-1", { leaseSeconds: 15, checks: [checkEvery5] });
  await world.clock.advance(1000);
  expect(world.vote("i-1")).toBe("passing: http 10.0.0.1: fine");
  await world.clock.advance(15_000);
  expect(world.vote("i-1")).toBe(EXPIRED);
});

test("an instance with a lease alone that is registered as critical waits for its first heartbeat", async () => {
  const world = await leased("critical");
  await world.clock.advance(10_000);
  expect(world.vote("i-1")).toBe("no vote");
  await beat(world);
  expect(world.vote("i-1")).toBe("passing: heartbeat said passing");
});

test.each(["put", "renew"])("a %s of the registration renews the lease, and revives an expired one", async (how) => {
  const world = await leased();
  const again = async () => {
    if (how === "put") await world.register("i-1", { initialState: "passing", leaseSeconds: 15, tags: ["new"] });
    else await world.monitor.renew("web", "i-1");
    await world.clock.advance(0);
  };
  await world.clock.advance(10_000);
  await again();
  await world.clock.advance(10_000);
  expect(world.vote("i-1")).toBe("no vote");
  await world.clock.advance(5000);
  expect(world.vote("i-1")).toBe(EXPIRED);
  await again();
  expect(world.vote("i-1")).toBe("passing: registered again");
});

test.each([
  // thresholds, heartbeats, vote after the last of them
  [{ passAfter: 1, failAfter: 3 }, "ccpcc", "no vote"],
  [{ passAfter: 1, failAfter: 3 }, "ccpccc", "critical: heartbeat said critical"],
  [{ passAfter: 2, failAfter: 1 }, "cp", "critical: heartbeat said critical"],
  [{ passAfter: 2, failAfter: 1 }, "cpcp", "critical: heartbeat said critical"],
  [{ passAfter: 2, failAfter: 1 }, "cpp", "passing: heartbeat said passing"],
] as const)("with thresholds %j the heartbeats %s give %s", async (heartbeat, beats, vote) => {
  const world = await createWorld();
  await world.register("i-1", { initialState: "passing", leaseSeconds: 15, heartbeat });
  for (const letter of beats) await beat(world, letter === "c" ? "critical" : "passing");
  expect(world.vote("i-1")).toBe(vote);
});

test("a lease that has expired wants as many heartbeats as its thresholds say", async () => {
  const world = await createWorld();
  const heartbeat = { passAfter: 2, failAfter: 2 };
  await world.register("i-1", { initialState: "passing", leaseSeconds: 15, heartbeat });
  await world.clock.advance(15_000);
  await beat(world);
  expect(world.vote("i-1")).toBe(EXPIRED);
  await beat(world);
  expect(world.vote("i-1")).toBe("passing: heartbeat said passing");
});

test("a registration leaves the state that a heartbeat pushed", async () => {
  const world = await leased();
  await beat(world, "critical", "draining my queue");
  await world.register("i-1", { initialState: "passing", leaseSeconds: 15, tags: ["new"] });
  expect(world.vote("i-1")).toBe("critical: heartbeat: draining my queue");
});

test("a vote or an operator's word is no sign of life", async () => {
  const world = await leased();
  await world.clock.advance(10_000);
  await world.put(...maintenance());
  await world.clock.advance(5000);
  expect(world.vote("i-1")).toBe(EXPIRED);
});

test("a pause of the process expires nobody, and takes nothing off the time that is left", async () => {
  const world = await leased();
  await world.clock.advance(10_000);
  world.clock.pause(3_600_000);
  await world.clock.advance(4500);
  expect(world.vote("i-1")).toBe("no vote");
  await world.clock.advance(500);
  expect(world.vote("i-1")).toBe(EXPIRED);
});

test("a restart expires nobody: every lease is granted in full", async () => {
  const before = await leased();
  await before.clock.advance(14_000);
  const after = await before.restart();
  await after.clock.advance(14_900);
  expect(after.vote("i-1")).toBe("no vote");
  await after.clock.advance(100);
  expect(after.vote("i-1")).toBe(EXPIRED);
});

test("a restart resurrects nobody: who was critical waits for a heartbeat", async () => {
  const before = await leased();
  await before.clock.advance(15_000);
  const after = await before.restart();
  await after.clock.advance(60_000);
  expect([after.vote("i-1"), after.commits]).toEqual([EXPIRED, []]);
  await beat(after);
  expect(after.vote("i-1")).toBe("passing: heartbeat said passing");
});

test("10 000 leases cost one timer and, while they are renewed, not one commit", async () => {
  const world = await createWorld();
  for (let i = 0; i < 10_000; i++) void world.register(`i-${i}`, { initialState: "passing", leaseSeconds: 15 });
  await world.clock.advance(10_000);
  expect(world.monitor.status().leases).toBe(10_000);
  for (let i = 0; i < 10_000; i++) void world.monitor.heartbeat("web", `i-${i}`, "passing", "");
  await world.clock.advance(10_000);
  expect(world.commits).toEqual([]);
});
