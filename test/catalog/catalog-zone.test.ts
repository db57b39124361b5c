import { expect, test } from "vitest";
import { labelsOf, type Name, nameText, parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { catalogZone } from "../../src/zone/catalog-zone.ts";
import { eachChild } from "../../src/zone/children.ts";
import { childOf, findRRset } from "../../src/zone/node.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { makeZone } from "../../src/zone/zone.ts";
import { ask, lines } from "../support/ask.ts";

const ORIGIN = parseName("catalog.test.");
const zoneOf = (...members: string[]) =>
  catalogZone(
    ORIGIN,
    members.map((text) => parseName(text)),
    7,
  );

test.each<[question: string, expected: string]>([
  ["catalog.test. SOA", "an catalog.test. 0 SOA invalid. invalid. 7 60 10 604800 0"],
  ["catalog.test. NS", "an catalog.test. 0 NS invalid."],
  ["version.catalog.test. TXT", 'an version.catalog.test. 0 TXT "2"'],
])("%s", (question, expected) => {
  const { origin, apex, serial } = zoneOf("example.test.");
  expect(lines(ask(new Snapshot([makeZone(origin, apex, serial)]), question))).toEqual(["NOERROR aa", expected]);
});

test("each member has one PTR under a label of its own", () => {
  const members = ["svc.test.", "example.test.", "10.in-addr.arpa.", `${"a".repeat(63)}.${"b".repeat(63)}.test.`];
  expect([...membersOf(...members).keys()].sort()).toEqual(members.toSorted());
  expect(new Set(membersOf(...members).values()).size).toBe(members.length);
  expect(membersOf().size).toBe(0);
});

test("a member keeps its label whatever else is listed, and in which case", () => {
  const label = membersOf("svc.test.").get("svc.test.");
  expect(label).toMatch(/^[0-9a-f]{16}$/);
  expect(membersOf("example.test.", "svc.test.", "other.test.").get("svc.test.")).toBe(label);
  expect(membersOf("SVC.test.").get("SVC.test.")).toBe(label);
});

/** The labels of the members by name. */
function membersOf(...members: string[]): Map<string, string> {
  const nodes = childOf(zoneOf(...members).apex, "zones")?.children;
  return new Map([...eachChild(nodes)].map((node) => [nameText(onlyPointer(node)), node.label]));
}

function onlyPointer(node: Parameters<typeof findRRset>[0]): Name {
  const rdatas = findRRset(node, TYPE.PTR)!.rdatas;
  expect(rdatas.length).toBe(1);
  expect(labelsOf(rdatas[0]!).length).toBeGreaterThan(0);
  return rdatas[0]!;
}
