import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  foldName,
  isAtOrBelow,
  labelsOf,
  NameError,
  nameEnd,
  nameOf,
  nameText,
  parentOf,
  parseName,
  ROOT,
  readName,
} from "../../src/dns/name.ts";
import { bytesOf } from "../../src/dns/octets.ts";

const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => String.fromCharCode(...bytes));
const name = fc.array(label, { maxLength: 3 }).map((labels) => nameOf(labels));

describe("presentation form (RFC 1035 §5.1)", () => {
  test.each<[text: string, origin: string | undefined, canonical: string]>([
    [".", undefined, "."],
    ["a.example.", undefined, "a.example."],
    ["a.example", undefined, "a.example."],
    ["a", "example.", "a.example."],
    ["@", "example.", "example."],
    ["a.", "example.", "a."],
    ["A.Example.", undefined, "A.Example."],
    ["dot\\.in.label.", undefined, "dot\\.in.label."],
    ["\\097\\255.x.", undefined, "a\\255.x."],
    ["sp\\032ace\\;.x.", undefined, "sp\\032ace\\;.x."],
    ["*.x.", undefined, "*.x."],
    ["_http._tcp.x.", undefined, "_http._tcp.x."],
    [`${"a".repeat(63)}.x.`, undefined, `${"a".repeat(63)}.x.`],
  ])("%s of %s is %s", (text, origin, canonical) => {
    expect(nameText(parseName(text, origin === undefined ? undefined : parseName(origin)))).toBe(canonical);
  });

  test.each<[text: string, why: string]>([
    ["", "a domain name must not be empty"],
    ["a..b.", 'a label must not be empty: got "a..b."'],
    [".a.", 'a label must not be empty: got ".a."'],
    [`${"a".repeat(64)}.`, "a label must have at most 63 octets"],
    [`${"a.".repeat(128)}`, "a name must have at most 255 octets: got 257"],
    ["a\\256.", '\\DDD must be 000–255: got "\\256"'],
    ["a\\", 'an escape must be followed by a character: got "a\\"'],
    ["é.", "a character must be ASCII or written as \\DDD"],
  ])("%j is refused", (text, why) => {
    expect(() => parseName(text)).toThrow(NameError);
    expect(() => parseName(text)).toThrow(why);
  });

  test("the longest name has 255 octets", () => {
    expect(parseName("a.".repeat(127)).length).toBe(255);
  });

  test("any name comes back from its text", () => {
    fc.assert(fc.property(name, (it) => parseName(nameText(it)) === it));
  });
});

describe("wire form (RFC 1035 §3.1, §4.1.4)", () => {
  test("any name comes back from a message, and ends where it ends", () => {
    fc.assert(
      fc.property(name, fc.nat(20), (it, before) => {
        const message = bytesOf("\xff".repeat(before) + it);
        expect(readName(message, before)).toBe(it);
        expect(nameEnd(message, before)).toBe(message.length);
      }),
    );
  });

  test.each<[what: string, octets: string, at: number, expected: string | undefined]>([
    ["a pointer backwards", "\x01a\x00\xc0\x00", 3, "\x01a\x00"],
    ["a label and a pointer", "\x01a\x00\x01b\xc0\x00", 3, "\x01b\x01a\x00"],
    ["a pointer to itself", "\xc0\x00", 0, undefined],
    ["a pointer forwards", "\xc0\x02\x00", 0, undefined],
    ["two pointers in a circle", "\x01a\xc0\x04\xc0\x00", 4, undefined],
    ["label type 0x40", "\x41a\x00", 0, undefined],
    ["label type 0x80", "\x81a\x00", 0, undefined],
    ["a name cut off", "\x05ab", 0, undefined],
    ["a pointer cut off", "\xc0", 0, undefined],
    ["256 octets", `${"\x01a".repeat(127)}\x01b\x00`, 0, undefined],
  ])("%s", (_, octets, at, expected) => {
    expect(readName(bytesOf(octets), at)).toBe(expected);
  });
});

test("folding leaves everything but A–Z alone (RFC 4343)", () => {
  const everyOctet = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  expect(everyOctet.filter((octet) => foldName(octet) !== octet).join("")).toBe("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
});

test.each<[name: string, ancestor: string, expected: boolean]>([
  ["a.example.", "example.", true],
  ["example.", "example.", true],
  ["example.", ".", true],
  ["aexample.", "example.", false],
  ["example.", "a.example.", false],
  // The octets of one label may look like a whole other name.
  ["\\007example.", "example.", false],
])("%s at or below %s: %s", (name, ancestor, expected) => {
  expect(isAtOrBelow(parseName(name), parseName(ancestor))).toBe(expected);
});

test("labels, and the parent without the leftmost", () => {
  expect(labelsOf(parseName("a.b.example."))).toEqual(["a", "b", "example"]);
  expect(nameText(parentOf(parseName("a.b.example.")))).toBe("b.example.");
  expect(parentOf(ROOT)).toBe(ROOT);
});
