import { decode, encode, type Packet, RECURSION_DESIRED } from "dns-packet";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { messageText } from "../../src/dns/message-text.ts";
import { parseName } from "../../src/dns/name.ts";
import { OPTION, TYPE } from "../../src/dns/numbers.ts";
import { bytesOf, u16 } from "../../src/dns/octets.ts";
import { hexOctets, hexText } from "../../src/dns/text-encodings.ts";

const NAME = parseName("web.svc.test.");
/** Header of a response to one question, counts of the sections, and the question `web. A`. */
const response = (...counts: [answer: number, authority: number, additional: number]) =>
  ["0001", "8400", "0001", ...counts.map((count) => `000${count}`), "0377656200", "0001", "0001"].join("");

const message = (hex: string) => decodeMessage(bytesOf(hexOctets(hex)!));
const textOf = (hex: string) => messageText(message(hex)!);

test("a query is what an independent decoder expects", () => {
  const query = encodeQuery({
    id: 7,
    name: NAME,
    type: TYPE.SRV,
    recursionDesired: true,
    edns: { udpOctets: 1232, dnssecOk: true, options: [{ code: OPTION.COOKIE, data: "12345678" }] },
  });
  const packet = decode(Buffer.from(query));
  expect(packet).toMatchObject({ id: 7, type: "query", flags: RECURSION_DESIRED, opcode: "QUERY" });
  expect(packet.questions).toEqual([{ name: "web.svc.test", type: "SRV", class: "IN" }]);
  expect(packet.additionals).toMatchObject([
    {
      type: "OPT",
      udpPayloadSize: 1232,
      ednsVersion: 0,
      flag_do: true,
      options: [{ code: 10, data: Buffer.from("12345678") }],
    },
  ]);
});

test("a query without EDNS ends with its question", () => {
  const query = encodeQuery({ id: 0xffff, name: parseName("."), type: 65_280 });
  expect(Buffer.from(query).toString("hex")).toBe("ffff0000000100000000000000ff000001");
});

test("a query comes back from its octets", () => {
  const options = [{ code: 65_001, data: "" }];
  const query = encodeQuery({ id: 1, name: NAME, type: TYPE.ANY, edns: { udpOctets: 512, options } });
  expect(decodeMessage(query)).toEqual({
    id: 1,
    opcode: 0,
    rcode: 0,
    flags: new Set(),
    questions: [{ name: NAME, type: TYPE.ANY, class: 1 }],
    answer: [],
    authority: [],
    additional: [],
    edns: { version: 0, udpOctets: 512, dnssecOk: false, options },
  });
});

test("what an independent encoder wrote is read, names in RDATA decompressed", () => {
  const packet: Packet = {
    type: "response",
    id: 5,
    flags: 0x0400,
    questions: [{ type: "MX", name: "a.test" }],
    answers: [
      { type: "MX", name: "a.test", ttl: 5, data: { preference: 10, exchange: "mx.a.test" } },
      { type: "SRV", name: "a.test", ttl: 5, data: { priority: 1, weight: 2, port: 3, target: "mx.a.test" } },
      { type: "TXT", name: "a.test", ttl: 5, data: ["x", "y z"] },
    ],
    authorities: [
      {
        type: "SOA",
        name: "a.test",
        ttl: 1,
        data: { mname: "ns.a.test", rname: "h.a.test", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ],
    additionals: [{ type: "AAAA", name: "mx.a.test", ttl: 5, data: "2001:db8::1" }],
  };
  expect(messageText(decodeMessage(encode(packet))!)).toBe(
    `;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 5
;; flags: qr aa; QUERY: 1, ANSWER: 3, AUTHORITY: 1, ADDITIONAL: 1

;; QUESTION SECTION:
;a.test.			IN	MX

;; ANSWER SECTION:
a.test.			5	IN	MX	10 mx.a.test.
a.test.			5	IN	SRV	1 2 3 mx.a.test.
a.test.			5	IN	TXT	"x" "y z"

;; AUTHORITY SECTION:
a.test.			1	IN	SOA	ns.a.test. h.a.test. 1 2 3 4 5

;; ADDITIONAL SECTION:
mx.a.test.		5	IN	AAAA	2001:db8::1
`,
  );
});

test("names are decompressed in every type that may come with them compressed", () => {
  const mx = "c00c000f0001000000050004000ac00c";
  const srv = "c00c00210001000000050008000100020003c00c";
  const soa = `c00c00060001000000050018c00cc00c${"00000001".repeat(5)}`;
  expect(message(response(3, 0, 0) + mx + srv + soa)?.answer.map(({ rdata }) => rdata)).toEqual([
    "\0\x0a\x03web\0",
    "\0\x01\0\x02\0\x03\x03web\0",
    `\x03web\0\x03web\0${"\0\0\0\x01".repeat(5)}`,
  ]);
});

test("OPT shows as dig shows it: extended rcode, flags, Extended DNS Error, cookie, NSID and unknown options", () => {
  const options = [
    "000f0006000e6e6f7065",
    "000a00080102030405060708",
    "000300026c31",
    "fde90000",
    "000f0002ffff",
    "000f000100",
  ].join("");
  const opt = `00002904d001008000${hexText(u16(options.length / 2))}${options}`;
  expect(textOf(response(0, 0, 1) + opt)).toBe(
    `;; ->>HEADER<<- opcode: QUERY, status: BADVERS, id: 1
;; flags: qr aa; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags: do; udp: 1232
; EDE: 14 (Not Ready): (nope)
; COOKIE: 0102030405060708
; NSID: 6c 31 ("l1")
; OPT=65001
; EDE: 65535 (Unknown)
; OPT=15: 00 ("\\000")
;; QUESTION SECTION:
;web.				IN	A
`,
  );
});

test("classes, opcodes, rcodes and RDATA without a name of their own are numbered", () => {
  expect(textOf("0001f90f0000000100000000" + "00ff0000fe000000000000")).toBe(
    `;; ->>HEADER<<- opcode: RESERVED15, status: RCODE15, id: 1
;; flags: qr rd; QUERY: 0, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

;; ANSWER SECTION:
.			0	NONE	TYPE65280	\\# 0
`,
  );
});

test.each([
  ["nothing", ""],
  ["a header cut short", "0001840000000000000000"],
  ["octets behind the end", `${response(0, 0, 0)}00`],
  ["fewer questions than stated", "000184000001000000000000"],
  ["a pointer forward", "000184000001000000000000c00e00010001"],
  ["a pointer to itself", "000184000001000000000000c00c00010001"],
  ["an unknown label type", "0001840000010000000000004000010001"],
  ["a record cut short", `${response(1, 0, 0)}c00c00010001000000050004c00002`],
  ["RDATA shorter than its name", `${response(1, 0, 0)}c00c0002000100000005000103777777`],
  ["RDATA shorter than its numbers", `${response(1, 0, 0)}c00c000f00010000000500010a`],
  ["two OPTs", `${response(0, 0, 2)}${"00002904d0000000000000".repeat(2)}`],
  ["an OPT that is not the root's", `${response(0, 0, 1)}c00c002904d0000000000000`],
  ["an option that overruns", `${response(0, 0, 1)}00002904d0000000000004000f0001`],
])("a message with %s is none", (_, hex) => {
  expect(message(hex)).toBeUndefined();
});

test("no octets make the decoder or the text throw", () => {
  const bytes = fc.uint8Array({ maxLength: 100 });
  const counts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(counts, bytes, (sections, body) => {
      const octets = new Uint8Array([0, 1, 0x84, 0, ...sections.flatMap((count) => [0, count]), ...body]);
      const decoded = decodeMessage(octets);
      if (decoded) messageText(decoded);
    }),
    { numRuns: 3000 },
  );
});
