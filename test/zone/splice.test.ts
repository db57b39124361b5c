import fc from "fast-check";
import { expect, test } from "vitest";
import { spliced, splicesOf } from "../../src/zone/splice.ts";

const lists = fc.array(fc.nat(30), { maxLength: 60 });

test("splices of any two lists make the one of the other", () => {
  fc.assert(
    fc.property(lists, lists, (before, after) => {
      expect(spliced(before, splicesOf(before, after))).toEqual(after);
    }),
  );
});

test("splices of a list in which some values came, went and changed hold little more than those", () => {
  const edits = fc.array(fc.record({ at: fc.nat(4999), kind: fc.constantFrom("add", "drop", "change") }), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(edits, (made) => {
      const before = numbers(5000);
      const after = made.reduce((list, { at, kind }, n) => {
        const added = kind === "drop" ? [] : [10_000 + n];
        return list.toSpliced(Math.min(at, list.length - 1), kind === "add" ? 0 : 1, ...added);
      }, before);
      const splices = splicesOf(before, after);
      expect(spliced(before, splices)).toEqual(after);
      expect(splices.values.length).toBeLessThanOrEqual(2 * made.length);
    }),
  );
});

test.each<[what: string, before: number[], after: number[], added: number]>([
  ["thousands put in at one place", numbers(3000), numbers(3000).toSpliced(70, 0, ...numbers(2000, 10_000)), 2000],
  ["thousands taken out at one place", numbers(5000), numbers(5000).toSpliced(70, 3000), 0],
  ["every other value taken out", numbers(5000), numbers(5000).filter((n) => n % 2 === 0), 0],
  ["another value behind each", numbers(5000), numbers(5000).flatMap((n) => [n, n + 10_000]), 5000],
  ["the other way round", numbers(100), numbers(100).reverse(), 100],
  ["nothing", numbers(100), numbers(100), 0],
])("splices for %s", (_, before, after, added) => {
  const splices = splicesOf(before, after);
  expect(spliced(before, splices)).toEqual(after);
  expect(splices.values.length).toBeLessThanOrEqual(added);
});

function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, n) => from + n);
}
