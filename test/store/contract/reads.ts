import { expect } from "vitest";
import type { It, Open } from "./subject.ts";
import { item, keysOf, put } from "./words.ts";

export function reads(open: Open, it: It): void {
  const keys = [
    "a",
    "a/",
    "a/1",
    "a/10",
    "a/2",
    "a0",
    "a%",
    "a%b",
    "a_b",
    "ab",
    "axb",
    "A/1",
    "é",
    "é/ü",
    "日本/東京",
    "\u{ff5e}",
    "\u{1f600}",
    "\u{1f600}/x",
  ];
  const rows: readonly (readonly [prefix: string, found: readonly string[]])[] = [
    ["a/", ["a/", "a/1", "a/10", "a/2"]],
    ["a/1", ["a/1", "a/10"]],
    ["a%", ["a%", "a%b"]],
    ["a_", ["a_b"]],
    ["A", ["A/1"]],
    ["é", ["é", "é/ü"]],
    ["日", ["日本/東京"]],
    ["\u{1f600}", ["\u{1f600}", "\u{1f600}/x"]],
    ["b", []],
    ["a/100", []],
    // Sorted as UTF-8 octets: "~" at full width (U+FF5E) stands before what lies beyond the BMP.
    [
      "",
      [
        "A/1",
        "a",
        "a%",
        "a%b",
        "a/",
        "a/1",
        "a/10",
        "a/2",
        "a0",
        "a_b",
        "ab",
        "axb",
        "é",
        "é/ü",
        "日本/東京",
        "\u{ff5e}",
        "\u{1f600}",
        "\u{1f600}/x",
      ],
    ],
  ];
  for (const [prefix, found] of rows) {
    it(`prefix "${prefix}" finds its keys only, sorted`, async () => {
      const store = await open();
      await store.commit(keys.map((key) => put(key)));
      expect(await store.read(prefix)).toEqual({ revision: 1, items: found.map((key) => item(key, 1)) });
    });
  }

  it("an empty store is at revision 0", async () => {
    expect(await (await open()).read("")).toEqual({ revision: 0, items: [] });
  });

  it("a read sees every commit asked for before it", async () => {
    const store = await open();
    const commit = store.commit([put("a")]);
    expect((await store.read("a")).items).toEqual([item("a", 1)]);
    await commit;
  });

  it("a value comes back as it went in", async () => {
    const store = await open();
    const values = ["", "0", "null", "a\0b", "é\u{1f600}", "'; DROP TABLE kv; --", "x".repeat(100_000)];
    await store.commit(values.map((value, n) => put(`k${n}`, value)));
    expect((await store.read("k")).items.map(({ value }) => value)).toEqual(values);
  });

  it("reads a table of many items whole", async () => {
    const store = await open();
    const many = Array.from({ length: 12_345 }, (_, n) => `k/${String(n).padStart(5, "0")}`);
    await store.commit(many.map((key) => put(key, "")));
    expect(keysOf((await store.read("")).items)).toEqual(many);
  });
}
