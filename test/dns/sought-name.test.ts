import fc from "fast-check";
import { expect, test } from "vitest";
import { foldName, labelsOf, nameOf, parseName, ROOT } from "../../src/dns/name.ts";
import { bytesOf } from "../../src/dns/octets.ts";
import { hashOf, SoughtName, soughtName } from "../../src/dns/sought-name.ts";

const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const label = fc.array(octet, { minLength: 1, maxLength: 20 }).map((octets) => octets.join(""));
const name = fc.array(label, { maxLength: 10 }).map((labels) => nameOf(labels));

test("a name to look up has the labels of the name, folded, and their hashes", () => {
  const place = new SoughtName();
  fc.assert(
    fc.property(name, name, (before, given) => {
      place.set(before);
      const message = bytesOf(`--${given}--`);
      expect(place.read(message, 2)).toBe(2 + given.length);
      const labels = labelsOf(foldName(given));
      expect(place.labels()).toEqual(labels);
      for (const [index, text] of labels.entries()) {
        expect(place.hash(index)).toBe(hashOf(text));
        expect(place.isLabel(index, text)).toBe(true);
        expect(place.isLabel(index, `${text}x`)).toBe(false);
        const suffix = nameOf(labels.slice(index));
        expect(place.isSuffix(index, suffix)).toBe(true);
        expect(place.isSuffix(index, nameOf(["x", ...labels.slice(index)]))).toBe(false);
        expect(place.suffixHash(index)).toBe(soughtName(suffix).suffixHash(0));
        expect(place.octetsBefore(index)).toBe(given.length - suffix.length);
      }
      expect(place.isSuffix(labels.length, ROOT)).toBe(true);
    }),
  );
});

test("labels and suffixes are compared without case", () => {
  const place = soughtName(parseName("wEb.Example."));
  expect(place.labels()).toEqual(["web", "example"]);
  expect(place.isLabel(0, "WeB")).toBe(true);
  expect(place.isSuffix(1, parseName("EXAMPLE."))).toBe(true);
  expect(place.isSuffix(0, parseName("EXAMPLE."))).toBe(false);
});

test.each<[what: string, octets: string]>([
  ["is cut off within a label", "\x03we"],
  ["is cut off before the root", "\x03web"],
  ["has a pointer", "\x03web\xc0\x0c"],
  ["has a label of 64 octets", `\x40${"a".repeat(64)}\0`],
  ["has 256 octets", `${`\x3f${"a".repeat(63)}`.repeat(3)}\x3e${"a".repeat(62)}\0`],
])("nothing is read of a name that %s", (_, octets) => {
  const place = soughtName(parseName("before."));
  expect(place.read(bytesOf(octets), 0)).toBe(-1);
  expect(place.count).toBe(0);
});

test("a name of 255 octets is read", () => {
  const longest = `${`\x3f${"a".repeat(63)}`.repeat(3)}\x3d${"a".repeat(61)}\0`;
  expect(new SoughtName().read(bytesOf(longest), 0)).toBe(255);
});
