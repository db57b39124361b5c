import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchLatency } from "./latency.ts";
import { benchMemory } from "./memory.ts";
import { CORES, cleanUp } from "./processes.ts";
import { benchRegister } from "./register.ts";
import { type Effort, type Section, sectionText, targetsText } from "./report.ts";
import { benchUdp } from "./udp.ts";

/**
 * `npm run bench -- [--rounds 3] [--seconds 3] [--quick] [--only udp,register,latency,memory] [--json FILE]`: measures
 * what is promised, beside what others do on the same machine, and says which targets are met. README.md tells how.
 */
const PARTS: Readonly<Record<string, (effort: Effort) => Promise<Section[]>>> = {
  udp: benchUdp,
  register: benchRegister,
  latency: benchLatency,
  memory: benchMemory,
};

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: Object.keys(PARTS).join() },
    json: { type: "string" },
  },
});
const effort: Effort = {
  rounds: numberOf("rounds", values.quick ? 1 : 3),
  seconds: numberOf("seconds", values.quick ? 1 : 3),
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
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
  console.log(`${machine}, ${effort.rounds} rounds; ${CORES ? "server and load on a core each" : "no cores chosen"}\n`);
  const sections: Section[] = [];
  for (const name of chosen) {
    for (const section of await PARTS[name]!(effort)) {
      sections.push(section);
      console.log(sectionText(section));
    }
  }
  console.log(targetsText(sections));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, effort, sections }, null, 2)}\n`);
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
