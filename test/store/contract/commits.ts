import { expect } from "vitest";
import type { Guard, Item, Write } from "../../../src/catalog/store.ts";
import type { It, Open } from "./subject.ts";
import { committed, conflict, del, item, keysOf, put } from "./words.ts";

export function commits(open: Open, it: It): void {
  // Each row is committed to a store that holds a@1, b@2.
  const rows: readonly (readonly [
    name: string,
    writes: readonly Write[],
    guards: readonly Guard[],
    outcome: unknown,
    left: readonly Item[],
  ])[] = [
    ["a new key", [put("c")], [], committed(3), [item("a", 1), item("b", 2), item("c", 3)]],
    ["a key again", [put("a", "x")], [], committed(3), [item("a", 3, "x"), item("b", 2)]],
    ["the same value again: a new revision", [put("a")], [], committed(3), [item("a", 3), item("b", 2)]],
    [
      "several keys: one revision",
      [put("c"), del("a"), put("b", "x")],
      [],
      committed(3),
      [item("b", 3, "x"), item("c", 3)],
    ],
    ["a delete", [del("a")], [], committed(3), [item("b", 2)]],
    ["a delete of an absent key: no effect, no revision", [del("c")], [], committed(2), [item("a", 1), item("b", 2)]],
    ["nothing: no revision", [], [], committed(2), [item("a", 1), item("b", 2)]],
    [
      "a key twice: the last write stands",
      [put("a", "x"), put("a", "y")],
      [],
      committed(3),
      [item("a", 3, "y"), item("b", 2)],
    ],
    ["put and delete of one key: the last write stands", [put("a"), del("a")], [], committed(3), [item("b", 2)]],
    [
      "put and delete of an absent key: no effect",
      [put("c"), del("c")],
      [],
      committed(2),
      [item("a", 1), item("b", 2)],
    ],
    ["delete and put of one key", [del("a"), put("a", "x")], [], committed(3), [item("a", 3, "x"), item("b", 2)]],
    [
      "a guard that holds",
      [put("a", "x")],
      [{ key: "a", revision: 1 }],
      committed(3),
      [item("a", 3, "x"), item("b", 2)],
    ],
    ["a guard on another key", [del("a")], [{ key: "b", revision: 2 }], committed(3), [item("b", 2)]],
    [
      "a guard 0: the key is absent",
      [put("c")],
      [{ key: "c", revision: 0 }],
      committed(3),
      [item("a", 1), item("b", 2), item("c", 3)],
    ],
    [
      "a guard 0 on a key that is there",
      [put("a", "x")],
      [{ key: "a", revision: 0 }],
      conflict({ key: "a", revision: 0 }, 1),
      [item("a", 1), item("b", 2)],
    ],
    [
      "a guard on an old revision",
      [put("b", "x"), put("c")],
      [{ key: "b", revision: 1 }],
      conflict({ key: "b", revision: 1 }, 2),
      [item("a", 1), item("b", 2)],
    ],
    [
      "a guard on an absent key",
      [put("c")],
      [{ key: "c", revision: 2 }],
      conflict({ key: "c", revision: 2 }, 0),
      [item("a", 1), item("b", 2)],
    ],
    [
      "the second of two guards fails",
      [put("c")],
      [
        { key: "a", revision: 1 },
        { key: "b", revision: 1 },
      ],
      conflict({ key: "b", revision: 1 }, 2),
      [item("a", 1), item("b", 2)],
    ],
    ["guards alone: nothing to write", [], [{ key: "a", revision: 1 }], committed(2), [item("a", 1), item("b", 2)]],
  ];
  for (const [name, writes, guards, outcome, left] of rows) {
    it(name, async () => {
      const store = await open();
      await store.commit([put("a")]);
      await store.commit([put("b")]);
      expect(await store.commit(writes, guards)).toEqual(outcome);
      expect((await store.read("")).items).toEqual(left);
    });
  }

  it("a key deleted and put again starts at the new revision", async () => {
    const store = await open();
    await store.commit([put("a")]);
    await store.commit([del("a")]);
    expect(await store.commit([put("a")], [{ key: "a", revision: 1 }])).toEqual(conflict({ key: "a", revision: 1 }, 0));
    expect(await store.commit([put("a")], [{ key: "a", revision: 0 }])).toEqual(committed(3));
  });

  it("a conflict among concurrent commits fails none of the others", async () => {
    const store = await open();
    const absent = [{ key: "a", revision: 0 }];
    const outcomes = await Promise.all([
      store.commit([put("a", "first")], absent),
      store.commit([put("a", "second"), put("never")], absent),
      store.commit([put("b")]),
    ]);
    expect(outcomes).toEqual([committed(1), conflict(absent[0]!, 1), committed(2)]);
    expect(keysOf((await store.read("")).items)).toEqual(["a", "b"]);
  });

  it("eight writers increment one counter and lose no step", async () => {
    const store = await open();
    const increment = async (): Promise<void> => {
      const [now] = (await store.read("counter")).items;
      const guard = { key: "counter", revision: now?.revision ?? 0 };
      const outcome = await store.commit([put("counter", String(Number(now?.value ?? 0) + 1))], [guard]);
      if (outcome.kind === "conflict") await increment();
    };
    const writer = async (): Promise<void> => {
      for (let step = 0; step < 25; step++) await increment();
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    expect((await store.read("")).items).toEqual([item("counter", 200, "200")]);
  });
}
