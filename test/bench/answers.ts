import { type Ask, asker } from "./asking.ts";
import { type Field, startField } from "./contender.ts";
import { KNOT } from "./peers/knot.ts";
import { DGRAM_MUSTER, MUSTER } from "./peers/muster.ts";
import { NSD } from "./peers/nsd.ts";
import { isInstalled } from "./processes.ts";
import { queryLines } from "./queries.ts";
import type { Effort, Figure, Section } from "./report.ts";
import { cells, figure, inTurns, type Runs } from "./rounds.ts";
import { type Latency, steadyLoad } from "./steady-load.ts";
import { TABLES } from "./table.ts";

const CONTENDERS = [NSD, KNOT, MUSTER, DGRAM_MUSTER];
/** Shares of what a server answers when it is asked as fast as it answers. */
const LOADS: Readonly<Record<string, number>> = { "10 %": 0.1, "50 %": 0.5, "90 %": 0.9 };
const TITLE = "UDP answers at a steady rate, mixed queries";

/** How long answers over UDP take while a server has something, half of it, or nearly all of it to do. */
export async function benchAnswers(effort: Effort): Promise<Section[]> {
  if (!isInstalled("dnsperf") || !isInstalled("cc")) {
    const missing = "needs dnsperf and a C compiler (cc)";
    return [{ title: TITLE, figures: [{ name: "all", unit: "", values: [], missing }] }];
  }
  const layout = TABLES[0]!;
  const field = await startField(CONTENDERS, { layout, threads: 1, isPinned: true });
  const capacities = await capacitiesOf(field, asker(layout, CONTENDERS), effort);
  const load = steadyLoad(queryLines(layout).mixed);
  const runs = await inTurns(effort.rounds, Object.keys(LOADS), field, ({ contender, port }, share) =>
    load(port, capacities.get(contender.name)! * LOADS[share]!, effort.seconds),
  );
  await field.stop();
  return sectionsOf(runs, field);
}

/** Queries per second that each contender answers when it is asked as fast as it answers: its best of two runs. */
async function capacitiesOf({ servers }: Field, ask: Ask, { seconds }: Effort): Promise<Map<string, number>> {
  const capacities = new Map<string, number>();
  for (const [name, server] of [...servers, ...servers]) {
    const run = await ask(server, "mixed", { seconds });
    if (typeof run === "string") throw new Error(`${name} must answer: ${run}`);
    capacities.set(name, Math.max(capacities.get(name) ?? 0, run.queries / run.seconds));
  }
  return capacities;
}

function sectionsOf(runs: Runs<Latency>, field: Field): Section[] {
  const table = (of: (run: Latency) => number, unit: string) => cells(runs, field, { unit, of });
  return [
    { title: TITLE, figures: [target(runs)] },
    { title: `${TITLE}: p50, µs`, figures: table(({ p50 }) => p50, "µs") },
    { title: `${TITLE}: p99, µs`, figures: table(({ p99 }) => p99, "µs") },
    { title: `${TITLE}: lost, %`, figures: table(({ lostShare }) => lostShare * 100, "%") },
  ];
}

function target(runs: Runs<Latency>): Figure {
  const [name, base] = [MUSTER.name, NSD.name];
  const ratio = figure(runs, { name, column: "50 %", unit: "×", of: ({ p99 }) => p99, base });
  return { ...ratio, name: `p99 at half load: ${name} ÷ ${base}`, target: { atMost: 2 } };
}
