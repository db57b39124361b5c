import { describe, expect, test } from "vitest";
import type { Registration } from "../../src/catalog/model.ts";
import { checkEvery5, createWorld, maintenance, type World } from "./world.ts";

const FOREVER = Number.POSITIVE_INFINITY;
const EVERY_10 = { ...checkEvery5, intervalSeconds: 10, failAfter: 3 };

/** `i-1`, registered a while ago. */
async function registered(parts: Partial<Registration>, found: "passing" | "failing" = "passing"): Promise<World> {
  const world = await createWorld();
  world.finds.set("*", found);
  await world.register("i-1", { initialState: "passing", ...parts });
  await world.clock.advance(1);
  return world;
}

/** What is left every so often, from now on. */
async function watched(world: World, stepMs: number, steps: number): Promise<number[]> {
  const seen: number[] = [];
  for (let step = 0; step < steps; step++) {
    await world.clock.advance(stepMs);
    seen.push(world.secondsLeft());
  }
  return seen;
}

describe("an answer may be held", () => {
  test("for ever, as far as anybody knows, where nothing is watched or all checks pass", async () => {
    expect((await registered({})).secondsLeft()).toBe(FOREVER);
    expect(await watched(await registered({ checks: [EVERY_10] }), 2000, 10)).toEqual(Array(10).fill(FOREVER));
  });

  test("for what is left of the shortest lease, and each heartbeat makes it longer", async () => {
    const world = await registered({ leaseSeconds: 30 });
    await world.register("i-2", { initialState: "passing", leaseSeconds: 60 });
    expect(await watched(world, 10_000, 2)).toEqual([19, 9]);
    await world.monitor.heartbeat("web", "i-1", "passing", "");
    expect(await watched(world, 1000, 2)).toEqual([28, 27]);
  });

  test("no more when the lease is over and until that is published, and then for the next one's", async () => {
    const world = await registered({ leaseSeconds: 30 });
    await world.register("i-2", { initialState: "passing", leaseSeconds: 60 });
    let release = () => {};
    world.beforeCommit = () => new Promise<void>((resolve) => (release = resolve));
    await world.clock.advance(30_001);
    expect([world.vote("i-1"), await watched(world, 500, 3)]).toEqual(["no vote", [0, 0, 0]]);
    release();
    await world.clock.advance(100);
    expect([world.vote("i-1"), world.secondsLeft()]).toEqual([expect.stringContaining("critical"), 27]);
  });

  test("for as long as those runs take to come that may be as many failures as end it", async () => {
    const world = await registered({ checks: [EVERY_10] });
    await world.clock.advance(20_000);
    world.finds.set("*", "failing");
    const runs = () => world.probed.length;
    const before = runs();
    const seen: [number, number][] = [];
    while (world.vote("i-1") === "no vote" || world.vote("i-1").startsWith("passing")) {
      await world.clock.advance(250);
      if (runs() > before) seen.push([runs() - before, world.secondsLeft()]);
    }
    // Two more are needed, the second of them 2.5 s after the first or, with both off their places, half a second less.
    expect([...new Set(seen.filter(([failures]) => failures === 1).map(([, left]) => left))]).toEqual([5, 4, 3, 2, 1]);
    expect([...new Set(seen.filter(([failures]) => failures === 2).map(([, left]) => left))]).toEqual([1]);
  });

  test("for a second while that run goes on, and until its verdict is published: it may pass", async () => {
    const world = await registered({ checks: [{ ...EVERY_10, failAfter: 2 }] });
    world.finds.set("*", "failing");
    while (world.probed.length < 2) await world.clock.advance(250);
    world.finds.set("*", "hanging");
    while (world.probed.length < 3) await world.clock.advance(250);
    expect(await watched(world, 250, 4)).toEqual([1, 1, 1, 1]);
    world.beforeCommit = () => new Promise(() => {});
    expect(await watched(world, 1000, 2)).toEqual([1, 1]);
  });

  test("for ever again when what had begun to fail passes", async () => {
    const world = await registered({ checks: [{ ...EVERY_10, failAfter: 2 }] });
    world.finds.set("*", "failing");
    while (world.secondsLeft() === FOREVER) await world.clock.advance(250);
    world.finds.set("*", "passing");
    await world.clock.advance(5000);
    expect(world.secondsLeft()).toBe(FOREVER);
  });

  test.each<[kind: string, parts: Partial<Registration>, found: "passing" | "failing"]>([
    ["lease", { leaseSeconds: 30 }, "passing"],
    ["verdict", { checks: [{ ...EVERY_10, failAfter: 2 }], leaseSeconds: 3600 }, "failing"],
    ["deregistration", { checks: [EVERY_10], initialState: "critical", deregisterAfterSeconds: 60 }, "failing"],
  ])("and it is known that it is for its %s", async (kind, parts, found) => {
    const world = await registered(parts, found);
    for (let step = 0; step < 40 && world.secondsLeft() > 60; step++) await world.clock.advance(250);
    expect(world.monitor.prospect("web")).toEqual({ kind, service: "web", seconds: world.secondsLeft() });
  });

  test("and it is known that it is for its maintenance, or its leader's lease", async () => {
    const world = await registered({ leaseSeconds: 3600 });
    await world.put(...maintenance(world.clock.wallMs() + 20_000));
    expect(world.monitor.prospect("web")?.kind).toBe("maintenance");
    await world.put("lead/web", { id: "i-1", leaseSeconds: 5, atMs: 0 });
    expect(world.monitor.prospect("web")?.kind).toBe("leaderLease");
  });

  test("until maintenance ends by itself", async () => {
    const world = await registered({ leaseSeconds: 3600 });
    await world.put(...maintenance(world.clock.wallMs() + 20_000));
    expect(await watched(world, 5000, 3)).toEqual([14, 9, 4]);
    await world.clock.advance(5100);
    expect(world.secondsLeft()).toBeGreaterThan(3500);
  });

  test("until an instance that stays critical is deregistered, whose name goes with it", async () => {
    const world = await registered(
      { checks: [EVERY_10], initialState: "critical", deregisterAfterSeconds: 60 },
      "failing",
    );
    expect(await watched(world, 10_000, 2)).toEqual([49, 39]);
    await world.clock.advance(40_200);
    expect(world.secondsLeft()).toBe(FOREVER);
  });
});
