import fc from "fast-check";
import { expect, test } from "vitest";
import type { Check } from "../../src/catalog/check.ts";
import { CHECK_KINDS, READERS } from "../../src/catalog/check-kinds.ts";
import { readChecks } from "../../src/catalog/checks.ts";
import type { Fault } from "../../src/catalog/fields.ts";
import { selfSigned } from "../health/self-signed.ts";

const { cert, key } = selfSigned("web.test");
const TIMING = { intervalSeconds: 10, timeoutSeconds: 5, passAfter: 1, failAfter: 2 };
const RULES = { hasPort: true, allowsExec: true };

function read(checks: unknown, rules = RULES, known: readonly Check[] = []) {
  const faults: Fault[] = [];
  const read = readChecks({ values: { checks }, path: "", faults }, rules, known);
  return { checks: read, faults: faults.map(({ path, message }) => `${path} ${message}`) };
}

const WHOLE: readonly object[] = [
  { kind: "http", url: "/" },
  { kind: "http", url: "/", tls: { serverName: "web.test", ca: cert, skipVerify: false, certificate: cert, key } },
  { kind: "http", url: "https://a.test/?q#f", method: "POST", headers: { "x-a": "1" }, body: "a\n", redirects: 3 },
  { kind: "http", url: "/", expectStatus: ["200-299", "404"], expectBody: { text: "ok\n" } },
  { kind: "http", url: "/", expectBody: { pattern: "^(up|ready)$" } },
  { kind: "http", url: "/", expectBody: { pointer: "/a~1b/0", equals: null } },
  { kind: "http", url: "/", expectBody: { pointer: "" } },
  { kind: "tcp" },
  { kind: "tcp", address: "10.0.0.5", port: 25, send: "EHLO a\r\n", expect: { hex: "32 35 30" } },
  { kind: "tls", port: 443, tls: { skipVerify: true }, warningDays: 14, criticalDays: 3 },
  { kind: "udp", port: 27015, send: { hex: "ffffffff" }, expect: "I" },
  {
    kind: "dns",
    name: "web.svc.internal",
    type: "SRV",
    expectRcode: "NOERROR",
    expectAnswer: "10 2560 80 a.web.test.",
  },
  { kind: "dns", name: ".", expectRcode: "REFUSED" },
  { kind: "grpc", service: "a.B", tls: {} },
  { kind: "exec", command: ["/bin/true", "-x", "a b"] },
  { kind: "alias", service: "db", instance: "i-1" },
  { kind: "alias", service: "db" },
];

test.each(WHOLE)("a check of %j is kept as written, with its timing", (check) => {
  const body = [{ ...check, ...TIMING }];
  expect(read(body)).toEqual({ checks: body, faults: [] });
});

test("what is written in another way becomes the same check", () => {
  const written = [{ ...TIMING, kind: "http", url: "/", headers: { "X-B": "2", "x-a": "1" }, expectStatus: [404] }];
  const kept = { kind: "http", url: "/", headers: { "x-a": "1", "x-b": "2" }, expectStatus: ["404"], ...TIMING };
  expect(JSON.stringify(read(written).checks)).toBe(JSON.stringify([kept]));
});

test.each([
  [{}, { intervalSeconds: 10, timeoutSeconds: 5 }],
  [{ intervalSeconds: 1 }, { intervalSeconds: 1, timeoutSeconds: 0.5 }],
  [{ intervalSeconds: 0.1 }, { intervalSeconds: 0.1, timeoutSeconds: 0.05 }],
  [
    { intervalSeconds: 3600, timeoutSeconds: 3599.9 },
    { intervalSeconds: 3600, timeoutSeconds: 3599.9 },
  ],
])("a check timed %j runs %j", (given, expected) => {
  expect(read([{ kind: "tcp", ...given }])).toMatchObject({ checks: [expected], faults: [] });
});

test("an alias is looked up every second", () => {
  expect(read([{ kind: "alias", service: "db" }]).checks).toMatchObject([{ intervalSeconds: 1, timeoutSeconds: 0.5 }]);
});

const BELOW = "must be a number from 0.05 to below the interval";
const http = { kind: "http", url: "/" };
const tcp = { kind: "tcp" };
const dns = { kind: "dns", name: "a.test" };

const FAULTS: readonly [check: object, ...faults: string[]][] = [
  [{ ...tcp, intervalSeconds: 2, timeoutSeconds: 2 }, `timeoutSeconds ${BELOW}, 2: got 2`],
  [{ ...tcp, timeoutSeconds: 10 }, `timeoutSeconds ${BELOW}, 10: got 10`],
  [{ ...tcp, timeoutSeconds: 0 }, `timeoutSeconds ${BELOW}, 10: got 0`],
  [{ ...tcp, timeoutSeconds: "2" }, `timeoutSeconds ${BELOW}, 10: got "2"`],
  [
    { ...http, method: "get" },
    'method must be "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS": got "get"',
  ],
  [{ ...http, headers: [] }, "headers must be an object: got []"],
  [{ ...http, headers: { "a b": "1" } }, 'headers/a b must be named with a token: got "a b"'],
  [{ ...http, headers: { a: "1\r\nb: 2" } }, "headers/a must be printable ASCII, without spaces at its ends"],
  [{ ...http, headers: { a: 1 } }, "headers/a must be printable ASCII, without spaces at its ends"],
  [{ ...http, headers: { a: "1", A: "2" } }, "headers/A must be given once: names differ by more than case"],
  [
    { ...http, headers: { "Content-Length": "5" } },
    "headers/Content-Length must not be given: the request makes it itself",
  ],
  [{ ...http, headers: { a: "x".repeat(4097) } }, "headers/a must have at most 4096 octets: got 4097"],
  [{ ...http, body: "" }, 'body must be text: got ""'],
  [{ ...http, expectStatus: [] }, "expectStatus must have at least 1 element: got []"],
  [
    { ...http, expectStatus: [99, "300-200", "2xx"] },
    'expectStatus/0 must be a status such as 404, or a range such as "200-299": got 99',
    'expectStatus/1 must be a status such as 404, or a range such as "200-299": got "300-200"',
    'expectStatus/2 must be a status such as 404, or a range such as "200-299": got "2xx"',
  ],
  [{ ...http, expectBody: {} }, "expectBody must have one of text, pattern and pointer"],
  [{ ...http, expectBody: { text: "a", pattern: "b" } }, "expectBody must have one of text, pattern and pointer"],
  [{ ...http, expectBody: { text: "a", equals: "b" } }, "expectBody/equals must be given with pointer"],
  [{ ...http, expectBody: { pattern: "(" } }, 'expectBody/pattern must be a regular expression: got "("'],
  [{ ...http, expectBody: { pointer: "a" } }, 'expectBody/pointer must be a JSON pointer such as /status: got "a"'],
  [{ ...http, expectBody: { pointer: "/~2" } }, 'expectBody/pointer must be a JSON pointer such as /status: got "/~2"'],
  [
    { ...http, expectBody: { pointer: "/a", equals: {} } },
    "expectBody/equals must be text, a number, true, false or null: got {}",
  ],
  [
    { ...http, method: "HEAD", expectBody: { text: "a" } },
    "expectBody must not be given with HEAD, whose answer has no body",
  ],
  [{ ...http, redirects: 11 }, "redirects must be 0–10: got 11"],
  [{ kind: "http", url: "http://a.test/", tls: {} }, "tls must not be given with http://"],
  [{ ...http, tls: { ca: "-----BEGIN RSA" } }, "tls/ca must be certificates in PEM"],
  [{ ...http, tls: { certificate: cert } }, "tls/key must be given with certificate: got nothing"],
  [{ ...http, tls: { key } }, "tls/certificate must be given with key: got nothing"],
  [{ ...http, tls: { certificate: cert, key: "s3cret" } }, "tls/key must be a private key in PEM"],
  [{ ...http, tls: { skipVerify: "yes" } }, 'tls/skipVerify must be true or false: got "yes"'],
  [{ ...http, tls: { serverName: "a b" } }, 'tls/serverName must be a host name: got "a b"'],
  [{ ...tcp, send: 5 }, "send must be text: got 5"],
  [{ ...tcp, send: "x".repeat(4097) }, "send must have at most 4096 octets: got 4097"],
  [{ ...tcp, expect: { hex: "abc" } }, 'expect/hex must be pairs of hexadecimal digits: got "abc"'],
  [{ ...tcp, expect: {} }, "expect/hex must be given: got nothing"],
  [{ kind: "udp" }, "send must be given: got nothing"],
  [{ kind: "tls", warningDays: 3, criticalDays: 3 }, "warningDays must be more than criticalDays, 3: got 3"],
  [{ kind: "dns" }, "name must be given: got nothing"],
  [{ kind: "dns", name: "a..b" }, 'name cannot be read as a label must not be empty: got "a..b"'],
  [{ ...dns, type: "AXFR" }, 'type must be a type of records such as AAAA: got "AXFR"'],
  [{ ...dns, type: "NONE" }, 'type must be a type of records such as AAAA: got "NONE"'],
  [{ kind: "grpc", service: "" }, 'service must be text without control characters: got ""'],
  [{ kind: "exec" }, "command must be given: got nothing"],
  [{ kind: "exec", command: [] }, "command must have at least 1 element: got []"],
  [{ kind: "exec", command: "rm -rf /" }, 'command must be an array: got "rm -rf /"'],
  [{ kind: "exec", command: ["/bin/true", ""] }, 'command/1 must be text without control characters: got ""'],
  [{ kind: "alias" }, "service must be given: got nothing"],
  [{ kind: "alias", service: "a.b" }, 'service must be a DNS label: 1–63 letters, digits and inner hyphens: got "a.b"'],
];

test.each(FAULTS)("a check of %j names each faulty field", (check, ...faults) => {
  expect(read([check]).faults).toEqual(faults.map((fault) => `/checks/0/${fault}`));
});

test("an answer is expected in the presentation form of its type", () => {
  expect(read([{ ...dns, expectAnswer: "10.0.0.300" }]).faults).toEqual([
    expect.stringMatching(/^\/checks\/0\/expectAnswer cannot be read as .*10\.0\.0\.300/),
  ]);
});

test("without a port of its own, what is checked needs one in each check", () => {
  const checks = [tcp, { kind: "tls" }, { kind: "udp", send: "x" }, dns, { kind: "grpc" }];
  const faults = checks.map((_, i) => `/checks/${i}/port must be given as the instance has no port: got nothing`);
  expect(read(checks, { ...RULES, hasPort: false }).faults).toEqual(faults);
});

test("programs are not run unless a setting allows it", () => {
  expect(read([{ kind: "exec", command: ["true"] }], { ...RULES, allowsExec: false }).faults).toEqual([
    '/checks/0/kind must not be "exec" as the setting checks.exec does not allow it',
  ]);
});

test("no value of any field is more than a fault", () => {
  const kinds = fc.constantFrom(...CHECK_KINDS).chain((kind) => {
    const members = fc.dictionary(fc.constantFrom(...READERS[kind].fields, "timeoutSeconds"), fc.jsonValue());
    return members.map((given) => ({ kind, ...given }));
  });
  fc.assert(
    fc.property(kinds, (check) => {
      const { checks, faults } = read([check]);
      if (faults.length === 0) expect(read(checks)).toEqual({ checks, faults });
    }),
  );
});
