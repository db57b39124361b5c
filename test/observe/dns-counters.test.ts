import { expect, test } from "vitest";
import {
  BATCH_DATAGRAMS_BOUNDS,
  DnsCounters,
  type DropReason,
  RCODES_COUNTED,
  RESPONSE_OCTETS_BOUNDS,
  TYPES_COUNTED,
} from "../../src/observe/dns-counters.ts";

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

test.each([
  [1, 1],
  [2, 2],
  [3, 4],
  [64, 64],
  [256, 256],
] as const)("a batch of %i datagrams counts among those of at most %i", (datagrams, bound) => {
  const counters = new DnsCounters();
  counters.batch(datagrams);
  expect(counters.batchSizes[BATCH_DATAGRAMS_BOUNDS.indexOf(bound)]).toBe(1);
  expect(counters.batchedDatagrams).toBe(datagrams);
});

/** Counts everything there is, each a different number of times. */
function countAll(counters: DnsCounters): void {
  const places = [...Object.values(counters.requests), counters.tsigErrors, counters.responses];
  places.push(counters.responseSizes, counters.batchSizes);
  let count = 0;
  for (const cells of places) for (const slot of cells.keys()) cells[slot]! += ++count;
  for (const reason of Object.keys(counters.dropped)) counters.drop(reason as DropReason, ++count);
  const { cookies, transfers } = counters;
  for (const record of [cookies, transfers, counters] as unknown as Record<string, number>[]) {
    for (const name of Object.keys(record)) if (typeof record[name] === "number") record[name] += ++count;
  }
}

test("counters made of another's memory are the same counters, and no two of them share a place", () => {
  const counters = new DnsCounters();
  countAll(counters);
  const same = new DnsCounters(counters.memory);
  expect(same).toEqual(counters);
  const counted = new Float64Array(counters.memory).filter((count) => count > 0);
  expect(new Set(counted).size).toBe(counted.length);
  expect(new Set(counted)).toContain(counted.length);
});

test("the sum of threads is that of every count, and leaves them as they are", () => {
  const [one, other] = [new DnsCounters(), new DnsCounters()];
  countAll(one);
  countAll(other);
  countAll(other);
  const thrice = new DnsCounters();
  for (let i = 0; i < 3; i++) countAll(thrice);
  expect(DnsCounters.sum([one, other])).toEqual(thrice);
  expect(DnsCounters.sum([one, other])).toEqual(thrice);
  expect(DnsCounters.sum([])).toEqual(new DnsCounters());
});
