import { expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { Journal } from "../../src/server/journal.ts";
import { makeNode } from "../../src/zone/node.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { makeZone, Snapshot, type Zone } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";

const Z = parseName("z.test.");

function version(serial: number, lines = ""): Zone {
  return snapshotOf(`$ORIGIN z.test.\n@ 60 SOA ns host ${serial} 2 3 4 5\n@ 60 NS ns\n${lines}`).zone(Z)!;
}

/** A journal of these publications, and what it remembers of serials for a client. */
function journalOf(zones: Iterable<Zone>) {
  const journal = new Journal();
  for (const zone of zones) journal.published(new Snapshot([zone]));
  return { journal, at: (serial: number, holder = "a") => journal.at(Z, serial, holder) };
}

function* versions(from: number, to: number): Generator<Zone> {
  for (let serial = from; serial <= to; serial++) yield version(serial);
}

test("remembers a zone by its serial, whatever the case of its name", () => {
  const zone = version(7);
  const { journal } = journalOf([zone]);
  expect(journal.at(parseName("Z.TEST."), 7, "")).toBe(zone);
  expect(journal.at(Z, 8, "")).toBeUndefined();
  expect(journal.at(parseName("other.test."), 7, "")).toBeUndefined();
});

test("remembers the newest 200 versions", () => {
  const { at } = journalOf(versions(1, 300));
  expect([at(100), at(101)?.serial, at(300)?.serial]).toEqual([undefined, 101, 300]);
});

test("remembers beyond these what a client was last sent, for that client", () => {
  const first = version(1);
  const { journal, at } = journalOf([first]);
  journal.sent(first, "b");
  for (const zone of versions(2, 300)) journal.published(new Snapshot([zone]));
  expect([at(1, "a"), at(1, "b")]).toEqual([undefined, first]);
  journal.sent(version(250), "b");
  expect(at(1, "b")).toBeUndefined();
});

test("remembers that of the 64 clients that were last sent anything", () => {
  const { journal, at } = journalOf([]);
  const zone = version(1);
  journal.sent(zone, "early");
  journal.sent(zone, "again");
  for (let i = 0; i < 62; i++) journal.sent(zone, `client-${i}`);
  journal.sent(zone, "again");
  expect(at(1, "early")).toBe(zone);
  journal.sent(zone, "one-more");
  expect([at(1, "early"), at(1, "again")]).toEqual([undefined, zone]);
});

test("remembers fewer versions where each keeps a large RRset in memory", () => {
  const rdatas = Array.from({ length: 60_000 }, (_, i) => `\x05${String(i).padStart(5, "0")}`);
  const { apex } = version(1);
  // The RRset is another one in each version, so that eight of them together make almost half a million records.
  const large = (serial: number) =>
    makeZone(Z, makeNode(apex.label, [...apex.rrsets, rrset(TYPE.TXT, 5, rdatas)]), serial);
  const { at } = journalOf(Array.from({ length: 20 }, (_, i) => large(i + 1)));
  expect([at(11), at(12)?.serial, at(20)?.serial]).toEqual([undefined, 12, 20]);
});

test("forgets a version when another content goes by the same serial, but not what a client was sent", () => {
  const [one, other] = [version(7, "a 5 TXT one"), version(7, "a 5 TXT other")];
  const { journal, at } = journalOf([one]);
  journal.sent(one, "b");
  journal.published(new Snapshot([other]));
  expect([at(7), at(7, "b")]).toEqual([undefined, one]);
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
