import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchAb } from "./ab.ts";
import { benchAnswers } from "./answers.ts";
import { benchChecks } from "./checks.ts";
import { machineText, runText } from "./machine.ts";
import { benchMemory } from "./memory.ts";
import { cleanUp } from "./processes.ts";
import { writeResults } from "./readme.ts";
import { benchRegister } from "./register.ts";
import type { Effort, Section } from "./report.ts";
import { sectionText, targetsText } from "./report-text.ts";
import { benchStreams } from "./streams.ts";
import { benchUdp } from "./udp.ts";
import { benchVisible } from "./visible.ts";
import { benchWorkers } from "./workers.ts";

/**
 * `npm run bench -- [--rounds 5] [--seconds 3] [--quick] [--only PART,…] [--json FILE]`: measures
 * what is promised, beside what others do on the same machine, says which targets are met, and writes each part into
 * README.md, which tells how. `--ab REF1 REF2` compares two versions of the program instead.
 */
const PARTS: Readonly<Record<string, (effort: Effort) => Promise<Section[]>>> = {
  udp: benchUdp,
  streams: benchStreams,
  answers: benchAnswers,
  workers: benchWorkers,
  register: benchRegister,
  visible: benchVisible,
  memory: benchMemory,
  checks: benchChecks,
};

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: Object.keys(PARTS).join() },
    ab: { type: "boolean", default: false },
    json: { type: "string" },
  },
  allowPositionals: true,
});
const effort: Effort = {
  rounds: numberOf("rounds", values.quick ? 1 : 5),
  seconds: numberOf("seconds", values.quick ? 0.5 : 3),
  isQuick: values.quick,
};
const chosen = values.only.split(",");
for (const name of chosen) if (!(name in PARTS)) fail(`--only must be of ${Object.keys(PARTS).join()}: got ${name}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}

try {
  await run();
} finally {
  await cleanUp();
}

async function run(): Promise<void> {
  console.log(`${machineText()}; ${runText(effort)}\n`);
  const sections: Section[] = [];
  if (values.ab) sections.push(...shown(await benchAb(refs(), effort)));
  for (const name of values.ab ? [] : chosen) {
    const own = shown(await PARTS[name]!(effort));
    // Too short a run must not stand where figures are cited from.
    if (!effort.isQuick) writeResults(name, own, effort);
    sections.push(...own);
  }
  if (!values.ab) console.log(targetsText(sections));
  if (values.json === undefined) return;
  const results = { machine: machineText(), run: runText(effort), effort, sections };
  writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

function shown(sections: Section[]): Section[] {
  for (const section of sections) console.log(sectionText(section));
  return sections;
}

function refs(): [string, string] {
  const [first, second, ...more] = positionals;
  if (first === undefined || second === undefined || more.length > 0) fail("--ab must be followed by two versions");
  return [first, second];
}

function numberOf(option: "rounds" | "seconds", fallback: number): number {
  const text = values[option];
  const number = text === undefined ? fallback : Number(text);
  if (!(number > 0) || (option === "rounds" && !Number.isInteger(number)))
    fail(`--${option} must be above 0: got ${text}`);
  return number;
}

function fail(message: string): never {
  console.error(`Cannot bench as ${message}`);
  process.exit(2);
}
