import { parseArgs } from "node:util";
import { attack, type Finding, TARGETS } from "./run.ts";

/**
 * `npm run fuzz -- [--iterations 1000000] [--seed N] [--only TARGET] [--case N]`: attacks every property with so many
 * cases, tells each target's first finding and the command that repeats it, and exits with 1 if there was any.
 */
const CASES_PER_STEP = 20_000;

const { values } = parseArgs({
  options: {
    iterations: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string" },
    case: { type: "string" },
  },
});
const seed = numberOf("seed");
const targets = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
if (targets.length === 0) fail(`--only must be one of ${TARGETS.map(({ name }) => name).join(", ")}`);
const share = Math.ceil(numberOf("iterations") / targets.length);
const [first, end] = values.case === undefined ? [0, share] : [numberOf("case"), numberOf("case") + 1];

console.log(`seed ${seed}, ${end - first} cases for each of ${targets.map(({ name }) => name).join(", ")}`);
for (const target of targets) {
  const startMs = performance.now();
  let finding: Finding | undefined;
  for (let at = first; at < end && finding === undefined; at += CASES_PER_STEP) {
    finding = attack(target, seed, at, Math.min(end, at + CASES_PER_STEP));
    if (process.stderr.isTTY) process.stderr.write(`\r${target.name}: ${at}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (finding === undefined) {
    console.log(`${target.name}: holds (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
    continue;
  }
  process.exitCode = 1;
  console.log(`${target.name}: ${finding.problem}`);
  console.log(`  repeat: npm run fuzz -- --seed ${seed} --only "${target.name}" --case ${finding.case}`);
}

function numberOf(option: "iterations" | "seed" | "case"): number {
  const number = Number(values[option]);
  if (!Number.isSafeInteger(number) || number < 0) fail(`--${option} must be a whole number: got ${values[option]}`);
  return number;
}

function fail(message: string): never {
  console.error(`Cannot fuzz as ${message}`);
  process.exit(2);
}
