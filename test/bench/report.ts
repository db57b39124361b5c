/** How much to measure. */
export interface Effort {
  readonly rounds: number;
  /** Of load in one measurement. */
  readonly seconds: number;
  readonly isQuick: boolean;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** One measured thing, with a value for each time it was measured. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly target?: Target;
  /** Why there are no values. */
  readonly missing?: string;
}

/** What the median must be. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** The section as a table, one line per figure, with the spread over the rounds. */
export function sectionText({ title, figures }: Section): string {
  const rows = figures.map(({ name, unit, values, target, missing }) => {
    if (missing !== undefined) return [name, missing];
    const sorted = values.toSorted((a, b) => a - b);
    const numbers = [sorted[0]!, median(values), sorted.at(-1)!].map(numberText);
    return [name, ...numbers, unit, target === undefined ? "" : `${targetText(target)}: ${verdict(target, values)}`];
  });
  const table = [["", "min", "median", "max", "", ""], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...table.filter(({ length }) => length > 2).map((row) => row[column]!.length), 0),
  );
  widths[0] = Math.max(...table.map(([name]) => name!.length));
  const lines = table.map((row) =>
    row.map((cell, i) => (i > 0 && i < 4 && row.length > 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i] ?? 0))),
  );
  return [title, ...lines.map((cells) => `  ${cells.join("  ").trimEnd()}`), ""].join("\n");
}

/** Whether the medians reach their targets, a line each. */
export function targetsText(sections: readonly Section[]): string {
  const lines = sections.flatMap(({ title, figures }) =>
    figures.flatMap(({ name, unit, values, target, missing }) => {
      if (target === undefined) return [];
      const found = missing ?? `${numberText(median(values))} ${unit}`;
      return `  ${missing ? "not measured" : verdict(target, values)}: ${title}, ${name}: ${found}, ${targetText(target)}`;
    }),
  );
  return ["Targets", ...lines, ""].join("\n");
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share `q` of the values lies, between the two nearest ones. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

function verdict(target: Target, values: readonly number[]): "met" | "NOT MET" {
  const value = median(values);
  return ("atLeast" in target ? value >= target.atLeast : value <= target.atMost) ? "met" : "NOT MET";
}

function targetText(target: Target): string {
  return "atLeast" in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
}

/** Three digits that mean something. */
function numberText(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
