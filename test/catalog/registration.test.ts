import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalAddress } from "../../src/catalog/addresses.ts";
import type { Fault } from "../../src/catalog/fields.ts";
import type { Registration } from "../../src/catalog/model.ts";
import { type Origin, patchTarget, readRegistration, registrationBody } from "../../src/catalog/registration.ts";

const ORIGIN: Origin = {
  service: "web",
  callerAddress: "::ffff:192.0.2.1",
  serviceHasChecks: false,
  allowsExec: false,
  previous: undefined,
  nextGeneration: 7,
};

function read(body: unknown, origin: Partial<Origin> = {}): Registration {
  const faults: Fault[] = [];
  const registration = readRegistration(body, { ...ORIGIN, ...origin }, faults);
  expect(faults).toEqual([]);
  return registration;
}

const tcp = { kind: "tcp", port: 80 };
const DEFAULT_TIMING = { intervalSeconds: 10, timeoutSeconds: 5, passAfter: 1, failAfter: 2 };

test("an empty registration is the caller's address with every default", () => {
  expect(read({})).toEqual({
    generation: 7,
    addresses: ["192.0.2.1"],
    ports: [],
    tags: [],
    meta: {},
    priority: 10,
    weight: 10,
    initialState: "passing",
    deregisterAfterSeconds: 0,
    checks: [],
  });
});

const ROWS: readonly [body: object, expected: object][] = [
  [{ address: "10.0.0.5" }, { addresses: ["10.0.0.5"] }],
  [{ address: "127.0.0.1" }, { addresses: ["127.0.0.1"] }],
  [{ address: "2001:DB8:0:0:0::0005" }, { addresses: ["2001:db8::5"] }],
  [{ address: "::ffff:10.0.0.5" }, { addresses: ["10.0.0.5"] }],
  [{ address: "10.0.0.5", addresses: ["2001:db8::5", "10.0.0.5"] }, { addresses: ["10.0.0.5", "2001:db8::5"] }],
  [{ host: "DB.Example.com." }, { addresses: [], host: "db.example.com" }],
  [{ port: 8080 }, { ports: [{ name: "web", port: 8080, protocol: "tcp", alpn: [] }] }],
  [
    { ports: { Http: 80, dns: { port: 53, protocol: "udp" }, alt: { port: 443, alpn: ["h2", "h2"] } }, port: 9 },
    {
      ports: [
        { name: "web", port: 9, protocol: "tcp", alpn: [] },
        { name: "http", port: 80, protocol: "tcp", alpn: [] },
        { name: "dns", port: 53, protocol: "udp", alpn: [] },
        { name: "alt", port: 443, protocol: "tcp", alpn: ["h2"] },
      ],
    },
  ],
  [{ tags: ["Web", "a", "web"] }, { tags: ["a", "web"] }],
  [{ leaseSeconds: 15 }, { leaseSeconds: 15, initialState: "passing", deregisterAfterSeconds: 600 }],
  [{ leaseSeconds: 15, deregisterAfterSeconds: 0 }, { deregisterAfterSeconds: 0 }],
  [{ checks: [tcp] }, { initialState: "critical", checks: [{ ...tcp, ...DEFAULT_TIMING }] }],
  [{ checks: [tcp], initialState: "passing" }, { initialState: "passing" }],
  [{ port: 80, checks: [{ kind: "http", url: "/up" }] }, { checks: [{ kind: "http", url: "/up", ...DEFAULT_TIMING }] }],
  [
    { checks: [{ ...tcp, intervalSeconds: 2 }] },
    { checks: [{ ...tcp, ...DEFAULT_TIMING, intervalSeconds: 2, timeoutSeconds: 1 }] },
  ],
];

test.each(ROWS)("readRegistration of %j fills in the defaults", (body, expected) => {
  expect(read(body)).toMatchObject(expected);
});

test("metadata is sorted by key, and a key may be called anything", () => {
  const meta = JSON.parse('{"b":"1","__proto__":"2","a":""}');
  expect(Object.keys(read({ meta }).meta)).toEqual(["__proto__", "a", "b"]);
});

test.each<[before: object, after: object, isSame: boolean]>([
  [{ checks: [tcp] }, { checks: [tcp], weight: 3, tags: ["a"] }, true],
  [{ leaseSeconds: 5 }, { leaseSeconds: 5, address: "10.9.9.9" }, true],
  [{ leaseSeconds: 5 }, { leaseSeconds: 6 }, false],
  [{ checks: [tcp] }, { checks: [{ ...tcp, port: 81 }] }, false],
  [{ checks: [tcp] }, { checks: [] }, false],
  [{ checks: [tcp] }, { checks: [tcp], initialState: "passing" }, false],
])("from %j to %j the generation stays: %j %j", (before, after, isSame) => {
  const previous = read(before);
  expect(read(after, { previous, nextGeneration: 9 }).generation).toBe(isSame ? 7 : 9);
});

test("a service's own checks make new instances start critical, and restart none that runs", () => {
  expect(read({}, { serviceHasChecks: true }).initialState).toBe("critical");
  expect(read({ leaseSeconds: 5 }, { serviceHasChecks: true }).initialState).toBe("passing");
  const previous = read({});
  expect(read({}, { serviceHasChecks: true, previous, nextGeneration: 9 })).toEqual(previous);
});

test("a registration's body registers the same again", () => {
  for (const [body] of ROWS) {
    const registration = read(body);
    expect(read(registrationBody(registration), { previous: registration })).toEqual(registration);
    expect(read(patchTarget(registration), { previous: registration })).toEqual(registration);
  }
});

test("an IPv4 address is its own canonical text; an IPv6 address's is a fixed point", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => canonicalAddress(text) === text));
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const canonical = canonicalAddress(text);
      return canonical !== undefined && canonicalAddress(canonical) === canonical;
    }),
  );
});

test("readRegistration takes any JSON without throwing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const faults: Fault[] = [];
      readRegistration({ address: a, ports: b, tags: a, meta: b, checks: [b, a], host: a }, ORIGIN, faults);
      readRegistration(a, ORIGIN, faults);
    }),
  );
});
