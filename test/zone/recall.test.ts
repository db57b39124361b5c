import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createResponder } from "../../src/server/responder.ts";
import { makeNode } from "../../src/zone/node.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { withNode } from "../../src/zone/with-node.ts";
import { makeZone, type Zone } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";
import { type Change, operate, putInstance, Registry, settle, vote } from "../support/registry.ts";

const SERVICES = ["web", "db"];
const IDS = ["a", "b", "c"];
const NAMES = [
  ...SERVICES.flatMap((service) => [
    service,
    `canary.${service}`,
    `_http._tcp.${service}`,
    `_${service}._tcp`,
    ...IDS.flatMap((id) => [`${id}.i.${service}`, `_why.${id}.i.${service}`]),
  ]),
  "static",
];
const TYPES = [TYPE.A, TYPE.SRV, TYPE.TXT, TYPE.CNAME];

/** A zone below ours, which takes over what is looked up there. */
const BELOW = [...snapshotOf("$ORIGIN db.svc.test.\n$TTL 5\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n@ A 192.0.2.9\n").zones];

/** Something that decides over all names below. */
interface Cut {
  readonly kind: "cut";
  readonly at: readonly string[];
  readonly type: number;
}

type Step =
  | { readonly kind: "commit"; readonly changes: readonly Change[] }
  | Cut
  | { readonly kind: "static"; readonly octet: string }
  | { readonly kind: "below" };

const service = fc.constantFrom(...SERVICES);
const id = fc.constantFrom(...IDS);
const parts = fc.record({
  addresses: fc.constantFrom(["10.0.0.1"], ["10.0.0.2"], ["10.0.0.1", "2001:db8::1"]),
  tags: fc.constantFrom([], ["canary"]),
  meta: fc.constantFrom({}, { version: "1" }),
  weight: fc.constantFrom(1, 2),
  initialState: fc.constantFrom("passing" as const, "critical" as const),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(service, id, parts).map(([s, i, p]) => putInstance(s, i, p)),
  fc.tuple(service, id).map(([s, i]) => `inst/${s}/${i}`),
  fc.tuple(service, id, fc.constantFrom("passing" as const, "critical" as const)).map((v) => vote(...v)),
  fc.tuple(service, id).map(([s, i]) => operate(s, i, "draining")),
  fc.tuple(service, fc.constantFrom(5, 7)).map(([s, ttlSeconds]) => settle(s, { ttlSeconds })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(change, { minLength: 1, maxLength: 3 })
      .map((changes) => ({ kind: "commit" as const, changes })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("cut" as const),
      at: fc.constantFrom<string[]>(["web"], ["web", "i"], ["static"]),
      type: fc.constantFrom(TYPE.NS, TYPE.DNAME),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom("\x01", "\x02").map((octet) => ({ kind: "static" as const, octet })) },
  { weight: 1, arbitrary: fc.constant({ kind: "below" as const }) },
);

test("what is recalled is what would be looked up, whatever changed since it was asked", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const registry = new Registry();
      const cuts = new Map<string, Cut>();
      let octet = "\x01";
      let hasBelow = false;
      let current: Snapshot | undefined;
      const recalling = asker(() => current!);
      for (const each of steps) {
        if (each.kind === "commit") registry.commit(...each.changes);
        else if (each.kind === "below") hasBelow = !hasBelow;
        else if (each.kind === "static") octet = each.octet;
        else if (!cuts.delete(`${each.at} ${each.type}`)) cuts.set(`${each.at} ${each.type}`, each);
        current = snapshotWith(registry, [...cuts.values()], octet, hasBelow ? BELOW : []);
        const fresh = current;
        const lookingUp = asker(() => fresh);
        // What is asked for the first time is not kept, and what is kept only now is not recalled.
        for (let times = 0; times < 3; times++) {
          for (const name of NAMES) {
            for (const type of TYPES) expect(recalling(name, type), `${name} ${type}`).toEqual(lookingUp(name, type));
          }
        }
      }
    }),
    { numRuns: 30 },
  );
});

/** A responder that answers from what `current` gives; the octets of its answers. */
function asker(current: () => Snapshot) {
  const responder = createResponder(current, new DnsCounters());
  const out = new Uint8Array(65_535);
  return (name: string, type: number) => {
    const query = encodeQuery({ id: 0, name: parseName(`${name}.svc.test.`), type, edns: { udpOctets: 1232 } });
    const length = responder.respond(query, { address: "192.0.2.9", port: 1, protocol: "udp" }, out);
    return Buffer.from(out.slice(0, length)).toString("latin1");
  };
}

function snapshotWith(registry: Registry, cuts: readonly Cut[], octet: string, below: readonly Zone[]): Snapshot {
  const [{ origin, apex: generated, serial }] = [...registry.snapshot().zones] as [Zone];
  let apex = withNode(generated, ["static"], () => makeNode("static", [rrset(TYPE.A, 5, [`\xc0\0\x02${octet}`])]));
  for (const { at, type } of cuts) {
    const cut = rrset(type, 5, [parseName("elsewhere.test.")]);
    apex = withNode(apex, at, (node) => makeNode(node.label, [...node.rrsets, cut], node.children, node.notes));
  }
  return new Snapshot([makeZone(origin, apex, serial), ...below]);
}
