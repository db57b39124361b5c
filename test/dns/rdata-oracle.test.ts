import { type Answer, decode } from "dns-packet";
import { expect, test } from "vitest";
import { CLASS } from "../../src/dns/numbers.ts";
import { bytesOf, u16, u32 } from "../../src/dns/octets.ts";
import { parseRdata } from "../../src/dns/rdata.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import { tokensOf } from "./tokens-of.ts";

/** What an independent decoder makes of the RDATA. */
test.each([
  ["A", "192.0.2.1", "192.0.2.1"],
  ["AAAA", "2001:db8::1", "2001:db8::1"],
  ["NS", "ns1.example.", "ns1.example"],
  ["PTR", "host.example.", "host.example"],
  ["DNAME", "other.example.", "other.example"],
  ["MX", "10 mx.example.", { preference: 10, exchange: "mx.example" }],
  ["SRV", "1 2 3 a.example.", { priority: 1, weight: 2, port: 3, target: "a.example" }],
  ["TXT", 'a "b c"', [Buffer.from("a"), Buffer.from("b c")]],
  ["HINFO", "cpu os", { cpu: "cpu", os: "os" }],
  ["RP", "a.example. b.example.", { mbox: "a.example", txt: "b.example" }],
  [
    "SOA",
    "ns.example. host.example. 1 2h 3 4 5",
    { mname: "ns.example", rname: "host.example", serial: 1, refresh: 7200, retry: 3, expire: 4, minimum: 5 },
  ],
  ["CAA", '128 issue "ca.example"', { flags: 128, tag: "issue", value: "ca.example", issuerCritical: true }],
  ["DS", "60485 8 2 2BB1", { keyTag: 60_485, algorithm: 8, digestType: 2, digest: Buffer.from("2bb1", "hex") }],
  ["DNSKEY", "257 3 8 AQPS", { flags: 257, algorithm: 8, key: Buffer.from("AQPS", "base64") }],
  [
    "RRSIG",
    "A 8 2 300 20300101000000 20200101000000 7 example. AQPS",
    {
      typeCovered: "A",
      algorithm: 8,
      labels: 2,
      originalTTL: 300,
      expiration: 1_893_456_000,
      inception: 1_577_836_800,
      keyTag: 7,
      signersName: "example",
      signature: Buffer.from("AQPS", "base64"),
    },
  ],
  ["NSEC", "b.example. A MX TYPE1234", { nextDomain: "b.example", rrtypes: ["A", "MX", "UNKNOWN_1234"] }],
  [
    "NSEC3",
    "1 1 12 AABB 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG",
    {
      algorithm: 1,
      flags: 1,
      iterations: 12,
      salt: Buffer.from("aabb", "hex"),
      nextDomain: Buffer.from("17f3df17b2b2adaef615257de4d2020b80ac6c7c", "hex"),
      rrtypes: ["A", "RRSIG"],
    },
  ],
  ["SSHFP", `4 2 ${"AB".repeat(32)}`, { algorithm: 4, hash: 2, fingerprint: "AB".repeat(32) }],
  ["TLSA", "3 1 1 AABB", { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from("aabb", "hex") }],
  [
    "NAPTR",
    '100 10 "u" "E2U+sip" "!^.*$!sip:x!" .',
    { order: 100, preference: 10, flags: "u", services: "E2U+sip", regexp: "!^.*$!sip:x!", replacement: "." },
  ],
])("dns-packet reads %s %s as it was meant", (mnemonic, text, data) => {
  const type = typeNumber(mnemonic)!;
  const rdata = parseRdata(type, tokensOf(text), undefined);
  const header = [0, 0x8000, 0, 1, 0, 0].map(u16).join("");
  const record = `\0${u16(type)}${u16(CLASS.IN)}${u32(60)}${u16(rdata.length)}${rdata}`;
  const answer = decode(Buffer.from(bytesOf(header + record))).answers![0] as Answer & { data: unknown };
  expect(answer.data).toEqual(data);
});
