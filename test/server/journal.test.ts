import { expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { Journal } from "../../src/server/journal.ts";
import { makeNode } from "../../src/zone/node.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { makeZone, type Zone } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";

const Z = parseName("z.test.");

function version(serial: number, lines = ""): Zone {
  return snapshotOf(`$ORIGIN z.test.\n@ 60 SOA ns host ${serial} 2 3 4 5\n@ 60 NS ns\n${lines}`).zone(Z)!;
}

/** A journal of these publications, and what it remembers of their zone. */
function journalOf(zones: Iterable<Zone>) {
  const journal = new Journal();
  for (const zone of zones) journal.published(new Snapshot([zone]));
  return { journal, at: (serial: number) => journal.at(Z, serial) };
}

function* versions(from: number, to: number): Generator<Zone> {
  for (let serial = from; serial <= to; serial++) yield version(serial);
}

test("remembers a zone by its serial, whatever the case of its name", () => {
  const zone = version(7);
  const { journal } = journalOf([zone]);
  expect(journal.at(parseName("Z.TEST."), 7)).toBe(zone);
  expect(journal.at(Z, 8)).toBeUndefined();
  expect(journal.at(parseName("other.test."), 7)).toBeUndefined();
});

test("remembers the newest 200 versions", () => {
  const { at } = journalOf(versions(1, 300));
  expect([at(100), at(101)?.serial, at(300)?.serial]).toEqual([undefined, 101, 300]);
});

test("remembers beyond these what clients were sent, until each of them was sent another version", () => {
  const first = version(1);
  const { journal, at } = journalOf([first]);
  journal.sent(first, undefined);
  journal.sent(first, 0);
  for (const zone of versions(2, 300)) journal.published(new Snapshot([zone]));
  expect(at(1)).toBe(first);
  journal.sent(version(250), 1);
  expect(at(1)).toBe(first);
  journal.sent(version(300), 1);
  expect(at(1)).toBeUndefined();
});

test("remembers of what clients were sent the latest 64", () => {
  const { journal, at } = journalOf([]);
  for (const zone of versions(1, 64)) journal.sent(zone, undefined);
  journal.sent(version(1), undefined);
  journal.sent(version(65), undefined);
  expect([at(1)?.serial, at(2), at(3)?.serial]).toEqual([1, undefined, 3]);
});

test.each([
  ["fewer versions where each keeps a large RRset in memory", "asked", [undefined, 12, 20]],
  ["only the newest of these while nobody has asked for the zone", "unasked", [undefined, undefined, 20]],
])("remembers %s", (_, asked, serials) => {
  const rdatas = Array.from({ length: 60_000 }, (_, i) => `\x05${String(i).padStart(5, "0")}`);
  const { apex } = version(1);
  // The RRset is another one in each version, so that eight of them together make almost half a million records.
  const large = (serial: number) =>
    makeZone(Z, makeNode(apex.label, [...apex.rrsets, rrset(TYPE.TXT, 5, rdatas)]), serial);
  const { journal, at } = journalOf([]);
  if (asked === "asked") journal.sent(version(99), undefined);
  for (let serial = 1; serial <= 20; serial++) journal.published(new Snapshot([large(serial)]));
  expect([11, 12, 20].map((serial) => at(serial)?.serial)).toEqual(serials);
});

test("forgets a version when another content goes by its serial, whoever was sent it", () => {
  const [one, other] = [version(7, "a 5 TXT one"), version(7, "a 5 TXT other")];
  const { journal, at } = journalOf([one]);
  journal.sent(one, undefined);
  journal.published(new Snapshot([other]));
  journal.sent(other, undefined);
  for (const zone of versions(8, 300)) journal.published(new Snapshot([zone]));
  expect(at(7)).toBeUndefined();
});

test("keeps a version that is published again with the same content", () => {
  const [one, same] = [version(7, "a 5 TXT one"), version(7, "a 5 TXT one")];
  expect(journalOf([one, version(8), same]).at(7)).toBe(one);
});

test("forgets a zone that is gone", () => {
  const { journal, at } = journalOf([version(7)]);
  journal.published(new Snapshot([]));
  expect(at(7)).toBeUndefined();
});
