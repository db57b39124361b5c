import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Store } from "../../src/catalog/store.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { sqliteSubject } from "./sqlite-subject.ts";
import { dataOf, tail } from "./tail.ts";

const key = fc.constantFrom("a", "a/1", "a/2", "b", "é", "\u{1f600}");
/** Sessions are named by the order in which they were opened; 9 is none. */
const session = fc.constantFrom(0, 1, 9, 9);
const write = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key, value: fc.string({ maxLength: 3 }), session }),
  fc.record({ kind: fc.constant("delete" as const), key }),
);
const guard = fc.record({ key, revision: fc.nat({ max: 12 }) });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("commit" as const), writes: fc.array(write, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("guarded" as const),
      writes: fc.array(write, { maxLength: 2 }),
      guards: fc.array(guard, { maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("endSession" as const), session: fc.constantFrom(0, 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const), before: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("read" as const), prefix: key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("follow" as const), from: fc.option(fc.nat({ max: 20 })) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Everything a store says while it is taken through `steps`. */
async function record(store: Store, steps: readonly Step[]): Promise<unknown[]> {
  const sessions = [await store.session(1e6), await store.session(1e6)];
  const whole = tail(store, null);
  const said: unknown[] = [];
  const commit = (
    writes: (Step & { kind: "commit" })["writes"],
    guards: (Step & { kind: "guarded" })["guards"] = [],
  ) => {
    const named = writes.map((one) => {
      if (one.kind === "delete") return one;
      const { session: index, ...bare } = one;
      const id = sessions[index]?.id;
      return id === undefined ? bare : { ...bare, session: id };
    });
    return store.commit(named, guards).catch(String);
  };
  const follow = async (from: number | null): Promise<unknown> => {
    const follower = tail(store, from);
    await follower.reached((await store.read("")).revision);
    return dataOf(follower.heard);
  };
  await whole.reached(0);
  for (const one of steps) {
    switch (one.kind) {
      case "commit":
        said.push(await commit(one.writes));
        break;
      case "guarded":
        said.push(await commit(one.writes, one.guards));
        break;
      case "endSession":
        said.push(await sessions[one.session]?.close());
        break;
      case "compact":
        said.push(await store.compact(one.before));
        break;
      case "read":
        said.push(await store.read(one.prefix));
        break;
      case "follow":
        said.push(await follow(one.from));
    }
  }
  await whole.reached((await store.read("")).revision);
  return [...said, dataOf(whole.heard), await store.read("")];
}

test("memory and SQLite say the same of every sequence of requests", async () => {
  const compare = async (steps: readonly Step[]): Promise<void> => {
    const subject = sqliteSubject();
    const [memory, sqlite] = [createMemoryStore(), await subject.open()];
    try {
      expect(await record(sqlite, steps)).toEqual(await record(memory, steps));
    } finally {
      await Promise.all([memory.close(), subject.dispose()]);
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), compare), { numRuns: 40 });
}, 60_000);
