import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cpuSeconds, isInstalled, makeDirectory, onCore } from "./processes.ts";
import type { Effort, Figure, Section } from "./report.ts";
import { CONTENDERS, type DnsServer } from "./rivals.ts";
import { queryMixes } from "./zone.ts";

const WARM_UP_SECONDS = 2;
const CLIENTS = 4;
const QUERIES_IN_FLIGHT = 100;
/** More than this and the figures speak of the losses, not of the server. */
const LOST_SHARE_MAX = 0.01;
const MEASURE = "NSD";
const FLOOR = "echo in Node (dgram)";

interface Run {
  readonly queriesPerCpuSecond: number;
  readonly queriesPerSecond: number;
}

/** By contender, then by query mix: a run per round. A string says why a contender was not measured. */
type Results = Map<string, Map<string, Run[]> | string>;

/** What an answer costs over UDP, beside what it costs others, asked the same of the same zone in turns. */
export async function benchUdp(effort: Effort): Promise<Section[]> {
  if (!isInstalled("dnsperf")) {
    return [{ title: "UDP", figures: [{ name: "all", unit: "", values: [], missing: "dnsperf is not installed" }] }];
  }
  const directory = makeDirectory();
  const mixes = writeMixes(directory);
  const results: Results = new Map();
  const servers = new Map<string, DnsServer>();
  for (const { name, start } of CONTENDERS) {
    const own = join(directory, name);
    mkdirSync(own);
    const server = await start(own);
    results.set(name, typeof server === "string" ? server : new Map([...mixes.keys()].map((mix) => [mix, []])));
    if (typeof server !== "string") servers.set(name, server);
  }
  for (const server of servers.values()) await load(server, mixes.get("mixed")!, WARM_UP_SECONDS);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [mix, file] of mixes) {
      // In turns, so that whatever else the machine does hits all of them.
      for (const [name, server] of servers) {
        const runs = results.get(name) as Map<string, Run[]>;
        runs.get(mix)!.push(await load(server, file, effort.seconds));
      }
    }
  }
  for (const server of servers.values()) await server.stop();
  return sectionsOf(results, [...mixes.keys()]);
}

function writeMixes(directory: string): Map<string, string> {
  return new Map(
    Object.entries(queryMixes()).map(([mix, lines]) => {
      const file = join(directory, `${mix}.queries`);
      writeFileSync(file, `${lines.join("\n")}\n`);
      return [mix, file];
    }),
  );
}

/** Loads a server as fast as it answers and takes its CPU time before and after. */
async function load(server: DnsServer, file: string, seconds: number): Promise<Run> {
  const counts = ["-c", CLIENTS, "-q", QUERIES_IN_FLIGHT, "-l", seconds].map(String);
  const [command, ...args] = onCore("load", [
    "dnsperf",
    "-s",
    "127.0.0.1",
    "-p",
    String(server.port),
    "-d",
    file,
    "-e",
    ...counts,
  ]);
  const before = cpuSeconds(server.pid);
  const { stdout } = await promisify(execFile)(command!, args);
  const cpu = cpuSeconds(server.pid) - before;
  const [sent, completed] = [numberIn(stdout, "Queries sent"), numberIn(stdout, "Queries completed")];
  if (sent - completed > sent * LOST_SHARE_MAX)
    throw new Error(`${sent - completed} of ${sent} queries were lost:\n${stdout}`);
  return { queriesPerCpuSecond: completed / cpu, queriesPerSecond: numberIn(stdout, "Queries per second") };
}

function numberIn(text: string, label: string): number {
  return Number(new RegExp(`${label}:\\s+([0-9.]+)`).exec(text)?.[1]);
}

function sectionsOf(results: Results, mixes: readonly string[]): Section[] {
  const names = [...results.keys()];
  const ratios = (of: readonly string[], to: string, measure: keyof Run) =>
    of.flatMap((name) => mixes.map((mix) => ratio(results, name, to, mix, measure)));
  return [
    {
      title: "UDP: queries per CPU second, as a ratio to NSD",
      figures: ratios(
        names.filter((name) => name !== MEASURE),
        MEASURE,
        "queriesPerCpuSecond",
      ),
    },
    {
      title: `UDP: queries per CPU second, as a ratio to the ${FLOOR}`,
      figures: ratios(["Muster"], FLOOR, "queriesPerCpuSecond"),
    },
    {
      title: "UDP: queries per second on one core, as a ratio to NSD",
      figures: ratios(
        names.filter((name) => name !== MEASURE),
        MEASURE,
        "queriesPerSecond",
      ),
    },
    {
      title: "UDP: CPU per query, of this machine and this run",
      figures: names.map((name) => microseconds(results, name)),
    },
  ];
}

/** Round by round, one contender's measure over another's. */
function ratio(results: Results, name: string, to: string, mix: string, measure: keyof Run): Figure {
  const [ours, theirs] = [results.get(name)!, results.get(to)!];
  const isTarget = name === "Muster" && to === MEASURE && mix === "mixed" && measure === "queriesPerCpuSecond";
  const figure = { name: `${name}, ${mix}`, unit: `× ${to}`, ...(isTarget && { target: { atLeast: 0.4 } }) };
  if (typeof ours === "string") return { ...figure, values: [], missing: ours };
  if (typeof theirs === "string") return { ...figure, values: [], missing: theirs };
  const values = ours.get(mix)!.map((run, round) => run[measure] / theirs.get(mix)![round]![measure]);
  return { ...figure, values };
}

function microseconds(results: Results, name: string): Figure {
  const runs = results.get(name)!;
  const figure = { name: `${name}, mixed`, unit: "µs" };
  if (typeof runs === "string") return { ...figure, values: [], missing: runs };
  return { ...figure, values: runs.get("mixed")!.map(({ queriesPerCpuSecond }) => 1e6 / queriesPerCpuSecond) };
}
