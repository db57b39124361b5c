import type { Name } from "../../src/dns/name.ts";
import { explainAdditional } from "./explained-additional.ts";
import { RULES } from "./explained-rules.ts";
import { differences, type Exchange } from "./same-answer.ts";

/**
 * The names of the rules of test/README.md that account for all differences of an exchange, none when there is no
 * difference; undefined when one is left.
 */
export function explain(exchange: Exchange, origins: readonly Name[]): readonly string[] | undefined {
  let left = differences(exchange);
  const names: string[] = [];
  for (const { name, aspects, holds } of RULES) {
    if (!left.some((aspect) => aspects.includes(aspect)) || !holds(exchange, origins)) continue;
    left = left.filter((aspect) => !aspects.includes(aspect));
    names.push(name);
  }
  if (left.length === 0) return names;
  const additional = left.join() === "additional" ? explainAdditional(exchange, origins) : undefined;
  return additional && [...names, ...additional];
}
