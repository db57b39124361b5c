import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { cleanUp } from "../bench/processes.ts";
import { soak } from "./run.ts";
import { growth, type Vitals } from "./vitals.ts";

/**
 * `npm run soak -- [--minutes 30] [--workers N] [--seed N]`: a server under changes and queries for a long time. Ends with 1 when an
 * answer was wrong or missing, or when what the server holds, or the time it takes, has grown.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    workers: { type: "string", default: String(availableParallelism()) },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const SAMPLES = 60;
const [minutes, workers, seed] = [values.minutes, values.workers, values.seed].map(Number) as [number, number, number];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}

try {
  const seconds = minutes * 60;
  const options = {
    seconds,
    workers,
    seed,
    sampleSeconds: seconds / SAMPLES,
    onSample: (one: Vitals) => console.log(vitalsText(one)),
  };
  const { changes, asked, samples } = await soak(options);
  console.log(`${changes} changes, ${asked.answered} answers, ${asked.unanswered} without answer, seed ${seed}`);
  const problems = [
    ...asked.wrong,
    ...growth(samples),
    ...(asked.unanswered > 0 ? ["every question must be answered"] : []),
  ];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await cleanUp();
}

function vitalsText({ atSeconds, fds, rssMb, heapMb, p99Ms }: Vitals): string {
  const [rss, heap, p99] = [rssMb, heapMb, p99Ms].map((value) => value.toFixed(1));
  return `${Math.round(atSeconds)} s: ${fds} fds, ${rss} MB resident, heap ${heap} MB, p99 ${p99} ms`;
}
