import fc from "fast-check";
import { expect, test } from "vitest";
import { register } from "../../src/catalog/changes.ts";
import {
  clearConfig,
  mergeConfig,
  RELEASES_KEPT,
  replaceConfig,
  rollBackConfig,
} from "../../src/catalog/config-changes.ts";
import { configChangedAt, configKeyOctetsMax, effectiveConfig } from "../../src/catalog/config-values.ts";
import { Draft, NO_PRECONDITION } from "../../src/catalog/draft.ts";
import { configReleasesPrefix } from "../../src/catalog/keys.ts";
import type { Layer } from "../../src/catalog/model.ts";
import { emptyTable, refusalOf, type Table } from "./changes-harness.ts";

const ALL: Layer = { kind: "all" };
const WEB: Layer = { kind: "service", service: "web" };
const CANARY: Layer = { kind: "tag", service: "web", tag: "canary" };
const BETA: Layer = { kind: "tag", service: "web", tag: "beta" };
const I_1: Layer = { kind: "instance", service: "web", id: "i-1" };
const FORM = { keyOctetsMax: 100, hasMarks: true };

const editOf = (layer: Layer) => ({ layer, atMs: 1000, precondition: NO_PRECONDITION });
const replace = (table: Table, layer: Layer, body: unknown) =>
  table.commit((draft) => replaceConfig(draft, editOf(layer), body, { ...FORM, nullRemoves: false }));
const merge = (table: Table, layer: Layer, body: unknown) =>
  table.commit((draft) => mergeConfig(draft, editOf(layer), body, { ...FORM, nullRemoves: true }));
const rollBack = (table: Table, layer: Layer, to: unknown) =>
  table.commit((draft) => rollBackConfig(draft, editOf(layer), { to }, releasesOf(table, layer)));
const releasesOf = (table: Table, layer: Layer) =>
  [...table.items.values()].filter(({ key }) => key.startsWith(configReleasesPrefix(layer)));
const own = (table: Table, layer: Layer) => table.catalog.config(layer)?.release.values;
const effective = (table: Table, layer: Layer) =>
  Object.fromEntries(Array.from(effectiveConfig(table.catalog, layer).values, ([key, { value }]) => [key, value]));

test("putting replaces a layer, patching merges into it, null removes", () => {
  const table = emptyTable();
  replace(table, WEB, { b: 1, a: "x" });
  expect(own(table, WEB)).toEqual({ a: "x", b: 1 });
  merge(table, WEB, { b: null, c: { deep: [true] } });
  expect(own(table, WEB)).toEqual({ a: "x", c: { deep: [true] } });
  replace(table, WEB, { n: null });
  expect(own(table, WEB)).toEqual({ n: null });
});

test("what changes nothing is no release and answers the layer's revision", () => {
  const table = emptyTable();
  replace(table, WEB, { a: 1 });
  replace(table, ALL, {});
  expect([replace(table, WEB, { a: 1 }), merge(table, WEB, { a: 1, z: null }), rollBack(table, WEB, 1)]).toEqual([
    1, 1, 1,
  ]);
  expect(table.catalog.revision).toBe(2);
});

test("a key is equal without case and keeps the case it was last written with", () => {
  const table = emptyTable();
  replace(table, WEB, { "Log.Level": "info" });
  merge(table, WEB, { "log.LEVEL": "debug" });
  expect(own(table, WEB)).toEqual({ "log.LEVEL": "debug" });
});

test("the effective configuration merges all, service, tags in order, instance", () => {
  const table = emptyTable();
  const registering = { callerAddress: "192.0.2.1", clash: () => undefined, precondition: NO_PRECONDITION };
  table.commit((d) => register(d, { service: "web", id: "i-1" }, { tags: ["canary", "beta"] }, registering));
  replace(table, ALL, { a: "all", b: "all", c: "all", d: "all", e: "all" });
  replace(table, WEB, { b: "web", c: "web", d: "web", e: "web" });
  replace(table, CANARY, { c: "canary", d: "canary", e: "canary" });
  replace(table, BETA, { c: "beta", E: "beta" });
  replace(table, I_1, { d: "i-1" });
  expect(effective(table, ALL)).toEqual({ a: "all", b: "all", c: "all", d: "all", e: "all" });
  expect(effective(table, CANARY)).toEqual({ a: "all", b: "web", c: "canary", d: "canary", e: "canary" });
  expect(effective(table, I_1)).toEqual({ a: "all", b: "web", c: "canary", d: "i-1", e: "canary" });
  expect(effective(table, { kind: "instance", service: "web", id: "other" })).toMatchObject({ b: "web", d: "web" });
});

test("C' = C ∪ U, the more specific key winning", () => {
  const layer = fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.oneof(fc.integer(), fc.string(), fc.boolean()));
  fc.assert(
    fc.property(layer, layer, (all, web) => {
      const table = emptyTable();
      replace(table, ALL, all);
      replace(table, WEB, web);
      expect(effective(table, WEB)).toEqual({ ...all, ...web });
    }),
  );
});

test("a layer changed when one of those it merges did, and not when another did", () => {
  const table = emptyTable();
  const revisions = [ALL, WEB, CANARY, I_1].map((layer) => replace(table, layer, { a: "b" }));
  expect([ALL, WEB, CANARY].map((layer) => configChangedAt(table.catalog, layer))).toEqual(revisions.slice(0, 3));
  replace(table, I_1, { a: "c" });
  expect(configChangedAt(table.catalog, WEB)).toBe(2);
  replace(table, ALL, { a: "c" });
  expect(configChangedAt(table.catalog, CANARY)).toBe(6);
});

test("a secret stays one until it is told otherwise, in each layer that overrides it, and its mask changes nothing", () => {
  const table = emptyTable();
  const secret = (layer: Layer) => table.catalog.config(layer)?.release.secret;
  replace(table, WEB, { pw: { value: "a", secret: true }, user: "u" });
  expect([own(table, WEB), secret(WEB)]).toEqual([{ pw: "a", user: "u" }, ["pw"]]);
  merge(table, WEB, { PW: "b" });
  expect([own(table, WEB), secret(WEB)]).toEqual([{ PW: "b", user: "u" }, ["PW"]]);
  expect(replace(table, WEB, { PW: "***", user: "***" })).toBe(3);
  expect([own(table, WEB), secret(WEB)]).toEqual([{ PW: "b", user: "***" }, ["PW"]]);
  replace(table, I_1, { pw: "mine" });
  expect(effectiveConfig(table.catalog, I_1).values.get("pw")).toMatchObject({ value: "mine", secret: true });
  replace(table, WEB, { pw: { value: "c", secret: false } });
  expect([own(table, WEB), secret(WEB)]).toEqual([{ pw: "c" }, []]);
});

test("each release is kept beside the head, the last hundred of them", () => {
  const table = emptyTable();
  for (let i = 1; i <= RELEASES_KEPT + 5; i++) replace(table, WEB, { i });
  const releases = releasesOf(table, WEB);
  expect(releases.map(({ revision }) => revision)).toEqual(Array.from({ length: 100 }, (_, i) => i + 6));
  expect(table.items.get("cfg/service/web/head")!.value).toBe(releases.at(-1)!.value);
});

test("an emptied layer keeps its releases, and any of them can be made the present one", () => {
  const table = emptyTable();
  replace(table, WEB, { a: 1, pw: { value: "x", secret: true } });
  table.commit((draft) => clearConfig(draft, editOf(WEB)));
  expect(own(table, WEB)).toEqual({});
  rollBack(table, WEB, 1);
  expect(table.catalog.config(WEB)!.release).toEqual({
    release: 3,
    atMs: 1000,
    values: { a: 1, pw: "x" },
    secret: ["pw"],
  });
});

const big = "x".repeat(60_001);
const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, i]));
const ACTION = 'invalid: Cannot replace configuration of service "web" as';
const KEY = "must have a key of dotted labels: letters, digits, _ and - in each, at most 63";

test.each<[body: unknown, refusal: string]>([
  [[], `${ACTION} the body must be an object of keys and values: got []`],
  [{ "a b": 1 }, `${ACTION} a b ${KEY}`],
  [{ "a..b": 1 }, `${ACTION} a..b ${KEY}`],
  [{ "": 1 }, `${ACTION} the body ${KEY}`],
  [{ ["x".repeat(64)]: 1 }, `${ACTION} ${"x".repeat(64)} ${KEY}`],
  [
    { [`${"x".repeat(50)}.${"y".repeat(50)}`]: 1 },
    `${ACTION} ${"x".repeat(50)}.${"y".repeat(50)} must have a key of at most 100 octets: got 101`,
  ],
  [{ _rev: 1 }, `${ACTION} _rev must have another key: _rev is the name of the revision`],
  [{ a: 1, A: 2 }, `${ACTION} A must be given once: keys differ by more than case`],
  [{ big }, `${ACTION} big must have a value of at most 60000 octets: got 60001`],
  [many, `${ACTION} the body must have at most 1000 keys: got 1001`],
])("configuration %j is refused", (body, refusal) => {
  const draft = new Draft(emptyTable().catalog);
  expect(refusalOf(() => replaceConfig(draft, editOf(WEB), body, { ...FORM, nullRemoves: false }))).toBe(refusal);
});

test("what cannot be rolled back or emptied is refused", () => {
  const table = emptyTable();
  expect(refusalOf(() => table.commit((draft) => clearConfig(draft, editOf(CANARY))))).toBe(
    'not-found: Cannot delete configuration of tag "canary" of "web" as nobody has put any',
  );
  replace(table, WEB, {});
  expect(refusalOf(() => rollBack(table, WEB, 9))).toBe(
    'invalid: Cannot roll back configuration of service "web" as to must be the revision of a release in the history: got 9',
  );
});

test("the longest key fits under the longest names of its zone", () => {
  const label = "x".repeat(63);
  const key = "k".repeat(configKeyOctetsMax("svc.internal"));
  expect(`${key}._config.${label}.i.${label}.svc.internal`.length + 2).toBe(255);
});
