import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { NetworkMap } from "../../src/dns/network-map.ts";
import { type Network, parseNetwork } from "../../src/dns/networks.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import type { Octets } from "../../src/dns/octets.ts";
import { soughtName } from "../../src/dns/sought-name.ts";
import type { Draw, Pool, RRset, Selection } from "../../src/zone/rrset.ts";
import { Selector } from "../../src/zone/select.ts";

const OWNER = soughtName(parseName("web.svc.test."));
const HERE = "192.0.2.1";

interface Record {
  readonly name: string;
  readonly weight?: number;
  readonly priority?: number;
  readonly locality?: string;
}

/** An RRset of these records, which stand in the order of their priority and locality. Their RDATA is their name alone. */
function drawn(records: readonly Record[], draw: Draw | undefined, max = 100, type: number = TYPE.TXT): RRset {
  let total = 0;
  const totals = records.map(({ weight = 1 }) => (total += weight));
  const pools: Pool[] = [];
  for (const [index, { priority = 0, locality = "" }] of records.entries()) {
    const last = pools.at(-1);
    if (last?.priority === priority && last.locality === locality) pools.pop();
    pools.push({ priority, locality, end: index + 1 });
  }
  const selection: Selection = {
    max,
    totals,
    ...(draw && { draw }),
    ...(pools.length > 1 && { pools }),
    ...(draw === "hash" && { keys: records.map(({ name }) => keyOf(name)) }),
  };
  return { type, ttl: 5, rdatas: records.map(({ name }) => name), selection };
}

function keyOf(name: string): number {
  return [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 7) >>> 0;
}

const named = (count: number, parts: (i: number) => Partial<Record> = () => ({})): Record[] =>
  Array.from({ length: count }, (_, i) => ({ name: `r${String(i).padStart(3, "0")}`, ...parts(i) }));

/** A source of chance that is the same in each run. */
function seeded(seed = 1): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

const network = (text: string): Network => parseNetwork(text)!;
const LOCALITIES = [
  { network: network("10.0.0.0/8"), value: "eu" },
  { network: network("10.1.0.0/16"), value: "us" },
  { network: network("2001:db8::/32"), value: "eu" },
];

function selector(): Selector {
  const turns = new Map<number, number>();
  const nextTurn = (key: number) => {
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return turn;
  };
  return new Selector({ random: seeded(), nextTurn, localities: new NetworkMap(LOCALITIES) });
}

/** What as many answers hold, all for one client. */
function answers(rrset: RRset, count: number, address = HERE, subnet?: string): (readonly Octets[])[] {
  const asked = selector();
  return Array.from({ length: count }, () => {
    asked.begin(address, subnet === undefined ? undefined : network(subnet));
    return asked.select(rrset, OWNER);
  });
}

/** How often each record is there. */
function tally(records: Iterable<Octets>): globalThis.Record<string, number> {
  const counts: globalThis.Record<string, number> = {};
  for (const record of records) counts[record] = (counts[record] ?? 0) + 1;
  return counts;
}

describe("whatever the draw", () => {
  const draws = fc.constantFrom<Draw | undefined>(undefined, "random", "roundRobin", "hash", "nearest");
  const records = fc
    .array(fc.record({ weight: fc.constantFrom(1, 25, 256, 65_280), priority: fc.nat(2) }), {
      minLength: 1,
      maxLength: 40,
    })
    .map((parts) => named(parts.length, (i) => parts.toSorted((a, b) => a.priority - b.priority)[i]!));

  test("an answer holds each record once, as many as it may, and no priority before all that are lower", () => {
    fc.assert(
      fc.property(draws, records, fc.integer({ min: 1, max: 45 }), fc.ipV4(), (draw, given, max, address) => {
        for (const answer of answers(drawn(given, draw, max), 3, address)) {
          expect(new Set(answer).size).toBe(answer.length);
          expect(answer.length).toBe(Math.min(max, given.length));
          const lowest = given.slice(0, answer.length).map(({ priority }) => priority);
          expect(given.filter(({ name }) => answer.includes(name)).map(({ priority }) => priority)).toEqual(lowest);
        }
      }),
    );
  });

  test("addresses are those of the best priority alone", () => {
    fc.assert(
      fc.property(draws, records, fc.integer({ min: 1, max: 45 }), (draw, given, max) => {
        const best = given.filter(({ priority }) => priority === given[0]!.priority).length;
        const [answer] = answers(drawn(given, draw, max, TYPE.A), 1);
        expect(answer!.length).toBe(Math.min(max, draw === undefined ? given.length : best));
      }),
    );
  });
});

describe("random", () => {
  test("puts each record first as often as it weighs, whether all are answered, many or few of many", () => {
    const given = named(30, (i) => ({ weight: i < 10 ? 4 : 1 }));
    for (const max of [100, 20, 2]) {
      const first = tally(answers(drawn(given, "random", max), 6000).map((answer) => answer[0]!));
      for (const { name, weight } of given) {
        expect(first[name]! / 6000).toBeGreaterThan(weight! / 60 / 1.5);
        expect(first[name]! / 6000).toBeLessThan((weight! / 60) * 1.5);
      }
    }
  });

  test("reaches every record, even where one outweighs all others", () => {
    const given = named(200, (i) => ({ weight: i === 7 ? 65_280 : 25 }));
    const seen = answers(drawn(given, "random", 10), 1000);
    expect(seen.every((answer) => answer.length === 10 && answer.includes("r007"))).toBe(true);
    expect(new Set(seen.flat()).size).toBe(200);
  });

  test("settles on one order for what is cut off", () => {
    const [asked, rrset] = [selector(), drawn(named(20), "random")];
    asked.begin(HERE, undefined);
    expect(asked.settled(rrset, asked.select(rrset))).toEqual(asked.settled(rrset, asked.select(rrset)));
  });
});

describe("round robin", () => {
  test.each([
    [7, 100],
    [7, 3],
    [6, 2],
  ])("of %i records, %i in an answer, each is first as often, and there as often", (count, max) => {
    const seen = answers(drawn(named(count), "roundRobin", max), 5 * count);
    expect(new Set(Object.values(tally(seen.map((answer) => answer[0]!))))).toEqual(new Set([5]));
    expect(new Set(Object.values(tally(seen.flat())))).toEqual(new Set([5 * Math.min(count, max)]));
  });

  test("goes by the name and type that is asked for, and not by what comes along", () => {
    const [asked, rrset] = [selector(), drawn(named(3), "roundRobin", 1)];
    const other = soughtName(parseName("other.svc.test."));
    const seen = [OWNER, other, undefined, OWNER, other, undefined, OWNER].map((owner) => {
      asked.begin(HERE, undefined);
      return [owner, asked.select(rrset, owner)[0]];
    });
    expect(seen.filter(([owner]) => owner === OWNER).map(([, first]) => first)).toEqual(["r000", "r001", "r002"]);
    expect(seen.filter(([owner]) => owner === other).map(([, first]) => first)).toEqual(["r000", "r001"]);
  });
});

describe("hash", () => {
  const clients = Array.from({ length: 400 }, (_, i) => `10.${i >> 4}.${(i & 15) * 16}.9`);
  const chosen = (rrset: RRset) => clients.map((address) => answers(rrset, 1, address)[0]!);

  test("gives a client and its neighbours the same each time", () => {
    const rrset = drawn(named(50), "hash", 5);
    const [one, two] = answers(rrset, 2, "10.1.2.3");
    expect(two).toEqual(one);
    expect(answers(rrset, 1, "10.1.2.250")).toEqual([one]);
    expect(answers(rrset, 1, "::ffff:10.1.2.3")).toEqual([one]);
    expect(answers(rrset, 1, HERE, "10.1.2.0/24")).toEqual([one]);
    expect(answers(rrset, 1, "2001:db8:1::1")).toEqual(answers(rrset, 1, "2001:db8:1:ffff::9"));
  });

  test("leaves every client all it had when one record goes, and what else there is of it in its order", () => {
    const given = named(20);
    const before = chosen(drawn(given, "hash", 4));
    const after = chosen(drawn(given.toSpliced(7, 1), "hash", 4));
    for (const [i, answer] of before.entries()) {
      const kept = answer.filter((name) => name !== "r007");
      expect(after[i]!.slice(0, kept.length)).toEqual(kept);
    }
  });

  test("moves clients only to the record that came to weigh more, in proportion to what it weighs", () => {
    const given = named(10, () => ({ weight: 256 }));
    const before = chosen(drawn(given, "hash", 1)).flat();
    const after = chosen(drawn(given.with(3, { name: "r003", weight: 10 * 256 }), "hash", 1)).flat();
    for (const [i, name] of after.entries()) if (name !== before[i]) expect(name).toBe("r003");
    expect(tally(after)["r003"]! / 400).toBeGreaterThan(0.43);
    expect(tally(after)["r003"]! / 400).toBeLessThan(0.63);
    expect(Object.keys(tally(before)).length).toBe(10);
  });
});

describe("nearest", () => {
  const given = [
    { name: "eu1", locality: "eu", priority: 1 },
    { name: "eu2", locality: "eu", priority: 1 },
    { name: "us1", locality: "us", priority: 1 },
    { name: "none", priority: 2 },
    { name: "eu3", locality: "eu", priority: 2 },
  ];
  const rrset = drawn(given, "nearest");

  test.each<[address: string, subnet: string | undefined, expected: string[]]>([
    ["10.2.0.1", undefined, ["eu1", "eu2", "eu3"]],
    ["10.1.0.1", undefined, ["us1"]],
    ["2001:db8::1", undefined, ["eu1", "eu2", "eu3"]],
    ["192.0.2.1", undefined, ["eu1", "eu2", "eu3", "none", "us1"]],
    ["192.0.2.1", "10.1.2.0/24", ["us1"]],
    ["10.1.0.1", "192.0.2.0/24", ["eu1", "eu2", "eu3", "none", "us1"]],
  ])("answers %s (subnet %s) with %j", (address, subnet, expected) => {
    const [answer] = answers(rrset, 1, address, subnet);
    expect(answer!.toSorted()).toEqual(expected);
  });

  test("answers all where nobody is near", () => {
    const far = drawn([{ name: "a", locality: "asia" }, { name: "b" }], "nearest");
    expect(answers(far, 1, "10.2.0.1")[0]!.toSorted()).toEqual(["a", "b"]);
  });

  test("takes the best priority there is near the client", () => {
    expect(answers(drawn(given, "nearest", 100, TYPE.A), 1, "10.2.0.1")[0]!.toSorted()).toEqual(["eu1", "eu2"]);
    const fallback = drawn(given.slice(2), "nearest", 100, TYPE.A);
    expect(answers(fallback, 1, "10.2.0.1")[0]).toEqual(["eu3"]);
  });
});

describe("the scope of an answer is what of the subnet it depends on (RFC 7871 §7.2.1)", () => {
  const near = drawn(
    [
      { name: "a", locality: "eu" },
      { name: "b", locality: "us" },
    ],
    "nearest",
  );
  test.each<[what: string, rrset: RRset, subnet: string | undefined, scope: number]>([
    ["nothing, where it is drawn by chance", drawn(named(5), "random"), "10.2.3.0/24", 0],
    ["nothing, where all fit and nothing is drawn", drawn(named(5), undefined), "10.2.3.0/24", 0],
    ["nothing, where there is one record", drawn(named(1), "hash"), "10.2.3.0/24", 0],
    ["nothing, where nobody asks for somebody", drawn(named(5), "hash"), undefined, 0],
    ["24 bits", drawn(named(5), "hash"), "10.2.3.4", 24],
    ["24 bits, where not all fit, and nobody says who is drawn", drawn(named(5), undefined, 2), "10.2.3.4", 24],
    ["24 bits, also when fewer are known", drawn(named(5), "hash"), "10.2.0.0/20", 24],
    ["48 bits of IPv6", drawn(named(5), "hash"), "2001:db8:1:2::/64", 48],
    ["as far as to tell it from the network within", near, "10.2.3.0/24", 15],
    ["all of the longest network", near, "10.1.2.0/24", 16],
    ["more than is known, where networks within differ", near, "10.0.0.0/9", 16],
    ["as far as to tell it from all networks", near, "192.0.2.0/24", 1],
  ])("%s", (_, rrset, subnet, scope) => {
    const asked = selector();
    asked.begin("198.51.100.1", subnet === undefined ? undefined : network(subnet));
    asked.select(rrset, OWNER);
    expect(asked.scope).toBe(scope);
  });
});

describe("what suits a network, with the draw hash and of more than fit without a draw", () => {
  const suits = [undefined, "hash"] as const;
  const clients = Array.from({ length: 256 }, (_, i) => `10.0.${i}.1`);
  /** One answer to each client, of a selector that knew the RRset `before`. */
  const chosen = (rrset: RRset, before = rrset): (readonly Octets[])[][] => {
    const asked = selector();
    return clients.map((address) =>
      [before, rrset].map((each) => {
        asked.begin(address, undefined);
        return asked.select(each, OWNER);
      }),
    );
  };
  const record = fc.record({ weight: fc.constantFrom(25, 256, 65_280), priority: fc.nat(2) });
  const records = fc.uniqueArray(fc.tuple(fc.nat(999), record), {
    selector: ([id]) => id,
    minLength: 2,
    maxLength: 60,
  });
  const inOrder = (given: readonly Record[]) =>
    given.toSorted((a, b) => a.priority! - b.priority! || (a.name < b.name ? -1 : 1));

  test("a record that goes costs no network more than itself, and one that comes no more than the one in its place", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...suits),
        records,
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        (draw, ids, at, max) => {
          const given = ids.map(([id, parts]) => ({ name: `r${id}`, ...parts }));
          const one = given[at % given.length]!;
          const all = drawn(inOrder(given), draw, max);
          const others = drawn(inOrder(given.filter((each) => each !== one)), draw, max);
          const without = (answer: readonly Octets[], other: readonly Octets[]) =>
            answer.filter((name) => !other.includes(name));
          // Both ways round: whoever comes is known by what was there before.
          const pairs = [...chosen(others, all), ...chosen(all, others).map((pair) => pair.toReversed())];
          for (const [ofAll, ofOthers] of pairs) {
            const isMissed = ofAll!.includes(one.name);
            expect(without(ofAll!, ofOthers!)).toEqual(isMissed ? [one.name] : []);
            expect(without(ofOthers!, ofAll!).length).toBe(isMissed && given.length > max ? 1 : 0);
          }
        },
      ),
    );
  });

  test.each(suits)("%s: every record is reached, and as often as it weighs", (draw) => {
    const given = named(50, (i) => ({ weight: i % 5 === 0 ? 1024 : 256 }));
    const reached = tally(chosen(drawn(given, draw, 5)).flatMap(([answer]) => answer!));
    expect(Object.keys(reached).length).toBe(50);
    const heavy = given.filter(({ weight }) => weight === 1024).reduce((sum, { name }) => sum + reached[name]!, 0);
    expect(heavy / (256 * 5)).toBeGreaterThan(0.42);
    expect(heavy / (256 * 5)).toBeLessThan(0.55);
  });

  test.each(suits)("%s: neighbours have the same, whoever asks on their behalf", (draw) => {
    const rrset = drawn(named(50), draw, 5);
    const [answer] = answers(rrset, 1, "10.1.2.3");
    expect(answers(rrset, 1, "192.0.2.1", "10.1.2.4")).toEqual([answer]);
    expect(answers(rrset, 1, "10.1.2.4", "192.0.2.0/24")).not.toEqual([answer]);
    expect(answers(rrset, 1, "::ffff:10.1.2.5")).toEqual([answer]);
  });

  test.each([
    ["SRV", TYPE.SRV, "\0\x01\0\x02\x1f\x90\x01%\x04test\0", "\0\x01\x01\0\x1f\x90\x01%\x04test\0"],
    ["SVCB", TYPE.SVCB, "\0\x01\x01%\x04test\0", "\0\x02\x01%\x04test\0"],
  ])(
    "%s without a draw: what a record weighs, or its priority, is no part of what tells it from others",
    (_, type, is, becomes) => {
      const rrset = (form: string): RRset => ({
        type,
        ttl: 5,
        rdatas: Array.from({ length: 80 }, (_, i) => form.replace("%", String.fromCharCode(33 + i))),
        selection: { max: 8 },
      });
      const name = (rdata: Octets) => rdata.at(-7);
      for (const [had, has] of chosen(rrset(becomes), rrset(is))) expect(has!.map(name)).toEqual(had!.map(name));
    },
  );
});
