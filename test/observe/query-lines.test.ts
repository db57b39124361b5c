import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "../../src/observe/log.ts";
import { logQueries } from "../../src/observe/query-lines.ts";
import { type AnsweredQuery, QueryRing } from "../../src/observe/query-ring.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const QUERY: AnsweredQuery = {
  client: "192.0.2.1",
  port: 5353,
  protocol: "udp",
  name: "\x03a.b\x04test\0",
  type: 33,
  rcode: 3,
  octets: 80,
  micros: 12,
};

function start(ringCount = 1) {
  const lines: string[] = [];
  const log = createLogger({ level: "info", format: "json" }, { write: (line: string) => void lines.push(line) });
  const rings = Array.from({ length: ringCount }, () => new QueryRing());
  return { lines, rings, ring: rings[0]!, ...logQueries(rings, log) };
}

const FROM = { client: "192.0.2.1", port: 5353, protocol: "udp" };

test.each<[what: string, query: AnsweredQuery, line: object]>([
  ["an answer", QUERY, { ...FROM, name: "a\\.b.test.", type: "SRV", rcode: "NXDOMAIN", octets: 80, micros: 12 }],
  [
    "numbers that have no name here",
    { ...QUERY, type: 65_280, rcode: 11 },
    { ...FROM, name: "a\\.b.test.", type: "TYPE65280", rcode: "RCODE11", octets: 80, micros: 12 },
  ],
  [
    "silence, to something without a question",
    { ...QUERY, name: undefined, type: undefined, rcode: undefined, octets: 0 },
    { ...FROM, octets: 0, micros: 12 },
  ],
])("%s is one line", (_what, query, line) => {
  const { ring, lines, close } = start();
  ring.put(query);
  vi.advanceTimersByTime(100);
  close();
  expect(lines.map((text) => JSON.parse(text))).toEqual([
    { level: "info", time: expect.any(String), msg: "query", ...line },
  ]);
});

test("many queries are logged in turns, of each ring as many, and the last ones when it ends", () => {
  const { rings, lines, close } = start(2);
  for (const ring of rings) for (let i = 0; i < 1000; i++) ring.put(QUERY);
  vi.advanceTimersToNextTimer();
  expect(lines).toHaveLength(512);
  vi.advanceTimersToNextTimer();
  expect(lines).toHaveLength(1024);
  close();
  expect(lines).toHaveLength(2000);
  expect(vi.getTimerCount()).toBe(0);
});
