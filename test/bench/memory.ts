import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "undici";
import { fill, type Muster, startMuster } from "./muster.ts";
import { firstLine, makeDirectory, rssOctets } from "./processes.ts";
import { type Effort, type Figure, median, type Section } from "./report.ts";
import { instanceCount, type Layout, tableText } from "./table.ts";

const EMPTY: Layout = { services: 0, instancesPerService: 0 };
const LAYOUTS: readonly Layout[] = [
  { services: 100, instancesPerService: 100 },
  { services: 1000, instancesPerService: 100 },
  { services: 10_000, instancesPerService: 100 },
];
/** The table of the targets. */
const PROMISED = 100_000;
/** What loading left behind is given back by then, as far as the collector does so by itself. */
const SETTLE_MS = 2000;
/** Lets SIGUSR1 open the inspector on a free port. */
const NODE_FLAGS = ["--inspect-port=127.0.0.1:0"];

/** One start on a table that is there. */
interface Start {
  readonly seconds: number;
  readonly rss: number;
  readonly heap: number;
  readonly collectedRss: number;
}

interface Measured {
  readonly layout: Layout;
  readonly fillSeconds: number;
  /** With UDP in the main thread. */
  readonly alone: readonly Start[];
  /** With one worker. */
  readonly withWorker: readonly Start[];
}

/** How long a server takes to start on a table that is there, and what an instance occupies, in the main thread and in a worker. */
export async function benchMemory({ rounds, isQuick }: Effort): Promise<Section[]> {
  const empty = await measure(EMPTY, rounds);
  const sections: Section[] = [];
  for (const layout of LAYOUTS) {
    const count = instanceCount(layout);
    if (isQuick && count !== PROMISED) continue;
    // One round of the largest takes as long as all of the others.
    const isLargest = count > PROMISED;
    sections.push(sectionOf(await measure(layout, isLargest ? 1 : rounds), empty));
  }
  return sections;
}

async function measure(layout: Layout, rounds: number): Promise<Measured> {
  const directory = makeDirectory();
  const first = await startMuster({ directory });
  const startMs = performance.now();
  await fill(first.url, layout);
  const fillSeconds = (performance.now() - startMs) / 1000;
  await first.stop();
  const [alone, withWorker]: [Start[], Start[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    alone.push(await startOnce(directory, 0));
    withWorker.push(await startOnce(directory, 1));
  }
  return { layout, fillSeconds, alone, withWorker };
}

async function startOnce(directory: string, workers: number): Promise<Start> {
  const muster = await startMuster({ directory, workers, nodeFlags: NODE_FLAGS });
  await sleep(SETTLE_MS);
  const rss = rssOctets(muster.pid);
  const heap = await heapAfterCollection(muster);
  const collectedRss = rssOctets(muster.pid);
  await muster.stop();
  return { seconds: muster.startSeconds, rss, heap, collectedRss };
}

function sectionOf({ layout, fillSeconds, alone, withWorker }: Measured, empty: Measured): Section {
  const count = instanceCount(layout);
  const isPromised = count === PROMISED;
  const middle = (starts: readonly Start[], of: keyof Start) => median(starts.map((start) => start[of]));
  const each = (of: "rss" | "heap" | "collectedRss") =>
    alone.map((start) => (start[of] - middle(empty.alone, of)) / count / 1000);
  const workerOfEmpty = middle(empty.withWorker, "rss") - middle(empty.alone, "rss");
  const workerEach = withWorker.map(({ rss }, n) => (rss - alone[n]!.rss - workerOfEmpty) / count / 1000);
  const figures: Figure[] = [
    {
      name: "start to ready, with a worker",
      unit: "s",
      values: withWorker.map(({ seconds }) => seconds),
      ...(isPromised && { target: { atMost: 3 } }),
    },
    { name: "start to ready of an empty server", unit: "s", values: empty.withWorker.map(({ seconds }) => seconds) },
    {
      name: "each, resident",
      unit: "KB",
      values: each("rss"),
      ...(isPromised && { target: { atMost: 1.5 } }),
    },
    { name: "each, resident after a collection", unit: "KB", values: each("collectedRss") },
    { name: "each, heap of the main thread after a collection", unit: "KB", values: each("heap") },
    { name: "each, resident, what a worker adds", unit: "KB", values: workerEach },
    { name: "whole server with a worker, resident", unit: "MB", values: withWorker.map(({ rss }) => rss / 1e6) },
    { name: "registered through /v1/batch", unit: "/s", values: [count / fillSeconds] },
  ];
  return { title: `${tableText(layout)} in ${layout.services} services`, figures };
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
