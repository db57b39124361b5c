import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { u16 } from "../../src/dns/octets.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createResponder } from "../../src/server/responder.ts";
import { makeNode } from "../../src/zone/node.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { withNode } from "../../src/zone/with-node.ts";
import { makeZone, type Zone } from "../../src/zone/zone.ts";
import { lines, snapshotOf } from "../support/ask.ts";

/** A zone below ours: with it, nothing is answered from an image. */
const BELOW = snapshotOf("$ORIGIN other.svc.test.\n$TTL 5\n@ SOA ns.svc.test. h 1 2 3 4 5\n@ NS ns.svc.test.\n");

const STATIC = "$ORIGIN svc.test.\n$TTL 5\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nns AAAA 2001:db8::1\n";
const EMPTY = snapshotOf(STATIC).zone(parseName("svc.test."))!;

/** The zone with an SRV at `web` to these targets, in rotation, and addresses for those that have a last octet. */
function zoneOf(targets: readonly string[], addresses: Readonly<Record<string, number>>): Zone {
  const srv = [...new Set(targets)].map((target) => u16(10) + u16(5) + u16(80) + parseName(`${target}.svc.test.`));
  let { apex } = EMPTY;
  apex = withNode(apex, ["web"], (node) => makeNode("web", [rrset(TYPE.SRV, 5, srv, { max: 20 })], node.children));
  for (const [name, octet] of Object.entries(addresses)) {
    const path = name.split(".").reverse();
    const a = rrset(TYPE.A, 5, [`\x0a\0\0${String.fromCharCode(octet)}`]);
    apex = withNode(apex, path, (node) => makeNode(node.label, [...node.rrsets, a], node.children));
  }
  return makeZone(EMPTY.origin, apex, 2);
}

/** Asks `web SRV` of what `current` gives, with one responder for all. */
function asker(current: () => Snapshot) {
  const responder = createResponder(current, new DnsCounters());
  const out = new Uint8Array(65_535);
  return (id: number, udpOctets: number, text = "web.svc.test.") => {
    const query = encodeQuery({ id, name: parseName(text), type: TYPE.SRV, edns: { udpOctets } });
    const length = responder.respond(query, { address: "192.0.2.9", port: 1, protocol: "udp" }, out);
    const [head, ...records] = lines(decodeMessage(out.slice(0, length))!);
    const answer = records.filter((line) => line.startsWith("an "));
    // A target that is written in two ways may be pointed to in either, and the order in Additional means nothing.
    const others = records.filter((line) => !line.startsWith("an ")).map((line) => line.toLowerCase());
    return { head, answer, others: others.sort(), length };
  };
}

const target = fc.constantFrom(
  "a.web",
  "A.web",
  "i-10.i.web",
  "i-1.i.web",
  "longer-than-others.i.web",
  "ns",
  "x.elsewhere",
);
const targets = fc.array(target, { minLength: 1, maxLength: 7 });
const addresses = fc.dictionary(fc.constantFrom("a.web", "i-10.i.web", "i-1.i.web"), fc.integer({ min: 1, max: 9 }));

describe("an answer of several records", () => {
  test("is the same from an image and put together, in every order and at every size", () => {
    fc.assert(
      fc.property(targets, addresses, fc.integer({ min: 512, max: 700 }), (given, octets, udpOctets) => {
        const zone = zoneOf(given, octets);
        const [image, together] = [[zone], [zone, ...BELOW.zones]].map((zones) => {
          const snapshot = new Snapshot(zones);
          return asker(() => snapshot);
        });
        for (let id = 0; id < 10; id++) expect(image!(id, udpOctets)).toEqual(together!(id, udpOctets));
        expect(image!(3, udpOctets, "WEB.svc.TEST.")).toEqual(together!(3, udpOctets, "WEB.svc.TEST."));
      }),
    );
  });

  test("follows every change of what it points to", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(targets, addresses, fc.boolean()), { maxLength: 6 }), (versions) => {
        let current = new Snapshot([EMPTY]);
        const ask = asker(() => current);
        for (const [given, octets, hasBelow] of versions) {
          current = new Snapshot([zoneOf(given, octets), ...(hasBelow ? BELOW.zones : [])]);
          const fresh = asker(() => current);
          for (const id of [0, 1]) expect(ask(id, 1232)).toEqual(fresh(id, 1232));
        }
      }),
    );
  });

  test("is taken anew when a target in its branch changed and the RRset did not", () => {
    const before = zoneOf(["a.web", "i-1.i.web"], { "a.web": 1 });
    const moved = rrset(TYPE.A, 5, ["\x0a\0\0\x07"]);
    const after = makeZone(
      before.origin,
      withNode(before.apex, ["web", "a"], (node) => makeNode(node.label, [moved])),
      3,
    );
    let current = new Snapshot([before]);
    const ask = asker(() => current);
    expect(ask(0, 1232).others).toEqual(["ad a.web.svc.test. 5 a 10.0.0.1"]);
    current = new Snapshot([after]);
    expect(ask(0, 1232).others).toEqual(["ad a.web.svc.test. 5 a 10.0.0.7"]);
  });
});
