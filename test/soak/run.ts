import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { startMuster } from "../bench/muster.ts";
import { makeDirectory } from "../bench/processes.ts";
import { quantile } from "../bench/report.ts";
import { randomOf } from "../fuzz/random.ts";
import { type Asked, ask } from "./asker.ts";
import { History } from "./history.ts";
import { readVitals, type Vitals } from "./vitals.ts";
import { type Services, write } from "./writer.ts";

export interface SoakOptions {
  readonly seconds: number;
  /** UDP workers of the server. */
  readonly workers: number;
  readonly seed: number;
  /** From one reading of the server's vitals to the next. */
  readonly sampleSeconds: number;
  onSample?(vitals: Vitals): void;
}

export interface Soaked {
  readonly changes: number;
  readonly asked: Asked;
  readonly samples: readonly Vitals[];
}

const WRITERS = 8;
const SERVICES_PER_WRITER = 5;
/** On average, from one answer to a writer to its next change. */
const PAUSE_MS = 20;
/** Each with a socket of its own, so that all workers are asked. */
const ASKERS = 24;

/** A server as it is run, changed and asked all the while. Every answer is compared with what the changes allow at that moment. */
export async function soak({ seconds, workers, seed, sampleSeconds, onSample }: SoakOptions): Promise<Soaked> {
  const muster = await startMuster({ directory: makeDirectory(), workers });
  const http = new Pool(muster.url, { connections: WRITERS });
  const stop = new AbortController();
  const asked: Asked = { tookMs: [], answered: 0, unanswered: 0, wrong: [] };
  const parts = Array.from({ length: WRITERS }, (_, writer): Services => servicesOf(writer));
  const all: Services = new Map(parts.flatMap((services) => [...services]));
  const writers = parts.map((services, n) => write(http, services, randomOf(seed, n), stop.signal, PAUSE_MS));
  const askers = Array.from({ length: ASKERS }, (_, n) =>
    ask(muster.dnsPort, all, randomOf(seed, WRITERS + n), stop.signal, asked),
  );
  const work = Promise.all([...writers, ...askers]);
  const samples: Vitals[] = [];
  const sampling = (async () => {
    for (let atSeconds = sampleSeconds; atSeconds <= seconds; atSeconds += sampleSeconds) {
      await sleep(sampleSeconds * 1000);
      const p99Ms = quantile(asked.tookMs.splice(0), 0.99);
      samples.push({ atSeconds, p99Ms, ...(await readVitals(muster)) });
      onSample?.(samples.at(-1)!);
    }
  })();
  // A writer that fails must be heard of at once.
  await Promise.race([sampling, work]);
  stop.abort();
  await work;
  const changes = (await Promise.all(writers)).reduce((sum, count) => sum + count, 0);
  await http.close();
  await muster.stop();
  return { changes, asked, samples };
}

function servicesOf(writer: number): Services {
  const names = Array.from({ length: SERVICES_PER_WRITER }, (_, n) => `w${writer}-s${n}`);
  return new Map(names.map((name) => [name, new History()]));
}
