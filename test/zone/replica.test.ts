import fc from "fast-check";
import { expect, test } from "vitest";
import { type Name, nameText, parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { withChild, withoutChild } from "../../src/zone/children.ts";
import { editOf } from "../../src/zone/edit.ts";
import { childOf, isVacant, makeNode, type Node, type Notes } from "../../src/zone/node.ts";
import { Replica } from "../../src/zone/replica.ts";
import { type Draw, type RRset, rrset, type Selection } from "../../src/zone/rrset.ts";
import { sameNode } from "../../src/zone/same.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { makeZone } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";

const [Z, Y] = [parseName("z.test."), parseName("Y.test.")];
const SOA = snapshotOf("$ORIGIN z.test.\n@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\n").zone(Z)!.apex;

type Change =
  | {
      readonly kind: "put";
      readonly zone: Name;
      readonly labels: readonly string[];
      readonly type: number;
      readonly ttl: number;
      readonly rdatas: readonly string[];
      readonly selection: Selection | undefined;
    }
  | {
      readonly kind: "note";
      readonly zone: Name;
      readonly labels: readonly string[];
      readonly notes: Notes | undefined;
    }
  | { readonly kind: "prune" | "share"; readonly zone: Name; readonly labels: readonly string[] }
  | { readonly kind: "drop"; readonly zone: Name };

const zone = fc.constantFrom(Z, Z, Y);
const labels = fc.array(fc.constantFrom("a", "b", "B", "web", "i-1", "i-2", "*"), { maxLength: 3 });
const rdatas = fc.uniqueArray(
  fc.nat(60).map((i) => String.fromCharCode(200 + (i % 50), i)),
  { maxLength: 30 },
);
const selection = fc.option(
  fc.oneof(
    fc.constantFrom({ max: 3 }, { max: Number.POSITIVE_INFINITY }),
    fc.array(fc.double({ min: 0.1, max: 300, noNaN: true }), { maxLength: 30 }).map((totals) => ({ max: 5, totals })),
    fc.record(
      {
        max: fc.constantFrom(1, 9),
        draw: fc.constantFrom<Draw>("random", "roundRobin", "hash", "nearest"),
        keys: fc.array(fc.nat(), { maxLength: 4 }),
        pools: fc.array(fc.record({ priority: fc.nat(3), end: fc.nat(9), locality: fc.constantFrom("", "eu", "us") }), {
          maxLength: 3,
        }),
      },
      { requiredKeys: ["max"] },
    ),
  ),
  { nil: undefined },
);
const notes = fc.constantFrom<Notes | undefined>(
  undefined,
  {},
  { negativeTtl: 0 },
  { ede: { code: 0, text: "why – so" } },
  { negativeTtl: 5, ede: { code: 14, text: "" } },
  { deadlinePlace: 1 },
  { negativeTtl: 5, deadlinePlace: 4096 },
);
const put = fc.record({
  kind: fc.constant("put" as const),
  zone,
  labels,
  type: fc.constantFrom(TYPE.A, TYPE.TXT, TYPE.SRV, TYPE.NS, TYPE.CNAME),
  ttl: fc.constantFrom(5, 60),
  rdatas,
  selection,
});
const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.oneof(
    { arbitrary: put, weight: 6 },
    fc.record({ kind: fc.constant("note" as const), zone, labels, notes }),
    fc.record({ kind: fc.constantFrom("prune" as const, "share" as const), zone, labels }),
    fc.record({ kind: fc.constant("drop" as const), zone }),
  ),
  { maxLength: 12 },
);

test("a replica equals its original, whatever changed from edit to edit and however many edits it missed", () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 6 }), fc.nat(5), (batches, joinedAt) => {
      const [first, late] = [new Replica(), new Replica()];
      let apexes: Apexes = new Map([[Z, SOA]]);
      let before: Snapshot | undefined;
      for (const [revision, batch] of batches.entries()) {
        apexes = batch.reduce(changed, apexes);
        const after = snapshot(apexes, revision);
        follow(first, before, after);
        if (revision >= joinedAt) follow(late, revision === joinedAt ? undefined : before, after);
        if (revision >= joinedAt) expectSame(late, after);
        expectSame(first, after);
        before = after;
      }
    }),
  );
});

test("an edit is answered from with its last part only, and its parts are small", () => {
  const replica = new Replica();
  const old = snapshot(new Map([[Z, SOA]]), 1);
  follow(replica, undefined, old);
  const after = snapshot(new Map([[Z, manyInstances(5000)]]), 2);
  const before = replica.current();
  const parts = [...editOf(old, after)];
  expect(parts.length).toBeGreaterThan(5);
  for (const part of parts.slice(0, -1)) {
    expect(part.texts.length + part.numbers.length).toBeLessThan(30_000);
    replica.apply(structuredClone(part));
    expect(replica.current()).toBe(before);
  }
  replica.apply(structuredClone(parts.at(-1)!));
  expectSame(replica, after);
});

test("what does not change crosses nothing and stays the same object in the replica", () => {
  const replica = new Replica();
  const apex = manyInstances(2000);
  const before = snapshot(new Map([[Z, apex]]), 1);
  follow(replica, undefined, before);
  const known = at(replica, "web", "i", "i-7");
  const edited = changed(new Map([[Z, apex]]), {
    kind: "put",
    zone: Z,
    labels: ["i-8", "i", "web"],
    type: TYPE.A,
    ttl: 5,
    rdatas: ["\x0a\0\0\x63"],
    selection: undefined,
  });
  const after = snapshot(edited, 2);
  const parts = [...editOf(before, after)];
  expect(parts.map(({ texts }) => texts.length).reduce((a, b) => a + b)).toBeLessThan(10);
  for (const part of parts) replica.apply(structuredClone(part));
  expectSame(replica, after);
  expect(at(replica, "web", "i", "i-7")).toBe(known);
});

test("of an RRset of thousands only the records that differ cross, and once however many names share it", () => {
  const apex = manyInstances(5000);
  const replica = new Replica();
  const before = snapshot(new Map([[Z, apex]]), 1);
  follow(replica, undefined, before);
  const [all] = at(replica, "web").rrsets;
  const other = rrset(TYPE.SRV, 5, all!.rdatas.toSpliced(70, 3, "\0\0\0\0\0\x50new"), { max: 100 });
  const names = [["web"], ["_http", "_tcp", "web"]];
  const after = snapshot(
    new Map([
      [
        Z,
        names.reduce(
          (tree, labels) => edited(tree, labels, ({ label, children }) => makeNode(label, [other], children)),
          apex,
        ),
      ],
    ]),
    2,
  );
  const parts = [...editOf(before, after)];
  expect(parts.flatMap(({ texts }) => texts).filter((text) => text.endsWith("new"))).toHaveLength(1);
  expect(parts.flatMap(({ texts }) => texts).length).toBeLessThan(10);
  for (const part of parts) replica.apply(structuredClone(part));
  expectSame(replica, after);
});

test("RRsets and names that many names share are shared in the replica too", () => {
  const replica = new Replica();
  follow(replica, undefined, snapshot(new Map([[Z, manyInstances(3000)]]), 1));
  const why = (id: string) => childOf(at(replica, "web", "i", id), "_why");
  expect(why("i-2999")).toBe(why("i-0"));
  expect(at(replica, "web", "_tcp", "_http").rrsets[0]).toBe(at(replica, "web").rrsets[0]);
});

type Apexes = ReadonlyMap<Name, Node>;

function snapshot(apexes: Apexes, serial: number): Snapshot {
  return new Snapshot([...apexes].map(([origin, apex]) => makeZone(origin, apex, serial)));
}

function follow(replica: Replica, before: Snapshot | undefined, after: Snapshot): void {
  for (const part of editOf(before, after)) replica.apply(structuredClone(part));
}

function expectSame(replica: Replica, original: Snapshot): void {
  const copy = replica.current()!;
  expect([...copy.zones].map(({ origin }) => nameText(origin)).sort()).toEqual(
    [...original.zones].map(({ origin }) => nameText(origin)).sort(),
  );
  for (const zone of original.zones) {
    const twin = copy.zone(zone.origin)!;
    expect({ ...twin, apex: undefined }).toEqual({ ...zone, apex: undefined });
    expect(sameNode(twin.apex, zone.apex)).toBe(true);
  }
}

function at(replica: Replica, ...path: readonly string[]): Node {
  return path.reduce((node, label) => childOf(node, label)!, replica.current()!.zone(Z)!.apex);
}

function changed(apexes: Apexes, change: Change): Apexes {
  const next = new Map(apexes);
  const apex = next.get(change.zone) ?? SOA;
  switch (change.kind) {
    case "drop":
      next.delete(change.zone);
      return next;
    case "put":
      return next.set(
        change.zone,
        edited(apex, change.labels, (node) => withRRset(node, change)),
      );
    case "note":
      return next.set(
        change.zone,
        edited(apex, change.labels, ({ label, rrsets, children }) => makeNode(label, rrsets, children, change.notes)),
      );
    case "prune":
      return next.set(
        change.zone,
        edited(apex, change.labels, (node) => (node === apex ? node : makeNode(node.label))),
      );
    case "share": {
      // One node below several names, as instances in one state share theirs.
      const shared = makeNode("_why", [rrset(TYPE.TXT, 0, ["\x02up"])]);
      const below = ["a", "b"].map((label) => makeNode(label, [], withChild(undefined, shared)));
      const children = below.reduce(withChild<Node>, undefined);
      return next.set(
        change.zone,
        edited(apex, change.labels, ({ label, rrsets, children: old, notes: kept }) =>
          makeNode(label, rrsets, below.reduce(withChild<Node>, old) ?? children, kept),
        ),
      );
    }
  }
}

function withRRset(
  node: Node,
  { type, ttl, rdatas, selection }: Omit<RRset, "selection"> & { readonly selection?: Selection | undefined },
): Node {
  const others = node.rrsets.filter((other) => other.type !== type);
  const own = rdatas.length === 0 ? [] : [rrset(type, ttl, rdatas, selection)];
  return makeNode(node.label, [...others, ...own], node.children, node.notes);
}

/** The tree with one node changed; `labels` leftmost first. */
function edited(tree: Node, labels: readonly string[], change: (node: Node) => Node): Node {
  const label = labels.at(-1);
  if (label === undefined) return change(tree);
  const key = label.toLowerCase();
  const child = edited(childOf(tree, key) ?? makeNode(label), labels.slice(0, -1), change);
  const children = isVacant(child) ? withoutChild(tree.children, key) : withChild(tree.children, child);
  return makeNode(tree.label, tree.rrsets, children, tree.notes);
}

/** `web` with so many instances, as the registry makes it: one SRV RRset at two names, one node for all in one state. */
function manyInstances(count: number): Node {
  const why = makeNode("_why", [rrset(TYPE.TXT, 0, ["\x0dstate=passing"])]);
  const address = (i: number) => String.fromCharCode(10, 0, i >> 8, i & 255);
  const srv = Array.from({ length: count }, (_, i) => `\0\0\0\0\0\x50${`i-${i}`}`);
  const instances = srv
    .map((rdata, i) =>
      makeNode(
        `i-${i}`,
        [rrset(TYPE.A, 5, [address(i)]), rrset(TYPE.SRV, 5, [rdata])],
        withChild<Node>(undefined, why),
      ),
    )
    .reduce(withChild<Node>, undefined);
  const all = rrset(TYPE.SRV, 5, srv, { max: 100 });
  const tcp = makeNode("_tcp", [], withChild<Node>(undefined, makeNode("_http", [all])));
  const children = [makeNode("i", [], instances), tcp].reduce(withChild<Node>, undefined);
  return makeNode(SOA.label, SOA.rrsets, withChild(SOA.children, makeNode("web", [all], children)));
}
