import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { dnsperf, dnsperfAt } from "./dnsperf.ts";
import { fill, instancePath, registration, send, startMuster } from "./muster.ts";
import { isInstalled, makeDirectory } from "./processes.ts";
import { OUR_NAMES, writeQueries } from "./queries.ts";
import { type Effort, type Figure, quantile, type Section } from "./report.ts";
import { type Layout, TABLES, tableText } from "./table.ts";
import { openWatcher, type Watcher } from "./watcher.ts";

interface Scene {
  readonly title: string;
  readonly layout: Layout;
  /** While it answers half of the queries it can. */
  readonly isLoaded: boolean;
}

/** With the one that is being registered, 10 000 instances each. */
const SCENES: readonly Scene[] = [
  { title: "in services of 8", layout: TABLES[0]!, isLoaded: false },
  { title: "in services of 8, at half load", layout: TABLES[0]!, isLoaded: true },
  { title: "in one service of 10 000", layout: { services: 1, instancesPerService: 9999 }, isLoaded: false },
];
/** Of an instance that no table has. */
const ID = 1_000_000;
const PAUSE_MS_MAX = 15;
const POLL_MS = 1;
const TARGET_MS = 10;

interface Sample {
  /** From the request to the first DNS answer of every worker that has the instance. */
  readonly visibleMs: number;
  /** From the request to its 200. */
  readonly acceptedMs: number;
  /** Whether every worker answered when it was asked after the 200. */
  readonly isTrue: boolean;
}

/** How long a registration takes until every worker answers it, among 10 000 instances. */
export async function benchVisible(effort: Effort): Promise<Section[]> {
  const sections: Section[] = [];
  for (const scene of SCENES) sections.push(await play(scene, effort));
  return sections;
}

async function play({ title: where, layout, isLoaded }: Scene, { rounds, isQuick, seconds }: Effort): Promise<Section> {
  const title = `Registration to answer, ${tableText(TABLES[0]!)} ${where}`;
  if (isLoaded && !isInstalled("dnsperf")) {
    return { title, figures: [{ name: "all", unit: "", values: [], missing: "dnsperf is not installed" }] };
  }
  const directory = makeDirectory();
  const workers = availableParallelism();
  const muster = await startMuster({ directory, workers });
  await fill(muster.url, layout);
  const load = isLoaded
    ? await halfLoad({ pid: muster.pid, port: muster.dnsPort }, directory, layout, seconds)
    : undefined;
  const world = { http: new Pool(muster.url, { connections: 1 }), watcher: await openWatcher(muster.dnsPort, workers) };
  await sample(world, layout, 50);
  const runs: Sample[][] = [];
  for (let round = 0; round < rounds; round++) runs.push(await sample(world, layout, isQuick ? 100 : 500));
  await load?.stop();
  await world.http.close();
  world.watcher.close();
  await muster.stop();
  return { title, figures: figuresOf(runs) };
}

async function halfLoad(server: { pid: number; port: number }, directory: string, layout: Layout, seconds: number) {
  const file = writeQueries(directory, layout, OUR_NAMES).mixed;
  const full = await dnsperf(server, { file, seconds, clients: 32, isPinned: false });
  if (typeof full === "string") throw new Error(`Muster must answer: ${full}`);
  return dnsperfAt(server.port, file, full.queries / full.seconds / 2);
}

function figuresOf(runs: readonly Sample[][]): Figure[] {
  const over = (measure: (one: Sample) => number, q: number) =>
    runs.map((samples) => quantile(samples.map(measure), q));
  const [visible, accepted] = [(one: Sample) => one.visibleMs, (one: Sample) => one.acceptedMs];
  return [
    { name: "until every worker answers, p50", unit: "ms", values: over(visible, 0.5) },
    { name: "until every worker answers, p99", unit: "ms", values: over(visible, 0.99), target: { atMost: TARGET_MS } },
    { name: "until the 200, p50", unit: "ms", values: over(accepted, 0.5) },
    { name: "until the 200, p99", unit: "ms", values: over(accepted, 0.99) },
    {
      name: "200s that a worker did not answer",
      unit: "",
      values: runs.map((samples) => samples.filter(({ isTrue }) => !isTrue).length),
      target: { atMost: 0 },
    },
  ];
}

interface World {
  readonly http: Pool;
  readonly watcher: Watcher;
}

/** Registers instances one after the other, each at its own moment, and takes them out again. */
async function sample({ http, watcher }: World, { services }: Layout, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let n = 0; n < count; n++) {
    await sleep(Math.random() * PAUSE_MS_MAX);
    const service = n % services;
    const path = instancePath(service, ID);
    const owner = OUR_NAMES.instance(service, ID);
    const startMs = performance.now();
    const accepted = send(http, "PUT", path, registration(n)).then(async () => {
      const acceptedMs = performance.now() - startMs;
      return { acceptedMs, isTrue: await watcher.isThere(owner) };
    });
    await watcher.untilThere(owner, POLL_MS);
    const visibleMs = performance.now() - startMs;
    samples.push({ visibleMs, ...(await accepted) });
    await send(http, "DELETE", path);
  }
  return samples;
}
