import * as fc from "fast-check";
import { expect } from "vitest";
import type { Feed, Revision } from "../../../src/catalog/store.ts";
import { dataOf, fold, revisionsOf, tail } from "../tail.ts";
import type { It, Open } from "./subject.ts";

const key = fc.constantFrom("a", "b", "c", "d", "e");
const write = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key, value: fc.string({ maxLength: 3 }) }),
  fc.record({ kind: fc.constant("delete" as const), key }),
);
/** Commits, awaited or not; after each the follower is cut and its successor will hear `cutAfter` items at most. */
const steps = fc.array(
  fc.record({
    writes: fc.array(write, { maxLength: 4 }),
    isAwaited: fc.boolean(),
    cutAfter: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 25 },
);

export function feedCuts(open: Open, it: It): void {
  it("a feed cut anywhere and resumed from the last delivered change equals one that never was", async () => {
    const property = fc.asyncProperty(steps, async (plan) => {
      const store = await open();
      const whole = tail(store, null);
      const pieces = [tail(store, null, 1)];
      const heard = (): Feed[] => dataOf(pieces.flatMap((piece) => piece.heard));
      const cut = (itemsMax?: number): void => {
        pieces.at(-1)?.close();
        pieces.push(tail(store, lastRevision(heard()), itemsMax));
      };
      for (const { writes, isAwaited, cutAfter } of plan) {
        const commit = store.commit(writes);
        if (isAwaited) await commit;
        cut(cutAfter);
      }
      const { revision, items } = await store.read("");
      cut();
      await Promise.all([whole.reached(revision), pieces.at(-1)?.reached(revision)]);

      expect(fold(heard())).toEqual(fold(whole.heard));
      expect([...fold(whole.heard).values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(items);
      expect(new Set(revisionsOf(heard())).size).toBe(revisionsOf(heard()).length);
      await store.close();
    });
    await fc.assert(property, { numRuns: 25 });
  });
}

function lastRevision(data: readonly Feed[]): Revision | null {
  const last = data.at(-1);
  return last === undefined || last.kind === "lost" ? null : last.revision;
}
