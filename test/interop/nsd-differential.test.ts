import { expect } from "vitest";
import { nameText } from "../../src/dns/name.ts";
import { typeText } from "../../src/dns/type-names.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import { randomOf } from "../fuzz/random.ts";
import { askAll } from "./ask.ts";
import { generateQueries, type Query } from "./generated-queries.ts";
import { generateZone } from "./generated-zone.ts";
import { type Muster, startMuster } from "./muster.ts";
import { type Nsd, startNsd } from "./nsd.ts";
import { directoryWith, run } from "./processes.ts";
import { testWith } from "./programs.ts";
import { essence, mismatchText } from "./same-answer.ts";

const QUERIES = 1000;
const QUERIES_BY_DIG = 50;

for (const seed of [1, 2, 3]) {
  testWith("nsd")(`NSD and Muster answer the same to ${QUERIES} queries of seed ${seed}`, async () => {
    const { nsd, muster, queries } = await startBoth(seed);
    const [theirs, ours] = await Promise.all([askAll(nsd, queries), askAll(muster, queries)]);
    const mismatches = queries.flatMap((_, i) =>
      essence(theirs[i]!) === essence(ours[i]!) ? [] : [mismatchText(theirs[i]!, ours[i]!)],
    );
    expect(mismatches.join("\n\n")).toBe("");
  });
}

testWith("nsd", "dig")(`dig prints the same from NSD and Muster for ${QUERIES_BY_DIG} queries`, async () => {
  const { nsd, muster, queries } = await startBoth(4);
  const questions = queries.slice(0, QUERIES_BY_DIG);
  expect(await digAll(muster, questions)).toEqual(await digAll(nsd, questions));
});

/** NSD and Muster with the same two zones, which point into one another, and queries for both. */
async function startBoth(seed: number): Promise<{ nsd: Nsd; muster: Muster; queries: readonly Query[] }> {
  const random = randomOf(seed, 0);
  const first = generateZone(random, "gen.test.", "other.test.");
  const second = generateZone(random, "other.test.", "gen.test.");
  const nsd = await startNsd({ "gen.test": first.text, "other.test": second.text });
  const MUSTER_ZONES_DIR = directoryWith({ "gen.test.zone": first.text, "other.test.zone": second.text });
  return {
    nsd,
    muster: await startMuster({ MUSTER_ZONES_DIR }),
    queries: generateQueries(random, [first, second], QUERIES),
  };
}

/** What dig prints of each answer: its status, then its sections as sorted lines without the differences in case. */
async function digAll(server: Endpoint, queries: readonly Query[]): Promise<string[]> {
  const questions = queries.flatMap(({ name, type }) => [nameText(name), typeText(type)]);
  const options = ["+norecurse", "+nocookie", "+noall", "+comments", "+answer", "+authority"];
  const output = await run("dig", `@${server.address}`, "-p", String(server.port), ...options, ...questions);
  return output.split(/^;; Got answer:$/m).map((answer) => {
    const status = /status: [A-Z]+/.exec(answer)?.[0] ?? "";
    const records = answer.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
    return [status, ...records.map((line) => line.toLowerCase()).sort()].join("\n");
  });
}
