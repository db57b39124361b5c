import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { cleanUp } from "../bench/processes.ts";
import { runStorm } from "./run.ts";

/**
 * `npm run storm -- [--minutes 5] [--targets 2000] [--workers N] [--seed N]`: live targets that are stopped, killed and started
 * at random, and a model that decides after each step what must be answered. Ends with 1 when an answer was wrong or missing.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    targets: { type: "string", default: "2000" },
    workers: { type: "string", default: String(availableParallelism()) },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const REPORT_EVERY = 10;
const [minutes, targets, workers, seed] = (["minutes", "targets", "workers", "seed"] as const).map((name) =>
  Number(values[name]),
) as [number, number, number, number];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}

try {
  let seconds = 0;
  const onProgress = (text: string) => {
    if (++seconds % REPORT_EVERY === 0) console.log(text);
  };
  const { steps, asked } = await runStorm({ seconds: minutes * 60, targets, workers, seed, onProgress });
  const { answered, certain, unanswered, rules, wrong } = asked;
  const byRule = [...rules].map(([rule, count]) => `${rule} ${count}`).join(", ");
  console.log(
    `${steps} steps, ${answered} answers, ${certain} certain, ${unanswered} without answer, seed ${seed}: ${byRule}`,
  );
  for (const text of wrong) console.error(text);
  process.exitCode = wrong.length > 0 || unanswered > 0 ? 1 : 0;
} finally {
  await cleanUp();
}
