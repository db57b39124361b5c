import { expect, test } from "vitest";
import { Catalog } from "../src/catalog/catalog.ts";
import { type Generated, generate } from "../src/catalog/generate.ts";
import { atOnce } from "../src/catalog/steps.ts";
import type { Feed } from "../src/catalog/store.ts";
import { nothingTouched } from "../src/catalog/touched.ts";
import { updatedNameKey, updatedZoneKey } from "../src/catalog/updated-names.ts";
import { parseMasterFile } from "../src/dns/master-file.ts";
import { parseName } from "../src/dns/name.ts";
import { TYPE } from "../src/dns/numbers.ts";
import { completed } from "../src/fixed.ts";
import { LiveZones } from "../src/live-zones.ts";
import { buildZones } from "../src/zone/build.ts";
import type { Snapshot } from "../src/zone/snapshot.ts";
import { ask, lines } from "./support/ask.ts";
import { putInstance, SCHEME } from "./support/registry.ts";

const FILE =
  "own.test. 60 SOA ns.own.test. h.own.test. 4000 1 1 1 1\nown.test. 60 NS ns.own.test.\nwww.own.test. 60 A 192.0.2.1";
const OWN = parseName("own.test");
const scheme = { ...SCHEME, reverseZones: [parseName("10.in-addr.arpa")] };
const { records } = parseMasterFile(FILE, {
  file: "own.test.zone",
  origin: OWN,
  readInclude: () => ({ kind: "refused", reason: "" }),
});
const fixed = { scheme, zones: completed(buildZones([records], scheme.zone).zones, scheme, []) };

const item = (key: string, value: object, revision: number) => ({ key, value: JSON.stringify(value), revision });
const name = (owner: string, address: string) => [updatedNameKey(OWN, parseName(owner)), addressOf(address)] as const;
const addressOf = (address: string) => ({ rrsets: [{ type: TYPE.A, ttl: 60, rdatas: [address] }] });
const registered = (revision: number) => {
  const [key, value] = putInstance("web", "a") as [string, object];
  return item(key, value, revision);
};

/** A server from its start on: each item of the feed gives its next snapshot. */
function server() {
  const catalog = new Catalog();
  const zones = new LiveZones();
  let generated: Generated = new Map();
  return (feed: Feed): Snapshot => {
    const touched = nothingTouched();
    catalog.apply(feed, touched);
    generated = atOnce(generate(generated, catalog, touched, scheme));
    return zones.next(fixed, generated, catalog);
  };
}

const reset = (revision: number, ...items: ReturnType<typeof item>[]): Feed => ({
  kind: "reset",
  revision,
  items,
  why: "start",
});
const change = (revision: number, puts: ReturnType<typeof item>[], deletes: string[] = []): Feed => ({
  kind: "change",
  revision,
  puts,
  deletes,
});
const serials = (snapshot: Snapshot) =>
  Object.fromEntries(
    ["svc.test", "own.test", "10.in-addr.arpa"].map((zone) => [zone, snapshot.zone(parseName(zone))?.serial]),
  );

test("a zone's serial tells the last change of its own records, and nobody else's", () => {
  const next = server();
  expect(serials(next(reset(3)))).toEqual({ "svc.test": 3, "own.test": 4000, "10.in-addr.arpa": 3 });
  const [key, value] = name("new.own.test", "\x01\x02\x03\x04");
  const updated = next(change(7, [item(key, value, 7), item(updatedZoneKey(OWN), {}, 7)]));
  expect(serials(updated)).toEqual({ "svc.test": 3, "own.test": 4007, "10.in-addr.arpa": 3 });
  const both = next(change(9, [registered(9)]));
  expect(serials(both)).toEqual({ "svc.test": 9, "own.test": 4007, "10.in-addr.arpa": 9 });
  expect(both.zone(OWN)).toBe(updated.zone(OWN));
  expect(lines(ask(both, "1.0.0.10.in-addr.arpa PTR"))).toContain("an 1.0.0.10.in-addr.arpa. 5 PTR a.i.web.svc.test.");
});

test("a zone that was updated has the same serial after a restart, also when the last update took a name away", () => {
  const [key, value] = name("new.own.test", "\x01\x02\x03\x04");
  const next = server();
  next(reset(0));
  next(change(1, [item(key, value, 1), item(updatedZoneKey(OWN), {}, 1)]));
  const before = next(change(2, [item(updatedZoneKey(OWN), {}, 2)], [key]));
  const after = server()(reset(2, item(updatedZoneKey(OWN), {}, 2)));
  expect(serials(after)["own.test"]).toBe(4002);
  expect(serials(before)["own.test"]).toBe(4002);
});

test("updated names stand beside those of the file, and go without a trace", () => {
  const [key, value] = name("a.b.own.test", "\x01\x02\x03\x04");
  const next = server();
  next(reset(0));
  const updated = next(change(1, [item(key, value, 1), item(updatedZoneKey(OWN), {}, 1)]));
  expect(lines(ask(updated, "a.b.own.test A"))).toContain("an a.b.own.test. 60 A 1.2.3.4");
  expect(lines(ask(updated, "b.own.test A"))[0]).toBe("NOERROR aa");
  expect(lines(ask(updated, "www.own.test A"))).toContain("an www.own.test. 60 A 192.0.2.1");
  const gone = next(change(2, [item(updatedZoneKey(OWN), {}, 2)], [key]));
  expect(lines(ask(gone, "b.own.test A"))[0]).toBe("NXDOMAIN aa");
});
