import { availableParallelism } from "node:os";
import { asker } from "./asking.ts";
import { type Contender, startField } from "./contender.ts";
import { DGRAM_MUSTER, MUSTER } from "./peers/muster.ts";
import { NSD } from "./peers/nsd.ts";
import { isInstalled } from "./processes.ts";
import type { Effort, Figure, Section } from "./report.ts";
import { cells, inTurns } from "./rounds.ts";
import { TABLES } from "./table.ts";

/** Many, so that the kernel shares them out evenly among the workers' sockets. */
const SOCKETS = 32;
const COLUMN = "mixed";

/** What each further worker adds, on all cores, which the load shares. */
export async function benchWorkers({ rounds, seconds, isQuick }: Effort): Promise<Section[]> {
  const title = "UDP by workers, mixed queries, all cores shared with the load";
  if (!isInstalled("dnsperf")) {
    return [{ title, figures: [{ name: "all", unit: "", values: [], missing: "dnsperf is not installed" }] }];
  }
  const layout = TABLES[0]!;
  const most = isQuick ? 1 : availableParallelism();
  const counts = Array.from({ length: most }, (_, n) => n + 1);
  const contenders = [DGRAM_MUSTER, ...[MUSTER, NSD].flatMap((one) => counts.map((count) => withThreads(one, count)))];
  const field = await startField(contenders, { layout, threads: 1, isPinned: false });
  const ask = asker(layout, contenders);
  const runs = await inTurns(rounds, [COLUMN], field, (server) =>
    ask(server, "mixed", { seconds, clients: SOCKETS, isPinned: false }),
  );
  await field.stop();
  const rate = cells(runs, field, { unit: "/s", of: (run) => run.queries / run.seconds });
  const cpu = cells(runs, field, { unit: "µs", of: (run) => (run.cpuSeconds / run.queries) * 1e6 });
  return [{ title, figures: [...labelled(rate, "queries per second"), ...labelled(cpu, "CPU µs per query")] }];
}

function withThreads(contender: Contender, threads: number): Contender {
  const name = `${contender.name}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  return { ...contender, name, start: (place) => contender.start({ ...place, threads }) };
}

function labelled(figures: readonly Figure[], column: string): Figure[] {
  return figures.map((figure) => (figure.missing === undefined ? { ...figure, column } : figure));
}
