import type { Field, Opponent } from "./contender.ts";
import type { Figure } from "./report.ts";

/** A value for each round; a string says why there are none. */
type Lane<T> = T[] | string;

/** What was measured, by contender and column. */
export type Runs<T> = ReadonlyMap<string, ReadonlyMap<string, Lane<T>>>;

type Measure<T> = (server: Opponent, column: string) => Promise<T | string>;

/**
 * Measures every contender in every column and round, in turns, so that whatever else the machine does hits all of them. Who
 * fails twice in a row, for a reason that `measure` gives, is out of that column.
 */
export async function inTurns<T>(
  rounds: number,
  columns: readonly string[],
  { servers }: Field,
  measure: Measure<T>,
): Promise<Runs<T>> {
  const lanes = () => new Map<string, Lane<T>>(columns.map((column) => [column, []]));
  const runs = new Map([...servers.keys()].map((name) => [name, lanes()]));
  for (let round = 0; round < rounds; round++) {
    for (const column of columns) {
      // There and back: who is first in one round is last in the next.
      const order = [...servers];
      for (const [name, server] of round % 2 === 0 ? order : order.reverse()) {
        const lane = runs.get(name)!.get(column)!;
        if (typeof lane === "string") continue;
        let run = await measure(server, column);
        if (typeof run === "string") run = await measure(server, column);
        if (typeof run === "string") runs.get(name)!.set(column, run);
        else lane.push(run);
      }
    }
  }
  return runs;
}

export interface Cells<T> {
  readonly unit: string;
  readonly of: (run: T) => number;
  /** The contender whose value of the same round is the measure. */
  readonly base?: string;
}

/** A figure for each contender and column, those that could not be had included. */
export function cells<T>(runs: Runs<T>, { missing }: Field, { unit, of, base }: Cells<T>): Figure[] {
  const measured = [...runs].flatMap(([name, lanes]) =>
    name === base
      ? []
      : [...lanes.keys()].map((column) => ({ name, column, ...figure(runs, { name, column, unit, of, base }) })),
  );
  return [...measured, ...[...missing].map(([name, reason]) => ({ name, unit, values: [], missing: reason }))];
}

interface One<T> {
  readonly name: string;
  readonly column: string;
  readonly unit: string;
  readonly of: (run: T) => number;
  readonly base?: string | undefined;
}

/** One contender's measure in one column: of each round, or its ratio to the base's. */
export function figure<T>(runs: Runs<T>, { name, column, unit, of, base }: One<T>): Omit<Figure, "name"> {
  const own = runs.get(name)?.get(column) ?? `${name} was not measured`;
  const theirs = base === undefined ? [] : (runs.get(base)?.get(column) ?? `${base} was not measured`);
  if (typeof own === "string") return { unit, values: [], missing: own };
  if (typeof theirs === "string") return { unit, values: [], missing: theirs };
  return { unit, values: own.map((run, round) => (base === undefined ? of(run) : of(run) / of(theirs[round]!))) };
}
