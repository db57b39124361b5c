import { foldName, type Name, parseName } from "../../src/dns/name.ts";
import { randomOf } from "../fuzz/random.ts";
import { askAll } from "./ask.ts";
import { explain } from "./explained.ts";
import type { GeneratedZone } from "./generated-draft.ts";
import { generateQueries, type Query } from "./generated-queries.ts";
import { generateRedirection, generateZone } from "./generated-zone.ts";
import { startKnot } from "./knot.ts";
import { startMuster } from "./muster.ts";
import { startNsd } from "./nsd.ts";
import { directoryWith } from "./processes.ts";
import { type Exchange, exchangeText, type Response } from "./same-answer.ts";

export interface Comparison {
  /** How often a rule of test/README.md explained a difference, by its name. */
  readonly explained: ReadonlyMap<string, number>;
  /** The exchanges with a difference that none explained, in full. */
  readonly unexplained: readonly string[];
}

/**
 * Starts Muster, NSD and Knot with the zones of a seed, asks all three the same queries, and looks for differences. `alter`
 * changes the master files that Muster gets.
 */
export async function compare(
  seed: number,
  queryCount: number,
  alter = (text: string): string => text,
): Promise<Comparison> {
  const zones = generateZones(seed);
  const queries = generateQueries(randomOf(seed, 1), zones, queryCount);
  const texts = Object.fromEntries(zones.map(({ origin, text }) => [origin, text]));
  const files = zones.map(({ text, occluded }, i) => [`${i}.zone`, alter(text + occluded)]);
  const MUSTER_ZONES_DIR = directoryWith(Object.fromEntries(files));
  const servers = await Promise.all([startMuster({ MUSTER_ZONES_DIR }), startNsd(texts), startKnot(texts)]);
  const askEach = (asked: readonly Query[]) => Promise.all(servers.map((server) => askAll(server, asked)));
  const first = await askEach(queries);
  // A client does the same with what is truncated, whoever truncates it.
  const isRetried = queries.map((_, i) => first.some((responses) => responses[i]!.flags.has("tc")));
  const retries = queries.filter((_, i) => isRetried[i]).map((query): Query => ({ ...query, protocol: "tcp" }));
  const second = await askEach(retries);
  const retriedAt = new Map(queries.flatMap((_, i) => (isRetried[i] ? i : [])).map((i, n) => [i, n]));
  const exchanges = [
    ...queries.flatMap((query, i) => exchangesOf(query, i, first, second, retriedAt.get(i))),
    ...retries.flatMap((query, i) => exchangesOf(query, i, second)),
  ];
  return tally(
    exchanges,
    zones.map(({ origin }) => foldName(parseName(origin))),
  );
}

/** Zones that point into one another, one in another, one below a cut of another, and the root's or one that is all a DNAME. */
function generateZones(seed: number): GeneratedZone[] {
  const random = randomOf(seed, 0);
  const [first, second] = ["gen.test.", "other.test."];
  return [
    generateZone(random, first, second, [`sub.${first}`]),
    generateZone(random, second, first),
    generateZone(random, `sub.${first}`, second),
    generateZone(random, `in.cut1.${first}`, first),
    seed % 3 === 0 ? generateZone(random, ".", second, [first, second]) : generateRedirection(random, "away.", first),
  ];
}

/** How Muster and each of the others answered query `i`; `second` are the responses to what was asked again, this one at `n`. */
function exchangesOf(
  query: Query,
  i: number,
  [ours, ...theirs]: readonly Response[][],
  [oursAgain, ...theirsAgain]: readonly Response[][] = [],
  n?: number,
): Exchange[] {
  return (["NSD", "Knot"] as const).map((server, who) => ({
    server,
    query,
    theirs: theirs[who]![i]!,
    ours: ours![i]!,
    ...(n !== undefined && { retried: { theirs: theirsAgain[who]![n]!, ours: oursAgain![n]! } }),
  }));
}

function tally(exchanges: readonly Exchange[], origins: readonly Name[]): Comparison {
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  for (const exchange of exchanges) {
    const rules = explain(exchange, origins);
    if (rules === undefined) unexplained.push(exchangeText(exchange));
    for (const rule of rules ?? []) explained.set(rule, (explained.get(rule) ?? 0) + 1);
  }
  return { explained, unexplained };
}
