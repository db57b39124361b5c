import { describe, expect, test } from "vitest";
import { encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { OPTION, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { bytesOf } from "../../src/dns/octets.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { type AnsweredQuery, QueryRing } from "../../src/observe/query-ring.ts";
import { type QueryLogOptions, withQueryLog } from "../../src/server/query-log.ts";
import { createResponder } from "../../src/server/responder.ts";
import { type Client, LATER } from "../../src/server/transport.ts";
import { snapshotOf } from "../support/ask.ts";
import { echo, laterIfOdd, message, responderOf } from "./responders.ts";

const snapshot = snapshotOf(`
$ORIGIN example.
@ 300 SOA ns hm 7 2 3 86400 5
@ 300 NS ns
ns 300 A 192.0.2.1
many 300 TXT ${"x".repeat(50)}
${Array.from({ length: 30 }, (_, i) => `many 300 TXT ${"x".repeat(50)}${i}`).join("\n")}
`);
const CLIENT: Client = { address: "2001:db8::9", port: 99, protocol: "udp" };
const QUESTION = { name: "\x02ns\x07example\0", type: TYPE.A };

/** A responder whose every answer takes 3 ms, and what it logged. */
function start(options: Partial<QueryLogOptions> = {}, responder = createResponder(() => snapshot, new DnsCounters())) {
  let nowMs = 1000;
  const ring = new QueryRing();
  const counters = new DnsCounters();
  const logged = withQueryLog(responder, { share: 1, ring, counters, nowMs: () => (nowMs += 3), ...options });
  const out = new Uint8Array(65_535).fill(0xff);
  const ask = (request: Uint8Array) => logged.respond(request, CLIENT, out);
  const askLater = (request: Uint8Array) => logged.respondLater(request, CLIENT);
  return { ask, askLater, counters, lines: () => [...drained(ring)] };
}

function* drained(ring: QueryRing): Generator<AnsweredQuery> {
  for (let query = ring.take(); query !== undefined; query = ring.take()) yield query;
}

const query = (name: string, type: number = TYPE.A, options?: { code: number; data: string }[]) =>
  encodeQuery({ id: 7, name: parseName(name), type, ...(options && { edns: { udpOctets: 1232, options } }) });

const badVersion = query("ns.example", TYPE.A, []);
badVersion[badVersion.length - 5] = 1; // the VERSION of OPT

describe("what a query was and became is noted down", () => {
  test.each<[what: string, request: Uint8Array, line: Partial<AnsweredQuery>]>([
    ["an answer", query("ns.example"), { ...QUESTION, rcode: RCODE.NOERROR, octets: 44 }],
    ["the name as it was written", query("nS.Example"), { name: "\x02nS\x07Example\0" }],
    ["NXDOMAIN", query("no.example", TYPE.SRV), { type: TYPE.SRV, rcode: RCODE.NXDOMAIN }],
    ["REFUSED, of the root", query("."), { name: "\0", rcode: RCODE.REFUSED }],
    ["an answer of many records and OPT", query("many.example", TYPE.TXT, []), { rcode: RCODE.NOERROR }],
    ["an extended rcode", badVersion, { ...QUESTION, rcode: RCODE.BADVERS }],
    ["a malformed option", query("ns.example", TYPE.A, [{ code: OPTION.COOKIE, data: "x" }]), { rcode: RCODE.FORMERR }],
    [
      "a question cut off",
      query("ns.example").slice(0, -3),
      { name: undefined, type: undefined, rcode: RCODE.FORMERR },
    ],
    ["no question", bytesOf("\0\x07\0\0\0\0\0\0\0\0\0\0"), { name: undefined, type: undefined, rcode: RCODE.FORMERR }],
    ["half a header", bytesOf("\0\x07\0"), { name: undefined, rcode: undefined, octets: 0 }],
  ])("%s", (_what, request, line) => {
    const { ask, lines } = start();
    const octets = ask(request);
    const always = { client: "2001:db8::9", port: 99, protocol: "udp", octets, micros: 3000 };
    expect(lines()).toMatchObject([{ ...always, ...line }]);
  });
});

test("what comes later is one query: the octets of all messages, the last rcode, the time of the whole", async () => {
  const { ask, askLater, lines } = start(
    {},
    laterIfOdd(async function* () {
      yield message(0, 40);
      yield message(5, 60);
    }),
  );
  expect(ask(message(1, 30))).toBe(LATER);
  expect(lines()).toEqual([]);
  for await (const part of askLater(message(1, 30))) expect(part.length).toBeGreaterThan(0);
  expect(lines()).toMatchObject([{ octets: 100, rcode: 0, micros: 3000 }]);
});

test.each([
  ["the client leaves", "leave"],
  ["a bug is met", "throw"],
])("what comes later is logged also when %s", async (_what, end) => {
  const { askLater, lines } = start(
    {},
    responderOf(echo.respond, async function* () {
      yield message(0, 40);
      if (end === "throw") throw new Error("a bug");
      yield message(0, 40);
    }),
  );
  const read = async () => {
    for await (const _ of askLater(message(1, 30))) if (end === "leave") break;
  };
  if (end === "throw") await expect(read()).rejects.toThrow("a bug");
  else await read();
  expect(lines()).toMatchObject([{ octets: 40 }]);
});

test.each([
  [0.25, [0, 0.1, 0.24, 0.25, 0.9], 3],
  [1, [0, 0.999_999], 2],
])("a share of %d logs as many", (share, chances, count) => {
  const left = [...chances];
  const { ask, lines } = start({ share, random: () => left.shift()! });
  for (const _ of chances) expect(ask(query("ns.example"))).toBe(44);
  expect(lines()).toHaveLength(count);
});

test("where the log does not keep up queries are answered all the same, and lines counted as lost", () => {
  const { ask, counters, lines } = start();
  for (let i = 0; i < 2000; i++) expect(ask(query("ns.example"))).toBe(44);
  expect(counters.queriesUnlogged + lines().length).toBe(2000);
  expect(counters.queriesUnlogged).toBeGreaterThan(0);
});
