import { describe, expect, test } from "vitest";
import { RCODE, TYPE } from "../../src/dns/numbers.ts";
import { bytesOf, octetsOf, u16 } from "../../src/dns/octets.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createResponder } from "../../src/server/responder.ts";
import { ask, lines, snapshotOf } from "../support/ask.ts";

const snapshot = snapshotOf(`
$ORIGIN example.
@ 300 SOA ns hm 1 2 3 4 5
@ 300 NS ns
ns 300 A 192.0.2.1
big 300 TXT ${Array.from({ length: 40 }, (_, i) => `"${"x".repeat(50)}${i}"`).join(" ")}
`);
const QUESTION = "\x02Ns\x07example\0\0\x01\0\x01";
const OPT = "\0\0\x29\x04\xd0\0\0\0\0\0\0";

interface Header {
  readonly flags?: number;
  readonly counts?: readonly [number, number, number, number];
}

function exchange(body: string, { flags = 0x0100, counts = [1, 0, 0, 0] }: Header = {}): string | undefined {
  const request = bytesOf([0x1234, flags, ...counts].map(u16).join("") + body);
  const out = new Uint8Array(65_535);
  const client = { address: "192.0.2.9", port: 9, protocol: "udp" } as const;
  const length = createResponder(() => snapshot, new DnsCounters()).respond(request, client, out);
  return length === 0 ? undefined : octetsOf(out, 0, length);
}

const rcode = (response: string | undefined) => response && response.charCodeAt(3) & 0xf;

describe("what is not a plain query (DNS.md §2)", () => {
  test.each<[what: string, body: string, header: Header, expected: number]>([
    ["a name cut off", "\x05ab", {}, 1],
    ["a pointer in the question", "\xc0\x0c\0\x01\0\x01", {}, 1],
    ["label type 0x40", "\x41a\0\0\x01\0\x01", {}, 1],
    ["no question", "", { counts: [0, 0, 0, 0] }, 1],
    ["two questions", QUESTION + QUESTION, { counts: [2, 0, 0, 0] }, 1],
    ["an answer in a query", QUESTION, { counts: [1, 1, 0, 0] }, 1],
    ["a record that is not there", QUESTION, { counts: [1, 0, 0, 1] }, 1],
    ["two OPT", QUESTION + OPT + OPT, { counts: [1, 0, 0, 2] }, 1],
    ["OPT with an owner", `${QUESTION}\x01a${OPT}`, { counts: [1, 0, 0, 1] }, 1],
    ["an option that overruns", `${QUESTION}\0\0\x29\x04\xd0\0\0\0\0\0\x04\0\x0a\0\x08`, { counts: [1, 0, 0, 1] }, 1],
    ["an unknown opcode", QUESTION, { flags: 0x3900 }, 4],
    ["class CH", "\x02ns\x07example\0\0\x01\0\x03", {}, 5],
    ["type 0", "\x02ns\x07example\0\0\0\0\x01", {}, 1],
    ["type OPT", "\x02ns\x07example\0\0\x29\0\x01", {}, 1],
    ["type NXNAME", "\x02ns\x07example\0\0\x80\0\x01", {}, 1],
    ["AXFR of class CH", "\x07example\0\0\xfc\0\x03", {}, 5],
    ["another zone", "\x05other\0\0\x01\0\x01", {}, 5],
    ["octets behind the message are nobody's business", `${QUESTION}xx`, {}, 0],
    [
      "an unknown option is ignored",
      `${QUESTION}\0\0\x29\x04\xd0\0\0\0\0\0\x05\xfe\xfe\0\x01x`,
      { counts: [1, 0, 0, 1] },
      0,
    ],
  ])("%s", (_, body, header, expected) => {
    const response = exchange(body, header);
    expect(rcode(response)).toBe(expected);
    expect(response?.slice(0, 2)).toBe("\x12\x34");
    if (expected === 1) expect(response!.length).toBeLessThanOrEqual(12 + body.length);
  });

  test("a response, and less than a header, are not answered", () => {
    expect(exchange(QUESTION, { flags: 0x8000 })).toBeUndefined();
    const out = new Uint8Array(512);
    const client = { address: "192.0.2.9", port: 9, protocol: "udp" } as const;
    expect(createResponder(() => snapshot, new DnsCounters()).respond(bytesOf("short"), client, out)).toBe(0);
  });
});

describe("header and OPT (RFC 1035 §4.1.1, RFC 6891)", () => {
  test("the question's octets come back as they were; RD is copied; RA, AD, CD and Z are 0", () => {
    const response = exchange(QUESTION, { flags: 0x01f0 })!;
    expect(response.slice(12, 12 + QUESTION.length)).toBe(QUESTION);
    expect(u16(0x8500)).toBe(response.slice(2, 4));
  });

  test("BADVERS for EDNS 1, with OPT of version 0", () => {
    const response = exchange(`${QUESTION}\0\0\x29\x04\xd0\0\x01\0\0\0\0`, { counts: [1, 0, 0, 1] })!;
    expect(response.slice(-11)).toBe("\0\0\x29\x04\xd0\x01\0\0\0\0\0");
  });

  test("DO is echoed", () => {
    const response = exchange(`${QUESTION}\0\0\x29\x04\xd0\0\0\x80\0\0\0`, { counts: [1, 0, 0, 1] })!;
    expect(response.slice(-11)).toBe("\0\0\x29\x04\xd0\0\0\x80\0\0\0");
  });

  test("no OPT where none was asked for", () => {
    expect(exchange(QUESTION)!.slice(6, 12)).toBe(u16(1) + u16(0) + u16(0));
  });

  test("a record that does not fit is left out whole, with TC and OPT", () => {
    expect(lines(ask(snapshot, "big.example. TXT"))).toEqual(["NOERROR aa tc"]);
    const withOpt = ask(snapshot, "big.example. TXT", { udpOctets: 1232 });
    expect(lines(withOpt)).toEqual(["NOERROR aa tc"]);
    expect(withOpt.edns?.udpOctets).toBe(1232);
    expect(ask(snapshot, "big.example. TXT", { protocol: "tcp" }).answer.length).toBe(1);
  });
});

test("the counters tell what was asked, answered and dropped", () => {
  const counters = new DnsCounters();
  const responder = createResponder(() => snapshot, counters);
  const out = new Uint8Array(512);
  const client = { address: "192.0.2.9", port: 9, protocol: "udp" } as const;
  responder.respond(bytesOf(`\0\x01\x01\0${u16(1)}\0\0\0\0\0\0${QUESTION}`), client, out);
  responder.respond(bytesOf("x"), client, out);
  expect(counters.requests.udp[TYPE.A]).toBe(1);
  expect(counters.responses[RCODE.NOERROR]).toBe(1);
  expect(counters.dropped.short).toBe(1);
});
