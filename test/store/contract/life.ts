import { expect } from "vitest";
import { createFakeClock } from "../fake-clock.ts";
import { revisionsOf, tail } from "../tail.ts";
import type { It, Open, Subject } from "./subject.ts";
import { committed, del, item, put } from "./words.ts";

export function lives(open: Open, subject: () => Subject, it: It): void {
  it("close finishes what was asked, then refuses", async () => {
    const store = await open();
    const follower = tail(store, 0);
    const commit = store.commit([put("a")]);
    const closing = store.close();
    expect(await commit).toEqual(committed(1));
    await closing;
    await store.close();
    expect(revisionsOf(follower.heard)).toEqual([1]);
    const refused = { name: "StoreError", code: "STORE_CLOSED" };
    await expect(store.commit([put("b")])).rejects.toMatchObject(refused);
    await expect(store.read("")).rejects.toMatchObject(refused);
    await expect(store.session(1000)).rejects.toMatchObject(refused);
    await expect(store.compact(1)).rejects.toMatchObject(refused);
    expect(await tail(store, null).first("lost")).toMatchObject({ kind: "lost" });
  });

  it("opened again it has its table, its revision and its log", async () => {
    const data = subject();
    const before = await data.open();
    await before.commit([put("a"), put("b")]);
    await before.commit([del("a")]);
    await before.commit([put("c")]);
    await before.compact(1);
    await before.close();
    const store = await data.open();
    expect(await store.read("")).toEqual({ revision: 3, items: [item("b", 1), item("c", 3)] });
    const [resumed, old] = [tail(store, 1), tail(store, 0)];
    await resumed.reached(3);
    await old.reached(3);
    expect(revisionsOf(resumed.heard)).toEqual([2, 3]);
    expect(old.heard[0]?.kind).toBe("reset");
    expect(await store.commit([put("d")])).toEqual(committed(4));
  });

  it("opened again with everything compacted it goes on counting", async () => {
    const data = subject();
    const before = await data.open();
    await before.commit([put("a")]);
    await before.commit([del("a")]);
    await before.compact(2);
    await before.close();
    expect(await (await data.open()).commit([put("b")])).toEqual(committed(3));
  });

  it("opened again it grants the dead process's sessions a full ttl, then ends them", async () => {
    const data = subject();
    const before = await data.open();
    const session = await before.session(10_000);
    await before.commit([put("a", "", session.id), put("b")]);
    await before.close();
    const clock = createFakeClock();
    const store = await data.open({ clock });
    clock.advance(9999);
    expect((await store.read("")).items).toHaveLength(2);
    clock.advance(1000);
    expect(await store.read("")).toEqual({ revision: 2, items: [item("b", 1)] });
  });
}
