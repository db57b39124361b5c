import { describe, expect, test } from "vitest";
import type { EdnsOption } from "../../src/dns/message.ts";
import { Networks, parseNetwork } from "../../src/dns/networks.ts";
import { OPTION, RCODE } from "../../src/dns/numbers.ts";
import { octetsOf, readU16, u16, utf8Text } from "../../src/dns/octets.ts";
import { Cookies } from "../../src/server/cookies.ts";
import type { ResponderOptions } from "../../src/server/responder.ts";
import { type AskOptions, ask, snapshotOf } from "../support/ask.ts";

const snapshot = snapshotOf(`
$ORIGIN example.
@ 300 SOA ns hm 7 2 3 86400 5
@ 300 NS ns
ns 300 A 192.0.2.1
* 300 TXT any
big 300 TXT ${Array.from({ length: 60 }, (_, i) => `"${"x".repeat(50)}${i}"`).join(" ")}
sub 300 NS ns.sub
ns.sub 300 A 192.0.2.2
`);

const NOW_SECONDS = 1_700_000_000;
const server: Partial<ResponderOptions> = {
  identity: "muster-1",
  cookies: new Cookies(["0123456789abcdef"]),
  idleMs: 12_300,
  nowSeconds: () => NOW_SECONDS,
};

const empty = (code: number): EdnsOption => ({ code, data: "" });
const octets = (hex: string) => octetsOf(Buffer.from(hex, "hex"));

/** What the response holds of each option, as hexadecimal digits, in order. */
function optionsOf(question: string, options: readonly EdnsOption[], more: AskOptions = {}): string[] {
  const { edns } = ask(snapshot, question, { server, options, ...more });
  return edns!.options.map(({ code, data }) => `${code} ${Buffer.from(data, "latin1").toString("hex")}`);
}

describe("options that are answered", () => {
  const NSID = empty(OPTION.NSID);
  const EXPIRE = empty(OPTION.EXPIRE);
  const KEEPALIVE = empty(OPTION.KEEPALIVE);
  const ZONEVERSION = empty(OPTION.ZONEVERSION);
  test.each<[what: string, question: string, options: EdnsOption[], more: AskOptions, expected: string[]]>([
    ["NSID", "example. SOA", [NSID], {}, ["3 6d75737465722d31"]],
    ["NSID asked for twice", "example. SOA", [NSID, NSID], {}, ["3 6d75737465722d31"]],
    ["NSID that is not told", "example. SOA", [NSID], { server: {} }, []],
    ["NSID of an answer that is refused", "other. SOA", [NSID], {}, ["3 6d75737465722d31", "15 0014"]],
    ["EXPIRE of a primary: the SOA's", "example. SOA", [EXPIRE], {}, ["9 00015180"]],
    ["EXPIRE for anything but the SOA", "example. NS", [EXPIRE], {}, []],
    ["EXPIRE for the SOA of a name that has none", "ns.example. SOA", [EXPIRE], {}, []],
    ["keepalive over TCP, in units of 100 ms", "example. SOA", [KEEPALIVE], { protocol: "tcp" }, ["11 007b"]],
    ["keepalive over TLS", "example. SOA", [KEEPALIVE], { protocol: "tls" }, ["11 007b"]],
    ["keepalive over UDP", "example. SOA", [KEEPALIVE], {}, []],
    ["ZONEVERSION: labels, SOA-SERIAL, serial", "ns.example. A", [ZONEVERSION], {}, ["19 010000000007"]],
    ["ZONEVERSION of NODATA", "ns.example. MX", [ZONEVERSION], {}, ["19 010000000007"]],
    ["ZONEVERSION of a referral: the parent's", "a.sub.example. A", [ZONEVERSION], {}, ["19 010000000007"]],
    ["ZONEVERSION that holds something", "example. NS", [{ ...ZONEVERSION, data: "x" }], {}, ["19 010000000007"]],
    ["ZONEVERSION where no zone is ours", "other. NS", [ZONEVERSION], {}, ["15 0014"]],
    ["padding over UDP", "example. SOA", [empty(OPTION.PADDING)], {}, []],
    ["padding over TCP that anybody can read", "example. SOA", [empty(OPTION.PADDING)], { protocol: "tcp" }, []],
    ["an unknown option", "example. SOA", [{ code: 65_001, data: "x" }], {}, []],
  ])("%s", (_, question, options, more, expected) => {
    expect(optionsOf(question, options, more)).toEqual(expected);
  });
});

describe("client subnet (RFC 7871): echoed with scope 0, or FORMERR", () => {
  test.each([
    ["IPv4 /24", "00011800c00002", "00011800c00002"],
    ["IPv4 /0", "00010000", "00010000"],
    ["IPv6 /56", "0002380020010db8000000", "0002380020010db8000000"],
    ["no family and no address", "00000000", "00000000"],
    ["IPv4 /32", "00012000c0000201", "00012000c0000201"],
    ["a scope in a query", "00011818c00002", undefined],
    ["too few octets", "00011800c000", undefined],
    ["too many octets", "00011800c0000201", undefined],
    ["bits behind the prefix", "00011700c00003", undefined],
    ["IPv4 /33", "00012100c000020100", undefined],
    ["IPv6 /129", `00028100${"20".repeat(17)}`, undefined],
    ["no family, but an address", "00000800c0", undefined],
    ["an unknown family", "00031800c00002", undefined],
    ["cut short", "000118", undefined],
  ])("%s", (_, sent, expected) => {
    const options = [{ code: OPTION.CLIENT_SUBNET, data: octets(sent) }];
    const { rcode, answer, edns } = ask(snapshot, "example. SOA", { options });
    expect(rcode).toBe(expected === undefined ? RCODE.FORMERR : RCODE.NOERROR);
    expect(answer.length).toBe(expected === undefined ? 0 : 1);
    const [option] = edns!.options;
    expect(option!.code).toBe(expected === undefined ? OPTION.EDE : OPTION.CLIENT_SUBNET);
    if (expected !== undefined) expect(Buffer.from(option!.data, "latin1").toString("hex")).toBe(expected);
  });
});

describe("cookies (RFC 7873 §5.2)", () => {
  const CLIENT = "clientco";
  const cookieOf = (data: string, more: AskOptions = {}) => {
    const { rcode, edns } = ask(snapshot, "example. SOA", {
      server,
      options: [{ code: OPTION.COOKIE, data }],
      ...more,
    });
    return { rcode, cookie: edns!.options.find(({ code }) => code === OPTION.COOKIE)?.data };
  };

  test("a client's cookie is answered with one of ours behind it, which comes back as it was", () => {
    const { rcode, cookie } = cookieOf(CLIENT);
    expect([rcode, cookie!.slice(0, 8), cookie!.length]).toEqual([0, CLIENT, 24]);
    expect(cookieOf(cookie!)).toEqual({ rcode: 0, cookie });
  });

  test.each([0, 7, 9, 15, 41])("%i octets: FORMERR, and no cookie", (length) => {
    expect(cookieOf("x".repeat(length))).toEqual({ rcode: RCODE.FORMERR, cookie: undefined });
  });

  test("a cookie that is not ours is answered all the same, with one that is", () => {
    const { rcode, cookie } = cookieOf(`${CLIENT}somebody else's`);
    expect(rcode).toBe(0);
    expect(cookieOf(cookie!).cookie).toBe(cookie);
  });

  test("of several the first counts", () => {
    const options = [CLIENT, "x"].map((data) => ({ code: OPTION.COOKIE, data }));
    expect(ask(snapshot, "example. SOA", { server, options }).edns!.options.map(({ data }) => data.length)).toEqual([
      24,
    ]);
  });
});

describe("size (RFC 9715, RFC 6891 §6.2.5)", () => {
  const large = { ...server, largeTo: new Networks([parseNetwork("192.0.2.0/24")!]) };
  test.each([
    ["1232 by default", 4096, "198.51.100.1", true, 1232],
    ["4096 for a network that may have it", 4096, "192.0.2.1", false, 4096],
    ["not more than it asks for", 1400, "192.0.2.1", true, 4096],
    ["nor than 4096", 65_535, "192.0.2.1", false, 4096],
  ])("%s", (_, udpOctets, address, isTruncated, announced) => {
    const message = ask(snapshot, "big.example. TXT", { server: large, udpOctets, address });
    expect([message.flags.has("tc"), message.edns!.udpOctets]).toEqual([isTruncated, announced]);
  });
});

test("over TLS a response whose query has padding is padded to a multiple of 468 octets (RFC 8467 §4.1)", () => {
  for (const question of ["example. SOA", "big.example. TXT", "nowhere.example. A", "other. A"]) {
    const options = [empty(OPTION.PADDING)];
    const { edns } = ask(snapshot, question, { options, protocol: "tls" });
    expect(edns!.options.at(-1)!.code).toBe(OPTION.PADDING);
    expect(edns!.options.at(-1)!.data).toMatch(/^\0*$/);
    const plain = ask(snapshot, question, { options: [], protocol: "tls" });
    expect(lengthOf(question, options) % 468).toBe(0);
    expect(lengthOf(question, options) - lengthOf(question, [])).toBeLessThan(468 + 4);
    expect(edns!.options.slice(0, -1)).toEqual(plain.edns!.options);
  }
});

function lengthOf(question: string, options: readonly EdnsOption[]): number {
  return ask(snapshot, question, { options, protocol: "tls" }).octets;
}

describe("extended errors (RFC 8914)", () => {
  test.each([
    ["other. A", 20, ""],
    ["example. TYPE128", 30, "no record is of this type"],
    ["example. TYPE249", 30, "no record is of this type"],
  ])("%s: %i %s", (question, code, text) => {
    const { edns } = ask(snapshot, question, { udpOctets: 1232 });
    const { data } = edns!.options.find((option) => option.code === OPTION.EDE)!;
    expect([readU16(data, 0), utf8Text(data.slice(2))]).toEqual([code, text]);
  });
});

test("every option at once fits, and OPT is never lost (RFC 6891 §7)", () => {
  const options = [
    empty(OPTION.NSID),
    empty(OPTION.EXPIRE),
    empty(OPTION.ZONEVERSION),
    { code: OPTION.COOKIE, data: "12345678" },
    { code: OPTION.CLIENT_SUBNET, data: `${u16(2)}\x80\0${"x".repeat(16)}` },
  ];
  for (const udpOctets of [0, 512, 1232]) {
    const message = ask(snapshot, "big.example. TXT", { server, udpOctets, options });
    expect(message.octets).toBeLessThanOrEqual(Math.max(512, udpOctets));
    expect([message.flags.has("tc"), message.edns!.options.length]).toEqual([true, 4]);
  }
});
