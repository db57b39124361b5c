import type { Contender, Field } from "./contender.ts";
import type { Run } from "./dnsperf.ts";
import { CONSUL } from "./peers/consul.ts";
import { C_ECHO } from "./peers/echo.ts";
import { KNOT } from "./peers/knot.ts";
import { CHANGES_PER_SECOND, CHANGING_MUSTER, MUSTER } from "./peers/muster.ts";
import { NSD } from "./peers/nsd.ts";
import { HITS, type Mix } from "./queries.ts";
import type { Figure, Section, Target } from "./report.ts";
import { type Cells, cells, figure, type Runs } from "./rounds.ts";

/** A run, and what went on beside the queries. */
export interface UdpRun extends Run {
  /** CPU seconds that the changes take in a second when nobody asks. */
  readonly changesCpuShare: number;
  readonly changesPerSecond: number;
}

/** What was measured of one table. */
export function udpSections(measured: Runs<UdpRun>, field: Field, table: string): Section[] {
  const runs = withQueriesOnly(measured);
  const section = (title: string, cell: Cells<UdpRun>) => ({
    title: `UDP, ${table}: ${title}`,
    figures: cells(runs, field, cell),
  });
  const [cpu, rate] = ["CPU per query", "queries per second on one core"];
  return [
    { title: `UDP, ${table}`, figures: targets(runs) },
    section(`${cpu}, × ${C_ECHO.name}`, { unit: "×", of: perQuery, base: C_ECHO.name }),
    section(`${cpu}, µs`, { unit: "µs", of: perQuery }),
    section(`${rate}, × ${NSD.name}`, { unit: "×", of: perSecond, base: NSD.name }),
    section("octets of a response", { unit: "octets", of: (run) => run.octets }),
  ];
}

/** CPU microseconds. */
export const perQuery = (run: Run) => (run.cpuSeconds / run.queries) * 1e6;
const perSecond = (run: Run) => run.queries / run.seconds;

const QUERIES_OF_CHANGING = `${CHANGING_MUSTER.name}, queries only`;

/** With a row for what queries cost while the table changes: all that is used, less what the changes use when nobody asks. */
function withQueriesOnly(runs: Runs<UdpRun>): Runs<UdpRun> {
  const lanes = runs.get(CHANGING_MUSTER.name);
  if (lanes === undefined) return runs;
  const without = (run: UdpRun) => ({ ...run, cpuSeconds: run.cpuSeconds - run.changesCpuShare * run.seconds });
  const own = new Map([...lanes].map(([mix, lane]) => [mix, typeof lane === "string" ? lane : lane.map(without)]));
  return new Map([...runs].flatMap((entry) => (entry[1] === lanes ? [entry, [QUERIES_OF_CHANGING, own]] : [entry])));
}

/** What is promised of the mixed queries, and of names that are not there. */
function targets(runs: Runs<UdpRun>): Figure[] {
  const ratio = (name: string, { name: base }: Contender, target: Target): Figure => {
    const own = figure(runs, { name, column: "mixed", unit: "×", of: perQuery, base });
    return { ...own, name: `CPU per query, mixed: ${name} ÷ ${base}`, target };
  };
  const [lane = "not measured"] = [runs.get(CHANGING_MUSTER.name)?.get("mixed")];
  return [
    ...[MUSTER.name, QUERIES_OF_CHANGING].flatMap((name) => [
      ratio(name, C_ECHO, { atMost: 1.25 }),
      ratio(name, NSD, { atMost: 1 }),
      ratio(name, KNOT, { atMost: 1 }),
    ]),
    ratio(CONSUL.name, MUSTER, { atLeast: 15 }),
    floodFigure(runs),
    {
      name: "changes published beside the mixed queries",
      unit: "/s",
      ...(typeof lane === "string"
        ? { values: [], missing: lane }
        : { values: lane.map((run) => run.changesPerSecond) }),
      target: { atLeast: 0.95 * CHANGES_PER_SECOND },
    },
  ];
}

/** What a random name that is not there costs, in units of what hits cost. */
function floodFigure(runs: Runs<UdpRun>): Figure {
  const of = (mix: Mix) => figure(runs, { name: MUSTER.name, column: mix, unit: "×", of: perQuery });
  const [flood, ...hits] = [of("NXDOMAIN, random"), ...HITS.map(of)];
  const missing = [flood, ...hits].find((one) => one.missing !== undefined)?.missing;
  const mean = (round: number) => hits.reduce((sum, { values }) => sum + values[round]!, 0) / hits.length;
  return {
    name: `CPU per query: random NXDOMAIN ÷ mean of ${HITS.join(", ")}`,
    unit: "×",
    ...(missing === undefined
      ? { values: flood.values.map((cost, round) => cost / mean(round)) }
      : { values: [], missing }),
    target: { atMost: 1 },
  };
}
