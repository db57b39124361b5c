import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startMuster } from "./muster.ts";
import { cpuSeconds, makeDirectory } from "./processes.ts";
import { type Effort, quantile, type Section } from "./report.ts";

const LOAD = fileURLToPath(new URL("register-load.ts", import.meta.url));
const CONNECTIONS = 64;
const SERVICES = 1000;
const WARM_UP_SECONDS = 2;

interface Load {
  readonly registrations: number;
  readonly failed: number;
  readonly seconds: number;
  readonly tookMs: readonly number[];
}

/** Durable registrations over HTTP, each its own request, until each is answered 200: durable and in DNS. */
export async function benchRegister(effort: Effort): Promise<Section[]> {
  const loads: (Load & { cpu: number })[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    // A new, empty server each time, so that the rounds are the same.
    const muster = await startMuster({ directory: makeDirectory() });
    await load(muster.url, WARM_UP_SECONDS, `warm-`);
    const before = cpuSeconds(muster.pid);
    loads.push({ ...(await load(muster.url, effort.seconds)), cpu: cpuSeconds(muster.pid) - before });
    await muster.stop();
  }
  return [];
}
