import { describe, expect, test } from "vitest";
import { apexRecords } from "../../src/catalog/apex-records.ts";
import { NOTHING_DERIVED } from "../../src/catalog/derive.ts";
import { instanceKey } from "../../src/catalog/keys.ts";
import { deriveReverse, parseReverseZone, reverseApex } from "../../src/catalog/reverse-records.ts";
import { nameText } from "../../src/dns/name.ts";
import { overlay } from "../../src/zone/overlay.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { makeZone } from "../../src/zone/zone.ts";
import { ask, lines } from "../support/ask.ts";
import { operate, putInstance, Registry, SCHEME } from "../support/registry.ts";

const NIBBLES_OF_2001_DB8_1 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.";

describe("the origin of a reverse zone", () => {
  test.each<[text: string, origin: string | undefined]>([
    ["10.0.0.0/8", "10.in-addr.arpa."],
    ["192.0.2.0/24", "2.0.192.in-addr.arpa."],
    ["192.0.2.1/32", "1.2.0.192.in-addr.arpa."],
    ["192.0.2.1", "1.2.0.192.in-addr.arpa."],
    ["0.0.0.0/0", "in-addr.arpa."],
    ["2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa."],
    ["2001:db8:f000::/36", "f.8.b.d.0.1.0.0.2.ip6.arpa."],
    ["2001:db8::1", NIBBLES_OF_2001_DB8_1],
    ["10.in-addr.arpa", "10.in-addr.arpa."],
    ["2.0.192.IN-ADDR.ARPA.", "2.0.192.in-addr.arpa."],
    ["8.B.D.0.1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa."],
    ["10.0.0.0/9", undefined],
    ["10.0.0.1/8", undefined],
    ["10.0.0.0/33", undefined],
    ["2001:db8::/33", undefined],
    ["256.in-addr.arpa", undefined],
    ["01.in-addr.arpa", undefined],
    ["1.2.3.4.5.in-addr.arpa", undefined],
    ["10.ip6.arpa", undefined],
    [`0.${NIBBLES_OF_2001_DB8_1}`, undefined],
    ["example.com", undefined],
    ["10", undefined],
    ["", undefined],
    ["..", undefined],
  ])("%s", (text, origin) => {
    const name = parseReverseZone(text);
    expect(name && nameText(name)).toBe(origin);
  });
});

/** What the reverse zone of a network answers after each of these batches, the zone advanced from one to the next. */
function reverseZone(network: string, ...batches: ((registry: Registry) => Registry)[]): Snapshot {
  const origin = parseReverseZone(network)!;
  const registry = new Registry();
  let reverse = NOTHING_DERIVED;
  for (const batch of batches) {
    const before = registry.generated;
    reverse = deriveReverse(reverse, origin, before, batch(registry).generated, SCHEME);
  }
  return new Snapshot([makeZone(origin, overlay(reverse, reverseApex(origin, apexRecords(SCHEME, []))).merged, 1)]);
}

const filled = (registry: Registry) =>
  registry.commit(
    putInstance("web", "a", { addresses: ["10.0.0.1", "2001:db8::1"] }),
    putInstance("web", "b", { addresses: ["10.0.0.1", "10.0.0.2", "192.0.2.1"] }),
    putInstance("db", "a", { addresses: ["10.0.0.1"] }),
    putInstance("ext", "e", { addresses: [], host: "db.example.com" }),
  );

describe("a PTR for each instance address", () => {
  const one = "1.0.0.10.in-addr.arpa.";
  const [webA, webB, dbA] = ["a.i.web.svc.test.", "b.i.web.svc.test.", "a.i.db.svc.test."];
  const nothing = ["NXDOMAIN aa"];
  const pointers = (owner: string, ...names: string[]) => [
    "NOERROR aa",
    ...names.map((name) => `an ${owner} 5 PTR ${name}`),
  ];
  test.each<[name: string, snapshot: Snapshot, owner: string, expected: string[]]>([
    ["of every instance", reverseZone("10.0.0.0/8", filled), one, pointers(one, dbA, webA, webB)],
    [
      "whatever its health",
      reverseZone("10.0.0.0/8", (r) => r.commit(putInstance("web", "a"), operate("web", "a", "maintenance"))),
      one,
      pointers(one, webA),
    ],
    ["an empty non-terminal", reverseZone("10.0.0.0/8", filled), "0.0.10.in-addr.arpa.", ["NOERROR aa"]],
    ["an address that nobody has", reverseZone("10.0.0.0/8", filled), "9.0.0.10.in-addr.arpa.", nothing],
    [
      "an instance leaves",
      reverseZone("10.0.0.0/8", filled, (r) => r.commit(instanceKey("web", "a"))),
      one,
      pointers(one, dbA, webB),
    ],
    [
      "an address changes hands",
      reverseZone("10.0.0.0/8", filled, (r) =>
        r.commit(instanceKey("web", "b"), putInstance("db", "b", { addresses: ["10.0.0.2"] })),
      ),
      "2.0.0.10.in-addr.arpa.",
      pointers("2.0.0.10.in-addr.arpa.", "b.i.db.svc.test."),
    ],
    [
      "the last address of a network takes the names above it along",
      reverseZone("10.0.0.0/8", filled, (r) =>
        r.commit(instanceKey("web", "a"), instanceKey("web", "b"), instanceKey("db", "a")),
      ),
      "0.10.in-addr.arpa.",
      nothing,
    ],
    [
      "of an IPv6 address",
      reverseZone("2001:db8::/32", filled),
      NIBBLES_OF_2001_DB8_1,
      pointers(NIBBLES_OF_2001_DB8_1, webA),
    ],
    ["at the apex of a zone of one address", reverseZone("10.0.0.1", filled), one, pointers(one, dbA, webA, webB)],
  ])("%s", (_, snapshot, owner, expected) => {
    const seen = lines(ask(snapshot, `${owner} PTR`)).filter((line) => !/^(au|ad) /.test(line));
    expect(seen.toSorted()).toEqual(expected.toSorted());
  });

  test("is in the zone of its network alone", () => {
    const zone = [...reverseZone("192.0.2.0/24", filled).zones][0]!;
    expect(lines(ask(reverseZone("192.0.2.0/24", filled), "1.2.0.192.in-addr.arpa. PTR"))[1]).toContain(webB);
    expect(zone.apex.rrsets.length).toBe(2);
    expect(ask(reverseZone("192.0.2.0/24", filled), `${one} PTR`).answer).toEqual([]);
  });
});

test("a reverse zone without a file has an SOA, and the name server of the discovery zone", () => {
  const snapshot = reverseZone("10.0.0.0/8");
  expect(lines(ask(snapshot, "10.in-addr.arpa. NS"))[1]).toBe("an 10.in-addr.arpa. 3600 NS ns.svc.test.");
  expect(lines(ask(snapshot, "10.in-addr.arpa. SOA"))[1]).toBe(
    "an 10.in-addr.arpa. 3600 SOA ns.svc.test. hostmaster.svc.test. 1 60 10 604800 1",
  );
});
