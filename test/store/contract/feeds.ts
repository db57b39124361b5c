import { expect } from "vitest";
import type { Revision } from "../../../src/catalog/store.ts";
import { createFakeClock } from "../fake-clock.ts";
import { dataOf, fold, revisionsOf, tail } from "../tail.ts";
import type { It, Open } from "./subject.ts";
import { del, item, put } from "./words.ts";

export function feeds(open: Open, it: It): void {
  it("gives the table, a mark, then each change with a mark behind", async () => {
    const clock = createFakeClock();
    const store = await open({ clock });
    await store.commit([put("a"), put("b")]);
    const follower = tail(store, null);
    await follower.reached(1);
    await store.commit([put("c"), put("a", "x"), del("b"), del("absent")]);
    await follower.reached(2);
    const atMs = clock.wallMs();
    expect(follower.heard).toEqual([
      { kind: "reset", revision: 1, items: [item("a", 1), item("b", 1)], why: "the first load" },
      { kind: "mark", revision: 1, atMs },
      { kind: "change", revision: 2, puts: [item("c", 2), item("a", 2, "x")], deletes: ["b"] },
      { kind: "mark", revision: 2, atMs },
    ]);
  });

  it("calls no sink before follow has returned", async () => {
    const store = await open();
    let hasReturned = false;
    const wasEarly = new Promise((resolve) => {
      store.follow(null, () => resolve(!hasReturned));
      hasReturned = true;
    });
    expect(await wasEarly).toBe(false);
  });

  it("says nothing of commits without effect", async () => {
    const store = await open();
    const follower = tail(store, 0);
    await Promise.all([
      store.commit([del("a")]),
      store.commit([put("a")], [{ key: "a", revision: 7 }]),
      store.commit([]),
    ]);
    await store.commit([put("b")]);
    await follower.reached(1);
    expect(revisionsOf(follower.heard)).toEqual([1]);
  });

  it("loses and repeats nothing when following races with committing", async () => {
    const store = await open();
    const followers = [];
    const running = [];
    for (let n = 1; n <= 40; n++) {
      running.push(store.commit([put(`k${n % 7}`, String(n))]));
      followers.push(tail(store, n % 2 === 0 ? null : 0));
      if (n % 5 === 0) await running.at(-1);
    }
    await Promise.all(running);
    const expected = new Map((await store.read("")).items.map((now) => [now.key, now]));
    for (const follower of followers) {
      await follower.reached(40);
      const data = dataOf(follower.heard);
      const start = data[0]?.kind === "reset" ? data[0].revision : 0;
      expect(revisionsOf(data)).toEqual(Array.from({ length: 40 - start }, (_, n) => start + n + 1));
      expect(fold(data)).toEqual(expected);
    }
  });

  it("resumes from a revision with only what came after", async () => {
    const store = await open();
    for (const key of ["a", "b", "c", "d"]) await store.commit([put(key)]);
    const follower = tail(store, 2);
    await follower.reached(4);
    expect(revisionsOf(follower.heard)).toEqual([3, 4]);
    expect(follower.heard[0]?.kind).toBe("change");
  });

  it("resumes over many changes", async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 6000 }, (_, n) => store.commit([put(`k${n % 9}`, String(n))])));
    const follower = tail(store, 500);
    await follower.reached(6000);
    expect(revisionsOf(follower.heard)).toEqual(Array.from({ length: 5500 }, (_, n) => n + 501));
  });

  it("resumes from its own revision with a mark alone", async () => {
    const store = await open();
    await store.commit([put("a")]);
    const follower = tail(store, 1);
    await follower.reached(1);
    expect(follower.heard.map(({ kind }) => kind)).toEqual(["mark"]);
  });

  const resets: readonly (readonly [from: Revision | null, compacted: Revision, why: RegExp | undefined])[] = [
    [null, 0, /first load/],
    [4, 0, /newer than the store's 3/],
    [0, 1, /compacted/],
    [1, 2, /compacted/],
    [2, 3, /compacted/],
    [2, 99, /compacted/],
    [0, 0, undefined],
    [2, 2, undefined],
    [3, 99, undefined],
  ];
  for (const [from, compacted, why] of resets) {
    const gives = why === undefined ? "what follows" : `a reset that says ${why}`;
    it(`follow(${from}) at revision 3, compacted up to ${compacted}, gives ${gives}`, async () => {
      const store = await open();
      for (const key of ["a", "b", "c"]) await store.commit([put(key)]);
      await store.compact(compacted);
      const follower = tail(store, from);
      await follower.reached(3);
      const [first] = follower.heard;
      if (why === undefined) expect(revisionsOf(follower.heard)).toEqual([1, 2, 3].slice(from ?? 0));
      else expect(first).toMatchObject({ kind: "reset", revision: 3, why: expect.stringMatching(why) });
      expect((await store.read("")).items).toHaveLength(3);
    });
  }

  it("compaction takes nothing from a follower that is there", async () => {
    const store = await open();
    const follower = tail(store, 0);
    await follower.reached(0);
    await Promise.all([store.commit([put("a")]), store.commit([put("b")]), store.compact(2), store.commit([put("c")])]);
    await follower.reached(3);
    expect(revisionsOf(follower.heard)).toEqual([1, 2, 3]);
  });

  it("compacts by itself what exceeds the number of revisions kept", async () => {
    const store = await open({ retention: { revisions: 10, ageMs: 1e9 } });
    for (let n = 0; n < 30; n++) await store.commit([put("a", String(n))]);
    const [old, recent] = [tail(store, 5), tail(store, 25)];
    await old.reached(30);
    await recent.reached(30);
    expect(old.heard[0]?.kind).toBe("reset");
    expect(revisionsOf(recent.heard)).toEqual([26, 27, 28, 29, 30]);
  });

  it("compacts by itself what exceeds the age kept", async () => {
    const clock = createFakeClock();
    const store = await open({ clock, retention: { revisions: 1000, ageMs: 60_000 } });
    await store.commit([put("a")]);
    clock.advance(59_000);
    await store.commit([put("b")]);
    const young = tail(store, 0);
    await young.reached(2);
    clock.advance(2000);
    await store.commit([put("c")]);
    const [old, recent] = [tail(store, 0), tail(store, 1)];
    await old.reached(3);
    await recent.reached(3);
    expect([young, old, recent].map((follower) => follower.heard[0]?.kind)).toEqual(["change", "reset", "change"]);
  });

  it("a sink may commit, follow and close", async () => {
    const store = await open();
    const inner: ReturnType<typeof tail>[] = [];
    let heard = 0;
    const follower = store.follow(0, (fed) => {
      if (fed.kind !== "change") return;
      heard++;
      inner.push(tail(store, 0));
      void store.commit([put("b")]);
      follower.close();
    });
    const outer = tail(store, 0);
    await store.commit([put("a")]);
    await outer.reached(2);
    await inner[0]?.reached(2);
    expect(revisionsOf(inner[0]?.heard ?? [])).toEqual([1, 2]);
    expect(heard).toBe(1);
  });
}
