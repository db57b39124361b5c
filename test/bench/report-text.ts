import { type Figure, isMet, median, type Section, type Target } from "./report.ts";

/** A section in Markdown, in columns that line up on a terminal too. */
export function sectionText({ title, note, figures }: Section): string {
  const rows = figures.some(({ column }) => column !== undefined) ? comparison(figures) : list(figures);
  return [`### ${title}`, "", ...(note === undefined ? [] : [note, ""]), ...tableLines(rows), ""].join("\n");
}

/** Whether the medians reach their targets, a row each. */
export function targetsText(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ title, figures }) =>
    figures.flatMap((figure) => {
      const { name, unit, values, target, missing } = figure;
      if (target === undefined) return [];
      const found = values.length === 0 ? (missing ?? "") : `${numberText(median(values))} ${unit}`.trim();
      return [[verdictText(figure), `${title}: ${name}`, found, targetText(target)]];
    }),
  );
  return ["### Targets", "", ...tableLines([["", "", "median", "target"], ...rows]), ""].join("\n");
}

/** A row for each figure, with the spread over the rounds. */
function list(figures: readonly Figure[]): string[][] {
  const rows = figures.map((figure) => {
    const { name, unit, values, target, missing } = figure;
    const wanted = target === undefined ? "" : `${targetText(target)}: ${verdictText(figure)}`;
    if (values.length === 0) return [name, missing ?? "", "", "", "", wanted];
    return [name, ...[Math.min(...values), median(values), Math.max(...values)].map(numberText), unit, wanted];
  });
  return [["", "min", "median", "max", "", "target"], ...rows];
}

/** A row for each name and a column for what is compared, as `median (min–max)`. */
function comparison(figures: readonly Figure[]): string[][] {
  const columns = [...new Set(figures.flatMap(({ column }) => column ?? []))];
  const names = [...new Set(figures.map(({ name }) => name))];
  const rows = names.map((name) => {
    const own = figures.filter((figure) => figure.name === name);
    if (own.every(({ column }) => column === undefined))
      return [name, own[0]!.missing ?? "", ...columns.slice(1).map(() => "")];
    return [name, ...columns.map((column) => cellText(own.find((figure) => figure.column === column)))];
  });
  return [["", ...columns], ...rows];
}

function cellText(figure: Figure | undefined): string {
  if (figure === undefined) return "";
  const { values, missing } = figure;
  if (values.length === 0) return missing ?? "";
  const middle = numberText(median(values));
  return values.length === 1
    ? middle
    : `${middle} (${numberText(Math.min(...values))}–${numberText(Math.max(...values))})`;
}

function tableLines([head, ...rows]: readonly string[][]): string[] {
  const all = [head!, ...rows];
  const widths = head!.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head!), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)];
}

function verdictText({ target, values }: Figure): string {
  if (target === undefined) return "";
  if (values.length === 0) return "not measured";
  return isMet(target, values) ? "met" : "NOT MET";
}

function targetText(target: Target): string {
  return "atLeast" in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
}

/** Three digits that mean something. */
function numberText(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
