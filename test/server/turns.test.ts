import { expect, test } from "vitest";
import { newTurnMemory, Turns } from "../../src/server/turns.ts";

test("turns are counted by key, from 0, by all that share the memory", () => {
  const memory = newTurnMemory();
  const [one, two] = [new Turns(memory), new Turns(memory)];
  const key = 12_345;
  expect([one.next(key), two.next(key), one.next(key), two.next(-key), one.next(-key)]).toEqual([0, 1, 2, 0, 1]);
  expect(new Turns().next(key)).toBe(0);
});

test("keys whose hashes meet have counters of their own, while there are any", () => {
  const turns = new Turns();
  const meeting = Array.from({ length: 8 }, (_, i) => 5 + i * 1024);
  for (const key of meeting) expect(turns.next(key)).toBe(0);
  for (const key of meeting) expect(turns.next(key)).toBe(1);
  expect(turns.next(5 + 8 * 1024)).toBe(2);
});

test("a key of 0 is one like any other", () => {
  const turns = new Turns();
  expect([turns.next(0), turns.next(0)]).toEqual([0, 1]);
});
