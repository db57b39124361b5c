import fc from "fast-check";
import { expect, test } from "vitest";
import { isNewer } from "../../src/dns/serial.ts";

const HALF = 2 ** 31;
const serials = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test.each<[a: number, b: number, expected: boolean]>([
  [1, 0, true],
  [0, 1, false],
  [7, 7, false],
  [0, 0xffff_ffff, true],
  [100, 0xffff_ff00, true],
  [HALF - 1, 0, true],
  [HALF + 1, 0, false],
  [0, HALF + 1, true],
  // Neither is newer (RFC 1982 §3.2).
  [HALF, 0, false],
  [0, HALF, false],
])("serial %d is newer than %d: %s", (a, b, expected) => {
  expect(isNewer(a, b)).toBe(expected);
});

test("of two serials exactly one is newer, but for equal ones and those 2^31 apart", () => {
  fc.assert(
    fc.property(serials, serials, (a, b) => {
      const isOrdered = a !== b && Math.abs(a - b) !== HALF;
      expect(Number(isNewer(a, b)) + Number(isNewer(b, a))).toBe(isOrdered ? 1 : 0);
    }),
  );
});

test("a serial raised by less than 2^31 is newer, whatever it wraps around", () => {
  fc.assert(
    fc.property(serials, fc.integer({ min: 1, max: HALF - 1 }), (serial, by) => {
      expect(isNewer((serial + by) >>> 0, serial)).toBe(true);
    }),
  );
});
