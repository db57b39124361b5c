import { expect, test } from "vitest";
import { DnsCounters, RCODES_COUNTED, RESPONSE_OCTETS_BOUNDS, TYPES_COUNTED } from "../../src/observe/dns-counters.ts";

test.each([
  ["udp", 33, 33],
  ["tcp", 0, 0],
  ["udp", 259, 259],
  ["udp", 260, TYPES_COUNTED],
  ["tcp", 65_535, TYPES_COUNTED],
  ["tls", 1, 1],
] as const)("a request over %s of type %i counts in slot %i", (protocol, qtype, slot) => {
  const counters = new DnsCounters();
  counters.request(protocol, qtype);
  counters.request(protocol, qtype);
  expect(counters.requests[protocol][slot]).toBe(2);
  expect(counters.requests[protocol === "udp" ? "tcp" : "udp"][slot]).toBe(0);
});

test.each([
  [0, 0],
  [23, 23],
  [24, RCODES_COUNTED],
  [4095, RCODES_COUNTED],
])("a response of rcode %i counts in slot %i", (rcode, slot) => {
  const counters = new DnsCounters();
  counters.response(rcode, 12, false);
  expect(counters.responses[slot]).toBe(1);
});

test.each([
  [12, 64],
  [64, 64],
  [65, 128],
  [1232, 1232],
  [1233, 4096],
  [65_535, 65_535],
] as const)("a response of %i octets counts among those of at most %i", (octets, bound) => {
  const counters = new DnsCounters();
  counters.response(0, octets, true);
  expect(counters.responseSizes[RESPONSE_OCTETS_BOUNDS.indexOf(bound)]).toBe(1);
  expect(counters).toMatchObject({ responseOctets: octets, responsesTruncated: 1 });
});
