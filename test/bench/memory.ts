import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "undici";
import { fill, type Layout, type Muster, startMuster } from "./muster.ts";
import { firstLine, makeDirectory, rssOctets } from "./processes.ts";
import { type Effort, type Figure, median, type Section } from "./report.ts";

const LAYOUTS: readonly Layout[] = [
  { services: 0, instancesPerService: 0 },
  { services: 100, instancesPerService: 100 },
  { services: 1000, instancesPerService: 100 },
];
/** What loading left behind is given back by then, as far as the collector does so by itself. */
const SETTLE_MS = 2000;
/** Lets SIGUSR1 open the inspector on a free port. */
const NODE_FLAGS = ["--inspect-port=127.0.0.1:0"];

interface Measured {
  readonly layout: Layout;
  readonly fillSeconds: number;
  /** A value per start. */
  readonly startSeconds: readonly number[];
  readonly rss: readonly number[];
  readonly heap: readonly number[];
  readonly collectedRss: readonly number[];
}

/** How long a server takes to start on a table that is there, and what an instance occupies. */
export async function benchMemory({ rounds }: Effort): Promise<Section[]> {
  const measured: Measured[] = [];
  for (const layout of LAYOUTS) measured.push(await measure(layout, rounds));
  const [empty, ...full] = measured as [Measured, ...Measured[]];
  return full.map((one) => sectionOf(one, empty));
}

async function measure(layout: Layout, rounds: number): Promise<Measured> {
  const directory = makeDirectory();
  const first = await startMuster({ directory });
  const startMs = performance.now();
  await fill(first.url, layout);
  const fillSeconds = (performance.now() - startMs) / 1000;
  await first.stop();
  const [startSeconds, rss, heap, collectedRss]: number[][] = [[], [], [], []];
  for (let round = 0; round < rounds; round++) {
    const muster = await startMuster({ directory, nodeFlags: NODE_FLAGS });
    await sleep(SETTLE_MS);
    startSeconds!.push(muster.startSeconds);
    rss!.push(rssOctets(muster.pid));
    heap!.push(await heapAfterCollection(muster));
    collectedRss!.push(rssOctets(muster.pid));
    await muster.stop();
  }
  return { layout, fillSeconds, startSeconds: startSeconds!, rss: rss!, heap: heap!, collectedRss: collectedRss! };
}

function sectionOf(one: Measured, empty: Measured): Section {
  const count = one.layout.services * one.layout.instancesPerService;
  const isTarget = count === 100_000;
  const each = (of: "rss" | "heap" | "collectedRss") =>
    one[of].map((octets) => (octets - median(empty[of])) / count / 1000);
  const figures: Figure[] = [
    { name: "start to ready", unit: "s", values: one.startSeconds, ...(isTarget && { target: { atMost: 5 } }) },
    { name: "start to ready of an empty server", unit: "s", values: empty.startSeconds },
    { name: "each, resident", unit: "KB", values: each("rss"), ...(isTarget && { target: { atMost: 1.5 } }) },
    { name: "each, resident after a collection", unit: "KB", values: each("collectedRss") },
    { name: "each, heap after a collection", unit: "KB", values: each("heap") },
    { name: "whole server, resident", unit: "MB", values: one.rss.map((octets) => octets / 1e6) },
    { name: "registered through /v1/batch", unit: "/s", values: [count / one.fillSeconds] },
  ];
  return { title: `${count} instances in ${one.layout.services} services`, figures };
}

/** Octets of the main thread's heap once its garbage is collected. */
async function heapAfterCollection(muster: Muster): Promise<number> {
  const listening = firstLine(muster.log, (line) => /^Debugger listening on (ws:\S+)/.exec(line)?.[1]);
  process.kill(muster.pid, "SIGUSR1");
  const socket = new WebSocket(await listening);
  await once(socket, "open");
  await call(socket, "HeapProfiler.collectGarbage");
  const { usedSize } = await call(socket, "Runtime.getHeapUsage");
  socket.close();
  return Number(usedSize);
}

async function call(socket: WebSocket, method: string): Promise<Record<string, unknown>> {
  socket.send(JSON.stringify({ id: 1, method }));
  const [{ data }] = (await once(socket, "message")) as [{ data: string }];
  return (JSON.parse(data) as { result: Record<string, unknown> }).result;
}
