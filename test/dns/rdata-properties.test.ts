import fc, { type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { nameOf, ROOT } from "../../src/dns/name.ts";
import { type Octets, octetsOf, u16, u32 } from "../../src/dns/octets.ts";
import { parseRdata, rdataText, targetOf } from "../../src/dns/rdata.ts";
import { type FieldKind, TYPE_ROWS } from "../../src/dns/rdata-table.ts";
import { RdataError } from "../../src/dns/rdata-tokens.ts";
import { tokensOf } from "./tokens-of.ts";

const octets = (minLength: number, maxLength = minLength): Arbitrary<Octets> =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => octetsOf(bytes));
const counted = (text: Octets): Octets => String.fromCharCode(text.length) + text;
const integer = (min: number, max: number) => fc.integer({ min, max });
const joined = (parts: readonly string[]): string => parts.join("");

const name = fc.array(octets(1, 63), { maxLength: 3 }).map((labels) => nameOf(labels));
const string = octets(0, 255).map(counted);

const bitmap = fc.uniqueArray(integer(0, 0xffff), { maxLength: 20 }).map((types) => {
  const windows = [...new Set(types.map((type) => type >>> 8))].sort((a, b) => a - b);
  return joined(
    windows.map((window) => {
      const bits = new Uint8Array(32);
      for (const type of types) if (type >>> 8 === window) bits[(type & 0xff) >>> 3]! |= 0x80 >>> (type & 7);
      return String.fromCharCode(window) + counted(octetsOf(bits).replace(/\0+$/, ""));
    }),
  );
});

/** Values of the registered keys but `mandatory`, and of one that is not; alpn stands beside no-default-alpn. */
const PARAM_VALUES: readonly (readonly [key: number, value: Arbitrary<Octets>])[] = [
  [1, fc.array(octets(1, 255).map(counted), { minLength: 1, maxLength: 3 }).map(joined)],
  [2, fc.constant("")],
  [3, octets(2)],
  [4, integer(1, 4).chain((n) => octets(4 * n))],
  [5, octets(1, 80)],
  [6, integer(1, 4).chain((n) => octets(16 * n))],
  [7, octets(1, 80)],
  [8, fc.constant("")],
  [667, octets(0, 80)],
];
const svcParams = fc.tuple(fc.subarray(PARAM_VALUES.slice(1)), fc.boolean()).chain(([chosen, isMandatory]) => {
  const params = [PARAM_VALUES[0]!, ...chosen];
  const mandatory = params.map(([key]) => u16(key)).join("");
  return fc
    .tuple(...params.map(([key, value]) => value.map((octets) => u16(key) + u16(octets.length) + octets)))
    .map((values) => (isMandatory ? u16(0) + u16(mandatory.length) + mandatory : "") + values.join(""));
});

const size = fc.oneof(
  fc.constant(0),
  fc.tuple(integer(1, 9), integer(0, 9)).map(([digit, power]) => (digit << 4) | power),
);
const angle = (degrees: number) =>
  integer(-degrees * 3_600_000, degrees * 3_600_000).map((value) => u32(2 ** 31 + value));
const location = fc
  .tuple(fc.tuple(size, size, size), angle(90), angle(180), octets(4))
  .map(([sizes, ...rest]) => String.fromCharCode(0, ...sizes) + joined(rest));

/** RDATA fields that fit, of every kind. */
const FIELD: Readonly<Record<FieldKind, Arbitrary<Octets>>> = {
  compressibleName: name,
  name,
  u8: octets(1),
  u16: octets(2),
  u32: octets(4),
  seconds: octets(4),
  time: octets(4),
  ipv4: octets(4),
  ipv6: fc.oneof(
    octets(16),
    fc.array(fc.constantFrom("\0\0", "\0\x01", "\xff\xff"), { minLength: 8, maxLength: 8 }).map(joined),
  ),
  string,
  strings: fc.array(string, { minLength: 1, maxLength: 3 }).map(joined),
  text: octets(0, 300),
  tag: fc.stringMatching(/^[A-Za-z0-9]{1,15}$/).map(counted),
  hex: octets(1, 80),
  base64: octets(1, 80),
  salt: string,
  hash: octets(1, 255).map(counted),
  type: octets(2),
  types: bitmap,
  algorithm: octets(1),
  certificateType: octets(2),
  svcParams,
  location,
  eui48: octets(6),
  eui64: octets(8),
  locator64: octets(8),
};

test.each([...TYPE_ROWS.values()].map((row) => [row.mnemonic, row] as const))(
  "%s RDATA that fits comes back from its text, and its text is not generic",
  (_, { number, fields }) => {
    fc.assert(
      fc.property(fc.tuple(...Object.values(fields).map((kind) => FIELD[kind])).map(joined), (rdata) => {
        const text = rdataText(number, rdata);
        expect(text).not.toMatch(/^\\#/);
        expect(parseRdata(number, tokensOf(text), undefined)).toBe(rdata);
      }),
      { numRuns: 50 },
    );
  },
);

test("any octets of any type have a text of printable ASCII; it reads back as the same octets or is refused", () => {
  const type = fc.oneof(fc.constantFrom(...TYPE_ROWS.keys()), integer(0, 0xffff));
  fc.assert(
    fc.property(type, octets(0, 60), (number, rdata) => {
      const text = rdataText(number, rdata);
      expect(text).toMatch(/^[ -~]*$/);
      expect(targetOf(number, rdata)).not.toBe(ROOT);
      expect(rdataOrRefusal(number, text)).toBeOneOf([rdata, "refused"]);
    }),
    { numRuns: 2000 },
  );
});

test("no text makes the parser throw anything but RdataError", () => {
  const word = fc.oneof(
    fc.constantFrom(String.raw`\#`, "4", "0a000001", "AAAA", "key1=", '"h2"', "alpn=", "N", "E", "A", "@", "-", "."),
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("\\", '"', "0", "9", "a", ".", "=", ",", ":", "-", " ") }),
  );
  const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.constantFrom(...TYPE_ROWS.keys(), 65_280), text, (number, rdata) => {
      rdataOrRefusal(number, rdata);
    }),
    { numRuns: 5000 },
  );
});

function rdataOrRefusal(type: number, text: string): Octets {
  try {
    return parseRdata(type, tokensOf(text), ROOT);
  } catch (error) {
    expect(error).toBeInstanceOf(RdataError);
    return "refused";
  }
}
