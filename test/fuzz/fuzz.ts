import { parseArgs } from "node:util";
import { attack, type Finding, TARGETS } from "./run.ts";
import { Broken, type Target } from "./target.ts";
import { attackBuiltServer } from "./wire-server.ts";

/**
 * `npm run fuzz -- [--iterations 1000000] [--seed N] [--only TARGET] [--case N]`: attacks every property with so many
 * cases, tells each target's first finding and the command that repeats it, and exits with 1 if there was any.
 * `npm run fuzz -- --wire [--iterations 1000000] [--seed N]`: sends so many packets to the built server instead.
 */
const CASES_PER_STEP = 20_000;

const { values } = parseArgs({
  options: {
    iterations: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string" },
    case: { type: "string" },
    wire: { type: "boolean", default: false },
  },
});
const seed = numberOf("seed");
const iterations = numberOf("iterations");
if (values.wire) await attackWire();
else for (const target of chosenTargets()) await attackTarget(target);

async function attackWire(): Promise<void> {
  console.log(`seed ${seed}, ${iterations} packets to dist/main.js`);
  try {
    await attackBuiltServer({ packets: iterations, seed, progress: (line) => console.log(line) });
    console.log("wire: holds");
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    process.exitCode = 1;
    console.log(`wire: ${error.message}\n  repeat: npm run fuzz -- --wire --seed ${seed} --iterations ${iterations}`);
  }
}

function chosenTargets(): readonly Target[] {
  const targets = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
  if (targets.length === 0) fail(`--only must be one of ${TARGETS.map(({ name }) => name).join(", ")}`);
  console.log(`seed ${seed}, ${iterations} cases for ${targets.map(({ name }) => name).join(", ")}`);
  return targets;
}

async function attackTarget(target: Target): Promise<void> {
  const share = values.only === undefined ? Math.ceil(iterations / TARGETS.length) : iterations;
  const [first, end] = values.case === undefined ? [0, share] : [numberOf("case"), numberOf("case") + 1];
  const startMs = performance.now();
  let finding: Finding | undefined;
  for (let at = first; at < end && finding === undefined; at += CASES_PER_STEP) {
    finding = await attack(target, seed, at, Math.min(end, at + CASES_PER_STEP));
    if (process.stderr.isTTY) process.stderr.write(`\r${target.name}: ${at}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (finding === undefined) {
    console.log(`${target.name}: holds (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
    return;
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
