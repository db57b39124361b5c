import fc from "fast-check";
import { expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { withChild, withoutChild } from "../../src/zone/children.ts";
import { recordsBeyond, type ZoneRecord } from "../../src/zone/difference.ts";
import { childOf, isVacant, makeNode, type Node } from "../../src/zone/node.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { makeZone, type Zone } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";
import { recordLine, recordsOf } from "../support/zone-records.ts";

const ORIGIN = parseName("z.test.");
const SOA = snapshotOf("$ORIGIN z.test.\n@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\n").zone(ORIGIN)!;

/** One RRset put at a name, or with no addresses taken from there. */
interface Edit {
  readonly labels: readonly string[];
  readonly type: number;
  readonly ttl: number;
  readonly rdatas: readonly string[];
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    labels: fc.array(fc.constantFrom("a", "b", "B", "web", "i-1", "i-2", "i-3", "*"), { maxLength: 3 }),
    type: fc.constantFrom(TYPE.A, TYPE.TXT),
    ttl: fc.constantFrom(5, 60),
    rdatas: fc.uniqueArray(
      fc.nat(40).map((i) => `\x03${String(i).padStart(3, "0")}`),
      { maxLength: 12 },
    ),
  }),
  { maxLength: 30 },
);

test("what two zones differ in, taken from the one and put to the other, makes them equal", () => {
  fc.assert(
    fc.property(edits, edits, fc.boolean(), (first, second, isEdited) => {
      const before = zoneWith(SOA.apex, first);
      // Edited, a tree shares most with the one before; made anew, nothing.
      const after = zoneWith(isEdited ? before.apex : SOA.apex, second);
      const records = new Set(recordsOf(before));
      for (const gone of recordsBeyond(before, after)) expect(records.delete(text(gone))).toBe(true);
      for (const come of recordsBeyond(after, before)) {
        expect(records).not.toContain(text(come));
        records.add(text(come));
      }
      expect([...records].sort()).toEqual(recordsOf(after));
    }),
  );
});

test("beyond nothing are all records of a zone, each once, but for its SOA", () => {
  fc.assert(
    fc.property(edits, (made) => {
      const zone = zoneWith(SOA.apex, made);
      expect([...recordsBeyond(zone, undefined)].map(text).sort()).toEqual(recordsOf(zone));
    }),
  );
});

test.each<[what: string, before: string, after: string, gone: string[], come: string[]]>([
  ["nothing", "a 5 A 192.0.2.1", "a 5 A 192.0.2.1", [], []],
  ["the order of an RRset", "a 5 TXT x\na 5 TXT y", "a 5 TXT y\na 5 TXT x", [], []],
  ["a TTL", "a 5 A 192.0.2.1", "a 6 A 192.0.2.1", ["a.z.test. 5 A 192.0.2.1"], ["a.z.test. 6 A 192.0.2.1"]],
  ["the case of RDATA", "a 5 CNAME b", "a 5 CNAME B", ["a.z.test. 5 CNAME b.z.test."], ["a.z.test. 5 CNAME B.z.test."]],
  ["the case of an owner", "x.a 5 TXT t", "x.A 5 TXT t", ['x.a.z.test. 5 TXT "t"'], ['x.A.z.test. 5 TXT "t"']],
  [
    "a name below an empty non-terminal",
    "x.a 5 TXT t",
    "y.a 5 TXT t",
    ['x.a.z.test. 5 TXT "t"'],
    ['y.a.z.test. 5 TXT "t"'],
  ],
  [
    "a delegation with its glue",
    "",
    "s 5 NS n.s\nn.s 5 A 192.0.2.1",
    [],
    ["n.s.z.test. 5 A 192.0.2.1", "s.z.test. 5 NS n.s.z.test."],
  ],
  ["data that a delegation occludes", "s 5 NS ns", "s 5 NS ns\nx.s 5 TXT t", [], ['x.s.z.test. 5 TXT "t"']],
])("zones that differ in %s", (_, before, after, gone, come) => {
  const [a, b] = [zoneOf(before), zoneOf(after)];
  expect([...recordsBeyond(a, b)].map(text).sort()).toEqual(gone);
  expect([...recordsBeyond(b, a)].map(text).sort()).toEqual(come);
});

test("an edit of one among 5000 names and of one among 5000 records", () => {
  const many = Array.from({ length: 5000 }, (_, i) => `i-${i} 5 A 192.0.2.1\nall 5 TXT ${i}`).join("\n");
  const before = zoneOf(many);
  const after = zoneWith(before.apex, [
    { labels: ["i-7"], type: TYPE.A, ttl: 5, rdatas: ["\x01\x02\x03\x04"] },
    { labels: ["all"], type: TYPE.TXT, ttl: 5, rdatas: ["\x03new", ...allOf(before).slice(1)] },
  ]);
  expect([...recordsBeyond(after, before)].map(text).sort()).toEqual([
    'all.z.test. 5 TXT "new"',
    "i-7.z.test. 5 A 1.2.3.4",
  ]);
  expect([...recordsBeyond(before, after)]).toHaveLength(2);
});

function zoneOf(lines: string): Zone {
  return snapshotOf(`$ORIGIN z.test.\n@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\n${lines}\n`).zone(ORIGIN)!;
}

function allOf(zone: Zone): readonly string[] {
  return childOf(zone.apex, "all")!.rrsets[0]!.rdatas;
}

function zoneWith(apex: Node, edits: readonly Edit[]): Zone {
  return makeZone(
    ORIGIN,
    edits.reduce((node, edit) => edited(node, edit, edit.labels), apex),
    2,
  );
}

/** The tree with one RRset edited, all else shared. */
function edited(node: Node, edit: Edit, [label, ...below]: readonly string[]): Node {
  if (label === undefined) {
    const others = node.rrsets.filter(({ type }) => type !== edit.type);
    const own = edit.rdatas.length === 0 ? [] : [rrset(edit.type, edit.ttl, edit.rdatas)];
    return makeNode(node.label, [...others, ...own], node.children);
  }
  const key = label.toLowerCase();
  const child = edited(childOf(node, key) ?? makeNode(label), edit, below);
  const children = isVacant(child) ? withoutChild(node.children, key) : withChild(node.children, child);
  return makeNode(node.label, node.rrsets, children);
}

function text({ owner, rrset: { type, ttl }, rdata }: ZoneRecord): string {
  return recordLine(owner, ttl, type, rdata);
}
