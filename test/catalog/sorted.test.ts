import fc from "fast-check";
import { expect, test } from "vitest";
import { rdatasAfter } from "../../src/catalog/moves.ts";

// Few values, so that most stand there more than once; many of them, so that whole slices are taken over.
const values = fc.array(fc.nat(200).map(String), { maxLength: 300 });

/** Each value once, and what is over. */
function setOf(all: readonly string[]) {
  const sorted = [...all].sort();
  const isRepeat = (value: string, i: number) => value === sorted[i - 1];
  return { rdatas: sorted.filter((value, i) => !isRepeat(value, i)), repeats: sorted.filter(isRepeat) };
}

test("RDATA after moves is what all of it sorted anew would be", () => {
  fc.assert(
    fc.property(values, values, fc.array(fc.nat(299), { maxLength: 40 }), (before, came, places) => {
      const gone = new Set(places.filter((place) => place < before.length));
      const went = before.filter((_, i) => gone.has(i));
      const stayed = before.filter((_, i) => !gone.has(i));
      const after = rdatasAfter({ came, went }, setOf(before));
      expect(after).toEqual(setOf([...stayed, ...came]));
    }),
  );
});
