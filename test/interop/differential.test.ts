import { afterAll, expect } from "vitest";
import { compare } from "./differential.ts";
import { testWith } from "./programs.ts";

const QUERIES = 5000;
/** 50 000 queries in all; more by `DIFFERENTIAL_SEEDS=100 npm run test:interop -- differential`. */
const SEEDS = Number(process.env["DIFFERENTIAL_SEEDS"] ?? 10);

const explained = new Map<string, number>();

for (let seed = 1; seed <= SEEDS; seed++) {
  testWith("nsd", "knotd")(`NSD, Knot and Muster answer the same to ${QUERIES} queries of seed ${seed}`, async () => {
    const comparison = await compare(seed, QUERIES);
    for (const [rule, count] of comparison.explained) explained.set(rule, (explained.get(rule) ?? 0) + count);
    expect(comparison.unexplained.slice(0, 20).join("\n\n")).toBe("");
  });
}

testWith("nsd", "knotd")("a record that only Muster lacks is noticed", async () => {
  const { unexplained } = await compare(1, 500, (text) => text.replace(/^large\.gen\.test\. .*\n/m, ""));
  expect(unexplained).not.toEqual([]);
});

afterAll(() => {
  const lines = [...explained].sort().map(([rule, count]) => `  ${rule}: ${count}`);
  console.log(["Differences explained in test/README.md, by rule:", ...lines].join("\n"));
});
