import { expect, test } from "vitest";
import type { Fault } from "../../src/catalog/fields.ts";
import { readRegistration } from "../../src/catalog/registration.ts";

const ORIGIN = {
  service: "web",
  callerAddress: "192.0.2.1",
  serviceHasChecks: false,
  allowsExec: false,
  previous: undefined,
  nextGeneration: 1,
};

function faultsOf(body: unknown): readonly string[] {
  const faults: Fault[] = [];
  readRegistration(body, ORIGIN, faults);
  return faults.map(({ path, message }) => `${path} ${message}`);
}

const LABEL = "must be a DNS label: 1–63 letters, digits and inner hyphens";
const http = { kind: "http", url: "http://10.0.0.5/" };
const KINDS = '"http" or "tcp" or "tls" or "udp" or "dns" or "grpc" or "exec" or "alias"';

const ROWS: readonly [body: unknown, ...faults: string[]][] = [
  ["web", ' must be an object: got "web"'],
  [[], " must be an object: got []"],
  [null, " must be an object: got null"],
  [{ address: "10.0.0.300" }, '/address must be an IPv4 or IPv6 address: got "10.0.0.300"'],
  [{ address: "010.0.0.1" }, '/address must be an IPv4 or IPv6 address: got "010.0.0.1"'],
  [{ address: "10.1" }, '/address must be an IPv4 or IPv6 address: got "10.1"'],
  [{ address: "" }, '/address must be an IPv4 or IPv6 address: got ""'],
  [{ address: null }, "/address must be an IPv4 or IPv6 address: got null"],
  [{ address: "10.0.0.5:80" }, '/address must be an IPv4 or IPv6 address: got "10.0.0.5:80"'],
  [{ address: "fe80::1%eth0" }, '/address must be an IPv4 or IPv6 address: got "fe80::1%eth0"'],
  [{ address: "0.0.0.0" }, '/address must be the address of a host, not the unspecified one: got "0.0.0.0"'],
  [{ address: "::" }, '/address must be the address of a host, not the unspecified one: got "::"'],
  [
    { address: "::ffff:0.0.0.0" },
    '/address must be the address of a host, not the unspecified one: got "::ffff:0.0.0.0"',
  ],
  [{ address: "224.0.0.251" }, '/address must be the address of one host, not multicast: got "224.0.0.251"'],
  [{ address: "ff02::fb" }, '/address must be the address of one host, not multicast: got "ff02::fb"'],
  [{ address: "255.255.255.255" }, '/address must be the address of one host, not broadcast: got "255.255.255.255"'],
  [{ addresses: "10.0.0.5" }, '/addresses must be an array: got "10.0.0.5"'],
  [{ addresses: [] }, "/addresses must have at least 1 element: got []"],
  [{ addresses: ["10.0.0.5", 7] }, "/addresses/1 must be an IPv4 or IPv6 address: got 7"],
  [{ addresses: Array(17).fill("10.0.0.5") }, "/addresses must have at most 16 elements: got 17"],
  [{ host: "db.example.com", address: "10.0.0.5" }, "/host must not be given beside an address"],
  [{ host: "10.0.0.5" }, '/host must be a host name: got "10.0.0.5"'],
  [{ host: "a..b" }, '/host must be a host name: got "a..b"'],
  [{ host: "-a.example" }, '/host must be a host name: got "-a.example"'],
  [{ port: 0 }, "/port must be 1–65535: got 0"],
  [{ port: 70000 }, "/port must be 1–65535: got 70000"],
  [{ port: "80" }, '/port must be a whole number 1–65535: got "80"'],
  [{ port: 80.5 }, "/port must be a whole number 1–65535: got 80.5"],
  [{ ports: [80] }, "/ports must be an object: got [80]"],
  [{ ports: { http_alt: 80 } }, `/ports/http_alt ${LABEL}: got "http_alt"`],
  [{ ports: { "a/b": 80 } }, `/ports/a~1b ${LABEL}: got "a/b"`],
  [{ ports: { 80: 80 } }, '/ports/80 must be named with a letter at least: got "80"'],
  [{ ports: { http: {} } }, "/ports/http/port must be a whole number 1–65535: got nothing"],
  [{ ports: { http: { port: 80, protocol: "sctp" } } }, '/ports/http/protocol must be "tcp" or "udp": got "sctp"'],
  [
    { ports: { http: { port: 80, tls: true } } },
    "/ports/http/tls must not be given: known here are port, protocol, alpn",
  ],
  [{ port: 80, ports: { web: 81 } }, '/ports/web must be given once: "web" is given twice'],
  [{ ports: { http: 80, HTTP: 81 } }, '/ports/HTTP must be given once: "http" is given twice'],
  [
    { tags: ["canary", "i", "Leader"] },
    '/tags/1 must not be one of the reserved tags i, leader: got "i"',
    '/tags/2 must not be one of the reserved tags i, leader: got "Leader"',
  ],
  [
    { tags: ["_x", "a.b", "-", "", 5] },
    ...["_x", "a.b", "-", "", 5].map((tag, i) => `/tags/${i} ${LABEL}: got ${JSON.stringify(tag)}`),
  ],
  [{ tags: ["\u212A"] }, `/tags/0 ${LABEL}: got "\u212A"`],
  [{ meta: { "a=b": "1" } }, '/meta/a=b must have a key of printable ASCII without "=": got "a=b"'],
  [{ meta: { "": "1" } }, '/meta/ must have a key of printable ASCII without "=": got ""'],
  [{ meta: { version: 1 } }, "/meta/version must be text: got 1"],
  [{ meta: { a: "1", A: "2" } }, "/meta/A must be given once: keys differ by more than case"],
  [{ meta: { a: "é".repeat(127) } }, "/meta/a must have at most 255 octets as key=value: got 256"],
  [
    { meta: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i + 10}`, "x".repeat(250)])) },
    "/meta must have at most 4096 octets: got 5080",
  ],
  [{ priority: -1, weight: 256 }, "/priority must be 0–65535: got -1", "/weight must be 0–255: got 256"],
  [{ locality: "" }, '/locality must be text without control characters: got ""'],
  [{ leaseSeconds: 0.5 }, "/leaseSeconds must be 1–86400: got 0.5"],
  [{ leaseSeconds: true }, "/leaseSeconds must be a number 1–86400: got true"],
  [{ initialState: "up" }, '/initialState must be "passing" or "warning" or "critical": got "up"'],
  [{ deregisterAfterSeconds: -1 }, "/deregisterAfterSeconds must be 0–31536000: got -1"],
  [{ checks: {} }, "/checks must be an array: got {}"],
  [{ checks: [7] }, "/checks/0 must be an object: got 7"],
  [{ checks: [{}] }, `/checks/0/kind must be ${KINDS}: got nothing`],
  [{ checks: [{ kind: "http" }] }, "/checks/0/url must be given: got nothing"],
  [
    { checks: [{ kind: "http", url: "ftp://x" }] },
    '/checks/0/url must be an http or https URL, or a path: got "ftp://x"',
  ],
  [{ checks: [{ kind: "http", url: "//x/y" }] }, '/checks/0/url must be an http or https URL, or a path: got "//x/y"'],
  [
    { checks: [{ kind: "http", url: "/health" }] },
    '/checks/0/url must be absolute as the instance has no port: got "/health"',
  ],
  [{ checks: [{ kind: "tcp" }] }, "/checks/0/port must be given as the instance has no port: got nothing"],
  [
    { checks: [{ kind: "tcp", port: 80, url: "/" }] },
    "/checks/0/url must not be given: known here are kind, intervalSeconds, timeoutSeconds, passAfter, failAfter, address, port, send, expect",
  ],
  [
    { checks: [{ ...http, intervalSeconds: 2, timeoutSeconds: 3 }] },
    "/checks/0/timeoutSeconds must be a number from 0.05 to below the interval, 2: got 3",
  ],
  [{ checks: [{ ...http, intervalSeconds: 0 }] }, "/checks/0/intervalSeconds must be 0.1–3600: got 0"],
  [
    { checks: [http, { ...http, passAfter: 0, failAfter: 101 }] },
    "/checks/1/passAfter must be 1–100: got 0",
    "/checks/1/failAfter must be 1–100: got 101",
  ],
  [{ checks: Array(17).fill(http) }, "/checks must have at most 16 elements: got 17"],
];

test.each(ROWS)("readRegistration of %j names each faulty field", (body, ...faults) => {
  expect(faultsOf(body)).toEqual(faults);
});

test("readRegistration tells the faults of all fields at once", () => {
  const body = { address: "::", port: 0, tags: ["_"], meta: 1, wieght: 3, checks: [{ kind: "ping" }] };
  const paths = faultsOf(body).map((fault) => fault.split(" ", 1)[0]);
  expect(paths.sort()).toEqual(["/address", "/checks/0/kind", "/meta", "/port", "/tags/0", "/wieght"]);
});
