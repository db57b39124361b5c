import { readdirSync } from "node:fs";
import { rssOctets } from "../bench/processes.ts";

/** What a server holds at a moment. */
export interface Vitals {
  readonly atSeconds: number;
  readonly fds: number;
  readonly rssMb: number;
  /** Of the main thread. */
  readonly heapMb: number;
  /** Of the answers since the last time. */
  readonly p99Ms: number;
}

export async function readVitals({
  pid,
  url,
}: {
  pid: number;
  url: string;
}): Promise<Omit<Vitals, "atSeconds" | "p99Ms">> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const heap = Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1]);
  return { fds: readdirSync(`/proc/${pid}/fd`).length, rssMb: rssOctets(pid) / 1e6, heapMb: heap / 1e6 };
}

/** What must not grow from the second quarter of a run to the last, how much it may, and by which least step it is counted. */
const BOUNDS = {
  fds: { factor: 1, slack: 4 },
  rssMb: { factor: 1.15, slack: 20 },
  heapMb: { factor: 1.25, slack: 20 },
  p99Ms: { factor: 1.5, slack: 3 },
} as const;

/** What has grown, a line each. A run must be long enough for the heap to have reached its size in the first quarter. */
export function growth(samples: readonly Vitals[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return ["there must be four samples at least"];
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  return Object.entries(BOUNDS).flatMap(([name, { factor, slack }]) => {
    const [before, after] = [early, late].map((part) => middle(part.map((one) => one[name as keyof typeof BOUNDS])));
    const most = before! * factor + slack;
    return after! <= most ? [] : [`${name} must be at most ${most.toFixed(1)} at the end: got ${after!.toFixed(1)}`];
  });
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
