import { expect } from "vitest";
import { createFakeClock } from "../fake-clock.ts";
import { dataOf, tail } from "../tail.ts";
import type { It, Open } from "./subject.ts";
import { del, item, keysOf, put } from "./words.ts";

export function sessions(open: Open, it: It): void {
  it("closing takes its keys, and only those, in one change", async () => {
    const store = await open();
    const [mine, other] = [await store.session(1000), await store.session(1000)];
    await store.commit([put("b", "", mine.id), put("a", "", mine.id), put("c", "", other.id), put("d")]);
    const follower = tail(store, 1);
    await mine.close();
    await follower.reached(2);
    expect(dataOf(follower.heard)).toEqual([{ kind: "change", revision: 2, puts: [], deletes: ["a", "b"] }]);
    expect(keysOf((await store.read("")).items)).toEqual(["c", "d"]);
  });

  it("expires when not renewed for its ttl", async () => {
    const clock = createFakeClock();
    const store = await open({ clock });
    const session = await store.session(10_000);
    await store.commit([put("a", "", session.id)]);
    clock.advance(9000);
    await session.renew();
    clock.advance(9999);
    expect((await store.read("")).items).toHaveLength(1);
    clock.advance(1000);
    expect(await store.read("")).toEqual({ revision: 2, items: [] });
    await expect(session.renew()).rejects.toMatchObject({ name: "StoreError", code: "STORE_CLOSED" });
  });

  it("a process that was stalled grants what it could not hear", async () => {
    const clock = createFakeClock();
    const store = await open({ clock });
    const session = await store.session(10_000);
    await store.commit([put("a", "", session.id)]);
    clock.stall(3_600_000);
    expect((await store.read("")).items).toHaveLength(1);
    await session.renew();
    clock.advance(9000);
    expect((await store.read("")).items).toHaveLength(1);
    clock.advance(2000);
    expect((await store.read("")).items).toHaveLength(0);
  });

  it("a key that was put again without the session stays", async () => {
    const store = await open();
    const session = await store.session(1000);
    await store.commit([put("a", "", session.id)]);
    await store.commit([put("a", "mine")]);
    await session.close();
    expect((await store.read("")).items).toEqual([item("a", 2, "mine")]);
  });

  it("a key that was deleted and put again by somebody else stays", async () => {
    const store = await open();
    const session = await store.session(1000);
    await store.commit([put("a", "", session.id)]);
    await store.commit([del("a")]);
    await store.commit([put("a", "theirs")]);
    await session.close();
    expect((await store.read("")).items).toEqual([item("a", 3, "theirs")]);
  });

  it("one without keys ends without a revision, however often it is closed", async () => {
    const store = await open();
    const session = await store.session(1000);
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect((await store.read("")).revision).toBe(0);
  });

  it("an ended session takes no more keys, and the commit writes nothing", async () => {
    const store = await open();
    const session = await store.session(1000);
    await session.close();
    const commit = store.commit([put("a"), put("b", "", session.id)]);
    await expect(commit).rejects.toMatchObject({ name: "StoreError", code: "STORE_CLOSED" });
    expect(await store.read("")).toEqual({ revision: 0, items: [] });
  });
}
