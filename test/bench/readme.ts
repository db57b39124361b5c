import { readFileSync, writeFileSync } from "node:fs";
import { machineText, runText } from "./machine.ts";
import type { Effort, Section } from "./report.ts";
import { sectionText } from "./report-text.ts";

const README = new URL("README.md", import.meta.url);

/** Replaces what stands between the marks of a part in README.md. */
export function writeResults(part: string, sections: readonly Section[], effort: Effort): void {
  const [begin, end] = [`<!-- results: ${part} -->`, `<!-- end: ${part} -->`];
  const text = readFileSync(README, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md must have ${begin} … ${end}`);
  const results = [`${runText(effort)}; ${machineText()}.`, "", ...sections.map(sectionText)].join("\n");
  writeFileSync(README, `${text.slice(0, from + begin.length)}\n${results}${text.slice(to)}`);
}
