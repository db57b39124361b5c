import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/dns/message.ts";
import { RCODE } from "../../src/dns/numbers.ts";
import { bytesOf, type Octets, octetsOf, u16, utf8Text } from "../../src/dns/octets.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { Cookies } from "../../src/server/cookies.ts";
import { createResponder } from "../../src/server/responder.ts";
import { LATER } from "../../src/server/transport.ts";
import { snapshotOf } from "../support/ask.ts";

const snapshot = snapshotOf(`
$ORIGIN example.
@ 300 SOA ns hm 7 2 3 86400 5
@ 300 NS ns
ns 300 A 192.0.2.1
`);
const CLIENT = { address: "192.0.2.9", port: 9, protocol: "udp" } as const;
const cookies = new Cookies(["0123456789abcdef"]);
const responder = createResponder(() => snapshot, new DnsCounters(), {
  cookies,
  identity: "muster-1",
  version: "Muster",
  nowSeconds: () => 1_700_000_000,
});

const APEX = "\x07example\0";
const SOA = `${APEX}\0\x06\0\x01`;
const RD = 0x0100;

/** OPT as a whole record. */
const opt = (versionAndFlags = 0, options: Octets = "") =>
  `\0\0\x29\x04\xd0\0${u16(versionAndFlags >>> 16).slice(1)}${u16(versionAndFlags & 0xffff)}${u16(options.length)}${options}`;
const option = (code: number, data: Octets) => u16(code) + u16(data.length) + data;

/** A message with one question, or none, and so many additional records. */
function message(
  flags: number,
  question: Octets,
  additional: Octets = "",
  records = additional === "" ? 0 : 1,
): Octets {
  return [1, flags, question === "" ? 0 : 1, 0, 0, records].map(u16).join("") + question + additional;
}

function exchange(request: Octets) {
  const out = new Uint8Array(65_535);
  const length = responder.respond(bytesOf(request), CLIENT, out);
  return { length, octets: octetsOf(out, 0, Math.max(length, 0)), message: decodeMessage(out.slice(0, length))! };
}

describe("the probes of RFC 8906 §8: always an answer, and this one", () => {
  const UNKNOWN_OPTION = option(100, "");
  test.each<[probe: string, request: Octets, rcode: number, flags: string, answers: number, opt: string]>([
    ["configured for the zone", message(0, SOA), 0, "qr aa", 1, "none"],
    ["an unknown type", message(0, `${APEX}\x03\xe8\0\x01`), 0, "qr aa", 0, "none"],
    ["CD", message(0x0010, SOA), 0, "qr aa", 1, "none"],
    ["AD", message(0x0020, SOA), 0, "qr aa", 1, "none"],
    ["the reserved bit", message(0x0040, SOA), 0, "qr aa", 1, "none"],
    ["RD", message(RD, SOA), 0, "qr aa rd", 1, "none"],
    ["opcode 15", message(0x7800, ""), RCODE.NOTIMP, "qr", 0, "none"],
    ["EDNS", message(0, SOA, opt()), 0, "qr aa", 1, "0"],
    ["EDNS 1", message(0, SOA, opt(0x10000)), RCODE.BADVERS, "qr", 0, "0"],
    ["an unknown option", message(0, SOA, opt(0, UNKNOWN_OPTION)), 0, "qr aa", 1, "0"],
    ["an unknown EDNS flag", message(0, SOA, opt(0x40)), 0, "qr aa", 1, "0"],
    ["EDNS 1, an unknown flag", message(0, SOA, opt(0x10040)), RCODE.BADVERS, "qr", 0, "0"],
    ["EDNS 1, an unknown option", message(0, SOA, opt(0x10000, UNKNOWN_OPTION)), RCODE.BADVERS, "qr", 0, "0"],
    ["EDNS 1, a cookie of no length", message(0, SOA, opt(0x10000, option(10, "x"))), RCODE.BADVERS, "qr", 0, "0"],
    ["DO", message(0, SOA, opt(0x8000)), 0, "qr aa", 1, "0 do"],
    ["EDNS 1, DO", message(0, SOA, opt(0x18000)), RCODE.BADVERS, "qr", 0, "0 do"],
    ["AXFR with EDNS 1", message(0, `${APEX}\0\xfc\0\x01`, opt(0x10000)), RCODE.BADVERS, "qr", 0, "0"],
  ])("%s", (_, request, rcode, flags, answers, expected) => {
    const { message: response, octets } = exchange(request);
    expect([response.rcode, [...response.flags].join(" "), response.answer.length]).toEqual([rcode, flags, answers]);
    const { edns } = response;
    expect(edns === undefined ? "none" : `${edns.version}${edns.dnssecOk ? " do" : ""}`).toBe(expected);
    // No other flag, and no option.
    if (edns !== undefined) expect(octets.slice(-4)).toBe(edns.dnssecOk ? "\x80\0\0\0" : "\0\0\0\0");
  });
});

describe("class CH (RFC 4892)", () => {
  const ask = (first: string, second: string, type: number) =>
    exchange(
      message(
        0,
        String.fromCharCode(first.length) +
          first +
          String.fromCharCode(second.length) +
          second +
          `\0${u16(type)}\0\x03`,
      ),
    );
  test.each([
    ["id", "server", 16, "muster-1"],
    ["hostname", "bind", 16, "muster-1"],
    ["version", "bind", 16, "Muster"],
    ["VERSION", "Server", 16, "Muster"],
    ["version", "bind", 255, "Muster"],
    ["version", "bind", 1, undefined],
    ["id", "bind", 16, undefined],
    ["authors", "bind", 16, undefined],
    ["ns", "example", 1, undefined],
  ])("%s.%s type %i", (first, second, type, text) => {
    const { message: response } = ask(first, second, type);
    if (text === undefined) return expect([response.rcode, response.answer]).toEqual([RCODE.REFUSED, []]);
    const [record] = response.answer;
    expect([response.rcode, response.flags.has("aa")]).toEqual([0, true]);
    expect([record!.class, record!.type, record!.ttl, utf8Text(record!.rdata.slice(1))]).toEqual([3, 16, 0, text]);
  });

  test("what is not configured is not told", () => {
    const silent = createResponder(() => snapshot, new DnsCounters());
    const out = new Uint8Array(512);
    silent.respond(bytesOf(message(0, "\x02id\x06server\0\0\x10\0\x03")), CLIENT, out);
    expect(out[3]).toBe(RCODE.REFUSED);
  });
});

describe("a query without a question (RFC 7873 §5.4)", () => {
  const ours = cookies.reply("clientco", CLIENT.address, 1_700_000_000).octets;
  test.each([
    ["for a cookie", "clientco", RCODE.NOERROR, ours],
    ["whether a cookie is good", ours, RCODE.NOERROR, ours],
    ["when it is not", `clientco${"x".repeat(16)}`, RCODE.BADCOOKIE, ours],
    ["with half a cookie", "client", RCODE.FORMERR, undefined],
  ])("%s", (_, sent, rcode, expected) => {
    const { message: response } = exchange(message(0, "", opt(0, option(10, sent))));
    expect([response.rcode, response.questions, response.flags.has("aa")]).toEqual([rcode, [], false]);
    expect(response.edns!.options.find(({ code }) => code === 10)?.data).toBe(expected);
  });

  test.each([
    ["and without OPT", ""],
    ["and with other options", opt(0, option(3, ""))],
  ])("%s is FORMERR", (_, additional) => {
    expect(exchange(message(0, "", additional)).message.rcode).toBe(RCODE.FORMERR);
  });
});

describe("other opcodes, and what has no answer at once", () => {
  const NOTIFY = 0x2000;
  const UPDATE = 0x2800;
  test.each([
    ["NOTIFY of our zone: we are its primary", message(NOTIFY, SOA), RCODE.REFUSED],
    ["NOTIFY below our zone's apex", message(NOTIFY, "\x02ns\x07example\0\0\x06\0\x01"), RCODE.NOTAUTH],
    ["NOTIFY of another zone", message(NOTIFY, "\x05other\0\0\x06\0\x01"), RCODE.NOTAUTH],
    ["IQUERY", message(0x0800, ""), RCODE.NOTIMP],
    ["STATUS", message(0x1000, SOA), RCODE.NOTIMP],
    ["MAILB", message(0, `${APEX}\0\xfd\0\x01`), RCODE.NOTIMP],
    ["class ANY", message(0, `${APEX}\0\x06\0\xff`), RCODE.REFUSED],
    ["UPDATE with a malformed option", message(UPDATE, SOA, opt(0, option(10, ""))), RCODE.FORMERR],
  ])("%s", (_, request, rcode) => {
    const { message: response } = exchange(request);
    expect([response.rcode, response.opcode]).toEqual([rcode, (request.charCodeAt(2) >> 3) & 0xf]);
  });

  test.each([
    ["AXFR", message(0, `${APEX}\0\xfc\0\x01`)],
    ["IXFR", message(0, `${APEX}\0\xfb\0\x01`)],
    ["UPDATE", message(UPDATE, SOA)],
  ])("%s is answered later; unless something is given to do so, with REFUSED and the reason", async (_, request) => {
    expect(exchange(request).length).toBe(LATER);
    const withOpt = bytesOf(message((request.charCodeAt(2) << 8) | 0, request.slice(12), opt()));
    const messages = [];
    for await (const octets of responder.respondLater(withOpt, CLIENT)) messages.push(decodeMessage(octets)!);
    expect(messages.map(({ rcode, edns }) => [rcode, edns!.options.map(({ code }) => code)])).toEqual([[5, [15]]]);
  });
});
