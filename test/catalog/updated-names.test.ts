import fc from "fast-check";
import { expect, test } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import { parseKey } from "../../src/catalog/keys.ts";
import type { Feed } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { updatedNameKey, updatedZoneKey } from "../../src/catalog/updated-names.ts";
import { foldName, labelsOf, nameOf, parseName, ROOT } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { childOf, type Node } from "../../src/zone/node.ts";
import { type RRset, rrset } from "../../src/zone/rrset.ts";
import { sameNode } from "../../src/zone/same.ts";
import { rrsetLines } from "../support/updates.ts";

const ORIGIN = parseName("example.org");
const A = rrset(TYPE.A, 60, ["\xc0\0\x02\x01"]);
const TXT = rrset(TYPE.TXT, 5, ["\x05hello", "\x03\0\xff/"]);

type Change = readonly [owner: string, rrsets: readonly RRset[]];

function change(revision: number, ...names: readonly Change[]): Feed {
  const keyOf = (owner: string) => updatedNameKey(ORIGIN, parseName(owner, ORIGIN));
  const puts = names.flatMap(([owner, rrsets]) =>
    rrsets.length > 0 ? [{ key: keyOf(owner), value: JSON.stringify({ rrsets }), revision }] : [],
  );
  const deletes = names.flatMap(([owner, rrsets]) => (rrsets.length === 0 ? [keyOf(owner)] : []));
  return { kind: "change", revision, puts: [...puts, { key: updatedZoneKey(ORIGIN), value: "{}", revision }], deletes };
}

function fold(catalog: Catalog, ...items: readonly Feed[]) {
  const touched = nothingTouched();
  for (const item of items) catalog.apply(item, touched);
  return touched;
}

function at(apex: Node | undefined, ...path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>((node, label) => node && childOf(node, label), apex);
}

test("what updates give a name stands in the tree of its zone, with the revision of its item", () => {
  const catalog = new Catalog();
  fold(catalog, change(7, ["www", [A, TXT]], ["a.b", [A]]));
  const zone = catalog.updatedZone(ORIGIN);
  expect(rrsetLines(at(zone?.apex, "www")!.rrsets)).toEqual(["60 A 192.0.2.1", '5 TXT "hello"', '5 TXT "\\000\\255/"']);
  expect(at(zone?.apex, "b", "a")?.rrsets).toEqual([A]);
  expect(at(zone?.apex, "b")?.rrsets).toEqual([]);
  expect(zone?.revisions).toEqual(
    new Map(
      [
        ["www", 7],
        ["a.b", 7],
      ].map(([name, n]) => [parseName(`${name}`, ORIGIN), n]),
    ),
  );
  expect(catalog.updatedAt(ORIGIN)).toBe(7);
  expect(catalog.updated(parseName("example.net"))).toBeUndefined();
  expect(catalog.updatedAt(parseName("example.net"))).toBe(0);
});

test("a name that is taken away leaves nothing but the revision at which that was, also after a restart", () => {
  const catalog = new Catalog();
  fold(catalog, change(7, ["a.b", [A]]), change(9, ["a.b", []]));
  expect(catalog.updated(ORIGIN)?.children).toBeUndefined();
  expect(catalog.updatedZone(ORIGIN)?.revisions.size).toBe(0);
  expect(catalog.updatedAt(ORIGIN)).toBe(9);

  const items = [{ key: updatedZoneKey(ORIGIN), value: "{}", revision: 9 }];
  const restarted = new Catalog();
  fold(restarted, { kind: "reset", revision: 12, items, why: "start" });
  expect(restarted.updatedAt(ORIGIN)).toBe(9);
});

test("names that no update touched stay the same objects", () => {
  const catalog = new Catalog();
  fold(catalog, change(1, ["www", [A]], ["mail", [A]]));
  const before = catalog.updated(ORIGIN);
  fold(catalog, change(2, ["www", [TXT]]));
  const after = catalog.updated(ORIGIN);
  expect(after).not.toBe(before);
  expect(at(after, "mail")).toBe(at(before, "mail"));
});

test("a reset forgets what it does not bring", () => {
  const catalog = new Catalog();
  fold(catalog, change(1, ["www", [A]]));
  fold(catalog, { kind: "reset", revision: 5, items: [], why: "test" });
  expect(catalog.updated(ORIGIN)).toBeUndefined();
});

test.each([
  "name/example.org.",
  "name/example.org./www.example.org./x",
  "name/a..b/www.a..b",
  "name/example.org./www.example.net.",
])("the key %s is none of ours", (key) => {
  const catalog = new Catalog();
  fold(catalog, { kind: "change", revision: 1, puts: [{ key, value: '{"rrsets":[]}', revision: 1 }], deletes: [] });
  expect(catalog.updated(ORIGIN)).toBeUndefined();
});

const labels = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => foldName(String.fromCharCode(...bytes)));

test("every name has a key of its own that says it again", () => {
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 3 }), fc.array(labels, { maxLength: 4 }), (below, above) => {
      const zone = nameOf(above);
      const owner = nameOf(below, zone);
      const key = parseKey(updatedNameKey(zone, owner));
      expect(key).toMatchObject({ kind: "updatedName" });
      if (key?.kind !== "updatedName") return;
      expect([parseName(key.zone), parseName(key.owner)]).toEqual([zone, owner]);
    }),
  );
});

const owners = fc.constantFrom("@", "a", "b", "c.a", "d.c.a", "*.b");
const changes = fc.array(fc.tuple(owners, fc.subarray([A, TXT])), { maxLength: 20 });

test("the tree of changes one by one is the tree of what they leave", () => {
  fc.assert(
    fc.property(changes, (list) => {
      const stepwise = new Catalog();
      const last = new Map<string, readonly RRset[]>();
      fold(stepwise, ...list.map((one, i) => change(i + 1, one)));
      for (const [owner, rrsets] of list) last.set(owner, rrsets);
      const whole = new Catalog();
      fold(whole, change(list.length, ...[...last].filter(([, rrsets]) => rrsets.length > 0)));
      const [a, b] = [stepwise.updated(ORIGIN), whole.updated(ORIGIN)];
      expect(list.length === 0 || sameNode(a!, b!)).toBe(true);
    }),
  );
});

test("the root can be a zone like any other", () => {
  const catalog = new Catalog();
  const puts = [{ key: updatedNameKey(ROOT, parseName("org")), value: JSON.stringify({ rrsets: [A] }), revision: 1 }];
  fold(catalog, { kind: "change", revision: 1, puts, deletes: [] });
  expect(at(catalog.updated(ROOT), ...labelsOf(parseName("org")))?.rrsets).toEqual([A]);
});
