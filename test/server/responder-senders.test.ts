import { describe, expect, test } from "vitest";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { Networks, parseNetwork } from "../../src/dns/networks.ts";
import { OPTION, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { parseTsigKey } from "../../src/dns/tsig-key.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { Cookies } from "../../src/server/cookies.ts";
import { createResponder, type ResponderOptions } from "../../src/server/responder.ts";
import { ResponseRate } from "../../src/server/response-rate.ts";
import type { Client } from "../../src/server/transport.ts";
import { signRequest } from "../../src/server/tsig.ts";
import { snapshotOf } from "../support/ask.ts";

const snapshot = snapshotOf(`
$ORIGIN example.
@ 300 SOA ns hm 7 2 3 86400 5
@ 300 NS ns
ns 300 A 192.0.2.1
*.wild 300 A 192.0.2.2
big 300 TXT ${Array.from({ length: 40 }, (_, i) => `"${"x".repeat(50)}${i}"`).join(" ")}
many 300 TXT ${"x".repeat(50)}
${Array.from({ length: 30 }, (_, i) => `many 300 TXT ${"x".repeat(50)}${i}`).join("\n")}
`);

const NOW_SECONDS = 1_700_000_000;
const key = parseTsigKey("hmac-sha256:transfer.example:c2VjcmV0")!;
const stranger = parseTsigKey("hmac-sha256:stranger.example:c2VjcmV0")!;
const impostor = parseTsigKey("hmac-sha256:transfer.example:b3RoZXI=")!;

/** A responder, what it counted, and a way to ask it. */
function start(options: Partial<ResponderOptions>) {
  const counters = new DnsCounters();
  const cookies = new Cookies(["0123456789abcdef"]);
  const nowSeconds = () => NOW_SECONDS;
  const responder = createResponder(() => snapshot, counters, { cookies, nowSeconds, ...options });
  const out = new Uint8Array(65_535);
  const ask = (request: Uint8Array, protocol: Client["protocol"] = "udp") => {
    const length = responder.respond(request, { address: "192.0.2.9", port: 9, protocol }, out);
    return length <= 0 ? undefined : out.slice(0, length);
  };
  return { ask, counters, cookies };
}

const query = (name: string, type: number, options?: { code: number; data: string }[]) =>
  encodeQuery({ id: 7, name: parseName(name), type, ...(options && { edns: { udpOctets: 1232, options } }) });

describe("signed queries (RFC 8945)", () => {
  const sign = (request: Uint8Array, by = key, atSeconds = NOW_SECONDS) => {
    const message = new Uint8Array(1024);
    message.set(request);
    const signed = signRequest(message, request.length, by, atSeconds);
    return { request: message.slice(0, signed.length), verify: signed.verify };
  };
  const { ask, counters } = start({ keys: new Map([[key.name, key]]) });

  test.each<[what: string, request: Uint8Array, octetsMax: number]>([
    ["an answer", query("ns.example", TYPE.A), 512],
    ["an answer with OPT", query("ns.example", TYPE.A, []), 1232],
    ["what is truncated, within its limit", query("many.example", TYPE.TXT), 512],
    ["what does not fit at all", query("big.example", TYPE.TXT), 512],
    ["NXDOMAIN", query("nowhere.example", TYPE.A), 512],
    ["REFUSED", query("ns.other", TYPE.A), 512],
  ])("%s is signed", (_, plain, octetsMax) => {
    const { request, verify } = sign(plain);
    const response = ask(request)!;
    expect(verify(response, NOW_SECONDS)).toBe(true);
    expect(response.length).toBeLessThanOrEqual(octetsMax);
  });

  test("names at their longest are answered whole", () => {
    const label = "x".repeat(61);
    const long = parseTsigKey(`hmac-sha512:${[label, label, label, label].join(".")}:c2VjcmV0`)!;
    const { request, verify } = sign(
      query([label, label, label, "y".repeat(50), "example"].join("."), TYPE.A, []),
      long,
    );
    const response = start({ keys: new Map([[long.name, long]]) }).ask(request)!;
    expect(verify(response, NOW_SECONDS)).toBe(true);
    expect(decodeMessage(response)!.edns).toBeDefined();
    expect(response.length).toBeLessThanOrEqual(1232);
  });

  test.each([
    ["BADKEY: an unknown key", stranger, NOW_SECONDS, 17],
    ["BADSIG: another secret", impostor, NOW_SECONDS, 16],
    ["BADTIME", key, NOW_SECONDS - 301, 18],
  ])("%s is NOTAUTH, with the error in TSIG, and no answer", (_, by, atSeconds, error) => {
    const before = counters.tsigErrors[error]!;
    const { request } = sign(query("ns.example", TYPE.A, []), by, atSeconds);
    const response = decodeMessage(ask(request)!)!;
    expect([response.rcode, response.answer.length]).toEqual([RCODE.NOTAUTH, 0]);
    expect(response.additional.at(-1)!.type).toBe(TYPE.TSIG);
    expect(counters.tsigErrors[error]).toBe(before + 1);
  });

  test("a malformed TSIG record is FORMERR, unsigned", () => {
    const { request } = sign(query("ns.example", TYPE.A));
    const broken = request.slice();
    broken[broken.length - 1] = 9; // Other Len, beyond the end
    const response = decodeMessage(ask(broken)!)!;
    expect([response.rcode, response.additional]).toEqual([RCODE.FORMERR, []]);
  });
});

describe("response-rate limiting", () => {
  /** Two of a kind in a second, then every second one truncated; the clock stands still. */
  const limited = (more: Partial<ResponderOptions> = {}) =>
    start({ rate: new ResponseRate({ perSecond: 2, slip: 2, exempt: new Networks([]), nowMs: () => 0 }), ...more });
  const kindOf = (response: Uint8Array | undefined) =>
    response === undefined ? "-" : decodeMessage(response)!.flags.has("tc") ? "tc" : "ok";
  const LIMITED = "ok ok - tc - tc";

  test.each<[what: string, names: (i: number) => string, expected: string]>([
    ["one name", () => "ns.example", LIMITED],
    ["names that do not exist, all together", (i) => `n${i}.example`, LIMITED],
    ["what a wildcard makes up", (i) => `n${i}.wild.example`, LIMITED],
    ["names outside of our zones", (i) => `n${i}.other`, LIMITED],
    ["different names that exist", (i) => ["ns.example", "example", "wild.example"][i % 3]!, "ok ok ok ok ok ok"],
  ])("%s", (_, name, expected) => {
    const { ask, counters } = limited();
    const kinds = Array.from({ length: 6 }, (_, i) => kindOf(ask(query(name(i), TYPE.A))));
    expect(kinds.join(" ")).toBe(expected);
    const isLimited = expected === LIMITED;
    expect([counters.dropped["rate-limited"], counters.responsesSlipped]).toEqual(isLimited ? [2, 2] : [0, 0]);
    expect(counters.responsesTruncated).toBe(counters.responsesSlipped);
  });

  test("a truncated response is empty, and keeps rcode, question, OPT and cookie", () => {
    const { ask } = limited();
    const request = query("nowhere.example", TYPE.A, [{ code: OPTION.COOKIE, data: "clientco" }]);
    const [first, , , slipped] = Array.from({ length: 4 }, () => ask(request));
    const [whole, empty] = [decodeMessage(first!)!, decodeMessage(slipped!)!];
    expect(empty).toMatchObject({ rcode: RCODE.NXDOMAIN, questions: whole.questions, edns: whole.edns! });
    expect([empty.flags.has("tc"), empty.authority, empty.answer]).toEqual([true, [], []]);
    expect(slipped!.length).toBeLessThan(request.length + 20);
  });

  test.each<[what: string, request: (server: ReturnType<typeof limited>) => Uint8Array, protocol: Client["protocol"]]>([
    ["over TCP", () => query("ns.example", TYPE.A), "tcp"],
    ["over TLS", () => query("ns.example", TYPE.A), "tls"],
    [
      "with a cookie of ours",
      ({ cookies }) => {
        const data = cookies.reply("clientco", "192.0.2.9", NOW_SECONDS).octets;
        return query("ns.example", TYPE.A, [{ code: OPTION.COOKIE, data }]);
      },
      "udp",
    ],
  ])("nothing is held back from a client %s", (_, request, protocol) => {
    const server = limited();
    const kinds = Array.from({ length: 6 }, () => kindOf(server.ask(request(server), protocol)));
    expect(kinds.join(" ")).toBe("ok ok ok ok ok ok");
  });

  test("nor from one whose network is exempt", () => {
    const exempt = new Networks([parseNetwork("192.0.2.0/24")!]);
    const { ask } = start({ rate: new ResponseRate({ perSecond: 2, slip: 2, exempt, nowMs: () => 0 }) });
    const kinds = Array.from({ length: 6 }, () => kindOf(ask(query("ns.example", TYPE.A))));
    expect(kinds.join(" ")).toBe("ok ok ok ok ok ok");
  });

  test("nor from one that signs", () => {
    const { ask } = limited({ keys: new Map([[key.name, key]]) });
    const message = new Uint8Array(1024);
    const plain = query("ns.example", TYPE.A);
    message.set(plain);
    const request = message.slice(0, signRequest(message, plain.length, key, NOW_SECONDS).length);
    expect(Array.from({ length: 4 }, () => kindOf(ask(request))).join(" ")).toBe("ok ok ok ok");
  });
});

test("over UDP a response is bounded whatever is asked: 512 octets, or 1232 with EDNS", () => {
  const { ask } = start({});
  for (const type of [TYPE.ANY, TYPE.TXT, TYPE.NS, TYPE.A]) {
    for (const name of ["many.example", "big.example", "example", "nowhere.example", "ns.other"]) {
      expect(ask(query(name, type))!.length).toBeLessThanOrEqual(512);
      const large = encodeQuery({ id: 1, name: parseName(name), type, edns: { udpOctets: 65_535 } });
      expect(ask(large)!.length).toBeLessThanOrEqual(1232);
    }
  }
});

test("cookies are counted by what they prove", () => {
  const { ask, counters, cookies } = start({});
  const ours = cookies.reply("clientco", "192.0.2.9", NOW_SECONDS).octets;
  for (const data of ["clientco", ours, `clientco${"x".repeat(16)}`, "x", ours]) {
    ask(query("ns.example", TYPE.A, [{ code: OPTION.COOKIE, data }]));
  }
  ask(query("ns.example", TYPE.A, []));
  expect(counters.cookies).toEqual({ malformed: 1, unproven: 1, invalid: 1, valid: 2 });
});
