import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startMuster } from "./muster.ts";
import { cpuSeconds, makeDirectory } from "./processes.ts";
import type { Load, Loaded } from "./register-load.ts";
import { type Effort, quantile, type Section } from "./report.ts";

const LOAD = fileURLToPath(new URL("register-load.ts", import.meta.url));
const CONNECTIONS = 64;
const SERVICES = 1000;
const WARM_UP_SECONDS = 2;
/** Where the measured instances begin; those of the warm-up are below. */
const FIRST = 1_000_000;

/** Durable registrations over HTTP, each its own request and answered 200 once DNS answers it. */
export async function benchRegister({ rounds, seconds }: Effort): Promise<Section[]> {
  const runs: (Loaded & { readonly cpu: number })[] = [];
  for (let round = 0; round < rounds; round++) {
    // A new and empty server each time, so that the rounds are alike.
    const muster = await startMuster({ directory: makeDirectory() });
    const load = { url: muster.url, connections: CONNECTIONS, services: SERVICES };
    await run({ ...load, seconds: WARM_UP_SECONDS, first: 0 });
    const before = cpuSeconds(muster.pid);
    const loaded = await run({ ...load, seconds, first: FIRST });
    runs.push({ ...loaded, cpu: cpuSeconds(muster.pid) - before });
    await muster.stop();
  }
  const failed = runs.map((run) => run.failed);
  return [
    {
      title: `Registrations over ${CONNECTIONS} connections, one by one, into ${SERVICES} services`,
      figures: [
        { name: "durable registrations", unit: "/s", values: runs.map(rate), target: { atLeast: 5000 } },
        { name: "request to 200, p50", unit: "ms", values: runs.map(({ tookMs }) => quantile(tookMs, 0.5)) },
        { name: "request to 200, p99", unit: "ms", values: runs.map(({ tookMs }) => quantile(tookMs, 0.99)) },
        {
          name: "server CPU",
          unit: "µs each",
          values: runs.map(({ cpu, registrations }) => (cpu / registrations) * 1e6),
        },
        { name: "failed", unit: "", values: failed, target: { atMost: 0 } },
      ],
    },
  ];
}

function rate({ registrations, seconds }: Loaded): number {
  return registrations / seconds;
}

function run(load: Load): Promise<Loaded> {
  const child = fork(LOAD);
  child.send(load);
  return new Promise((resolve, reject) => {
    child.once("message", (loaded: Loaded) => resolve(loaded));
    child.once("exit", (code) => reject(new Error(`The load ended with code ${code} and no result`)));
  });
}
