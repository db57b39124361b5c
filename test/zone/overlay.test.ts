import fc from "fast-check";
import { expect, test } from "vitest";
import { TYPE } from "../../src/dns/numbers.ts";
import { withChild } from "../../src/zone/children.ts";
import { childOf, makeNode, type Node } from "../../src/zone/node.ts";
import { clashes, overlay } from "../../src/zone/overlay.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { sameNode } from "../../src/zone/same.ts";

interface Entry {
  readonly labels: readonly string[];
  readonly type: number;
  readonly rdata: string;
  readonly ttl: number;
}

const entry: fc.Arbitrary<Entry> = fc.record({
  labels: fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 3 }),
  type: fc.constantFrom(TYPE.A, TYPE.TXT, TYPE.CNAME, TYPE.NS),
  rdata: fc.constantFrom("1", "2", "3"),
  ttl: fc.constantFrom(5, 60),
});
/** Without an alias or a cut at the apex, where there can be none. */
const entries = fc.array(
  entry.filter(({ labels, type }) => labels.length > 0 || (type !== TYPE.CNAME && type !== TYPE.NS)),
  { maxLength: 8 },
);

function withEntry(node: Node, { labels, type, rdata, ttl }: Entry, depth = labels.length): Node {
  if (depth > 0) {
    const label = labels[depth - 1]!;
    const child = withEntry(childOf(node, label) ?? makeNode(label), { labels, type, rdata, ttl }, depth - 1);
    return makeNode(node.label, node.rrsets, withChild(node.children, child));
  }
  const known = node.rrsets.find((other) => other.type === type)?.rdatas ?? [];
  const others = node.rrsets.filter((other) => other.type !== type);
  const next = rrset(type, ttl, [...new Set([...known, rdata])]);
  return makeNode(
    node.label,
    [...others, next].sort((a, b) => a.type - b.type),
    node.children,
  );
}

const treeOf = (list: readonly Entry[]) => list.reduce((node, one) => withEntry(node, one), makeNode(""));

test("what is laid over from the last overlay is what is laid over anew", () => {
  fc.assert(
    fc.property(entries, entries, entries, entries, (under, over, moreUnder, moreOver) => {
      const last = overlay(treeOf(under), treeOf(over));
      const [nextUnder, nextOver] = [
        treeOf(moreUnder),
        moreOver.reduce((node, one) => withEntry(node, one), last.over),
      ];
      const next = overlay(nextUnder, nextOver, last);
      expect(sameNode(next.merged, overlay(nextUnder, nextOver).merged)).toBe(true);
      // And back again, which takes names away.
      expect(sameNode(overlay(last.under, last.over, next).merged, last.merged)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("what no edit touched stays the same object", () => {
  const under = treeOf([{ labels: ["x", "a"], type: TYPE.A, rdata: "1", ttl: 5 }]);
  const over = treeOf([{ labels: ["y", "a"], type: TYPE.A, rdata: "1", ttl: 5 }]);
  const last = overlay(under, over);
  const edited = withEntry(under, { labels: ["x", "b"], type: TYPE.A, rdata: "1", ttl: 5 });
  const next = overlay(edited, over, last);
  expect(childOf(next.merged, "a")).toBe(childOf(last.merged, "a"));
  expect(overlay(edited, over, next)).toBe(next);
});

test("where both cannot stand the upper one wins, and the clash is named", () => {
  const under = treeOf([{ labels: ["web"], type: TYPE.A, rdata: "1", ttl: 5 }]);
  const over = treeOf([{ labels: ["web"], type: TYPE.CNAME, rdata: "\0", ttl: 5 }]);
  expect([...clashes(under, over)]).toEqual([["web"]]);
  expect(childOf(overlay(under, over).merged, "web")?.rrsets.map(({ type }) => type)).toEqual([TYPE.CNAME]);
});
