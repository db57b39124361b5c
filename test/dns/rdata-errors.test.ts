import { expect, test } from "vitest";
import { ROOT } from "../../src/dns/name.ts";
import { parseRdata } from "../../src/dns/rdata.ts";
import { RdataError } from "../../src/dns/rdata-tokens.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import { tokensOf } from "./tokens-of.ts";

const LONG = "x".repeat(256);

/** Type, faulty text, index of the faulty token, message. */
test.each([
  ["A", "", 0, "address must be given: the record ends before it"],
  ["A", "10.0.0.256", 0, 'address must be an IPv4 address: got "10.0.0.256"'],
  ["A", "10.0.0.01", 0, 'address must be an IPv4 address: got "10.0.0.01"'],
  ["A", "10.0.0", 0, 'address must be an IPv4 address: got "10.0.0"'],
  ["A", '"10.0.0.1"', 0, 'address must not be quoted: got "10.0.0.1"'],
  ["A", "10.0.0.1 10.0.0.2", 1, 'RDATA must end here: got "10.0.0.2"'],
  ["AAAA", "1::2::3", 0, 'address must be an IPv6 address: got "1::2::3"'],
  ["AAAA", "1:2:3:4:5:6:7", 0, 'address must be an IPv6 address: got "1:2:3:4:5:6:7"'],
  ["AAAA", "1:2:3:4:5:6:7::8", 0, 'address must be an IPv6 address: got "1:2:3:4:5:6:7::8"'],
  ["AAAA", "::1.2.3", 0, 'address must be an IPv6 address: got "::1.2.3"'],
  ["AAAA", "fe80::1%eth0", 0, 'address must be an IPv6 address: got "fe80::1%eth0"'],
  ["MX", "10", 1, "exchange must be given: the record ends before it"],
  ["MX", "65536 a.", 0, 'preference must be 0–65535: got "65536"'],
  ["MX", "-1 a.", 0, 'preference must be 0–65535: got "-1"'],
  ["MX", "1e3 a.", 0, 'preference must be 0–65535: got "1e3"'],
  ["MX", "10 a..b.", 1, 'a label must not be empty: got "a..b."'],
  ["MX", "10 mail", 1, 'a relative name needs an origin ($ORIGIN): got "mail"'],
  ["MX", "10 @", 1, 'a relative name needs an origin ($ORIGIN): got "@"'],
  ["MX", String.raw`10 mail\.`, 1, String.raw`a relative name needs an origin ($ORIGIN): got "mail\."`],
  ["SOA", "a. b. 1 2 3 4x 5", 5, 'expire must be seconds below 2^32, plain or as in 1h30m: got "4x"'],
  ["SOA", "a. b. 4294967296 2 3 4 5", 2, 'serial must be 0–4294967295: got "4294967296"'],
  ["TXT", LONG, 0, `txt-data must have at most 255 octets: got "${LONG.slice(0, 80)}…"`],
  ["TXT", `a "${"ü".repeat(128)}"`, 1, `txt-data must have at most 255 octets: got "${"ü".repeat(80)}…"`],
  ["TXT", String.raw`"a\256"`, 0, String.raw`txt-data must have escapes of \000–\255: got "a\256"`],
  ["TXT", `${`"${LONG.slice(1)}" `.repeat(256)}x`, 256, 'RDATA must have at most 65535 octets, not 65538: got "x"'],
  ["CAA", '0 a-b ""', 1, 'tag must be letters and digits: got "a-b"'],
  ["DS", "1 8 2 abc", 3, 'digest must be hexadecimal, whole: got "abc"'],
  ["DS", "1 8 2 ab cg", 4, 'digest must be hexadecimal: got "cg"'],
  ["DNSKEY", "256 3 8 AA= A", 4, 'public key must be base64, whole: got "A"'],
  ["DNSKEY", "256 3 NONE AAAA", 2, 'algorithm must be 0–255: got "NONE"'],
  ["RRSIG", "WHAT 5", 0, 'type covered must be an RR type: got "WHAT"'],
  [
    "RRSIG",
    "A 5 3 1 20030231000000",
    4,
    'expiration must be YYYYMMDDHHmmSS or seconds below 2^32: got "20030231000000"',
  ],
  ["NSEC", "a. A WHAT", 2, 'types must be RR types: got "WHAT"'],
  ["NSEC3", "1 0 0 - 0", 4, 'next hashed owner name must be base32hex without padding: got "0"'],
  ["NSEC3", "1 0 0 abc", 3, 'salt must be hexadecimal, or "-" for none: got "abc"'],
  ["LOC", "91 N 0 E 0", 0, 'location must have degrees of 0–90: got "91"'],
  ["LOC", "90 0 1 N 0 E 0", 2, 'location must be at most 90 degrees: got "1"'],
  ["LOC", "0 60 N 0 E 0", 1, 'location must have minutes of 0–59: got "60"'],
  ["LOC", "0 0 0 0 E 0", 3, 'location must have N or S behind its angle: got "0"'],
  ["LOC", "0 N 0 E -100001", 4, 'location must have metres of -100000–42849672.95: got "-100001"'],
  ["EUI48", "00-00-5e-00-53", 0, 'address must be 6 pairs of hex digits joined by "-": got "00-00-5e-00-53"'],
  ["NID", "1 0:0:0", 1, 'locator must be 4 groups of hex digits joined by ":": got "0:0:0"'],
  ["TYPE65280", "10.0.0.1", 0, String.raw`RDATA of an unknown type must be \# length hex: got "10.0.0.1"`],
  ["TYPE65280", String.raw`\# 3 0a000001`, 2, 'RDATA must have 3 octets, not 4: got "0a000001"'],
  ["TYPE65280", String.raw`\# 1`, 2, "RDATA must be given: the record ends before it"],
  ["TYPE65280", String.raw`\# 0 00`, 2, 'RDATA must end here: got "00"'],
  ["TYPE65280", String.raw`\# x 00`, 1, 'length must be 0–65535: got "x"'],
  ["A", String.raw`\# 3 0a0000`, 2, 'RDATA must fit the type A: got "0a0000"'],
  // RFC 9460 Appendix D.3.
  ["SVCB", "1 a. key123=abc key123=def", 3, 'SvcParams must have key123 only once: got "key123=def"'],
  ["SVCB", "1 a. mandatory", 2, 'SvcParams mandatory must be other keys, each once: got "mandatory"'],
  ["SVCB", "1 a. alpn", 2, 'SvcParams alpn must be protocol ids of 1–255 octets: got "alpn"'],
  ["SVCB", "1 a. port", 2, 'SvcParams port must be 0–65535: got "port"'],
  ["SVCB", "1 a. ipv4hint", 2, 'SvcParams ipv4hint must be IPv4 addresses: got "ipv4hint"'],
  ["SVCB", "1 a. ipv6hint", 2, 'SvcParams ipv6hint must be IPv6 addresses: got "ipv6hint"'],
  ["SVCB", "1 a. no-default-alpn=abc", 2, 'SvcParams no-default-alpn must have no value: got "no-default-alpn=abc"'],
  ["SVCB", "1 a. mandatory=key123", 2, 'SvcParams must have key123, as it is mandatory: got "mandatory=key123"'],
  [
    "SVCB",
    "1 a. mandatory=mandatory",
    2,
    'SvcParams mandatory must be other keys, each once: got "mandatory=mandatory"',
  ],
  [
    "SVCB",
    "1 a. mandatory=key1,key1 alpn=h2",
    2,
    'SvcParams mandatory must be other keys, each once: got "mandatory=key1,key1"',
  ],
  ["SVCB", "1 a. no-default-alpn", 2, 'SvcParams must have alpn beside no-default-alpn: got "no-default-alpn"'],
  ["SVCB", '1 a. alpn="h2,,h3"', 3, 'SvcParams alpn must be protocol ids of 1–255 octets: got "h2,,h3"'],
  ["SVCB", "1 a. foo=1", 2, 'SvcParams must have keys of RFC 9460 or key0–key65534: got "foo=1"'],
  ["SVCB", "1 a. key65535", 2, 'SvcParams must have keys of RFC 9460 or key0–key65534: got "key65535"'],
  ["SVCB", "1 a. key01", 2, 'SvcParams must have keys of RFC 9460 or key0–key65534: got "key01"'],
  ["SVCB", "1 a. key3=x", 2, 'SvcParams port must be 0–65535: got "key3=x"'],
  ["SVCB", "1 a. port=65536", 2, 'SvcParams port must be 0–65535: got "port=65536"'],
  ["SVCB", '1 a. alpn= "h2"', 2, 'SvcParams alpn must be protocol ids of 1–255 octets: got "alpn="'],
])("%s %s is refused at token %i: %s", (mnemonic, text, index, message) => {
  const parse = () => parseRdata(typeNumber(mnemonic)!, tokensOf(text), undefined);
  expect(parse).toThrow(RdataError);
  expect(parse).toThrow(expect.objectContaining({ index, message, code: "MUSTER_RDATA" }));
});

test("the root as origin takes every name as absolute", () => {
  expect(parseRdata(typeNumber("NS")!, tokensOf("a.b"), ROOT)).toBe("\x01a\x01b\0");
});
