import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { instancePath, type Muster, type MusterOptions, send, startMuster } from "./muster.ts";
import { atCleanUp, cpuSeconds, makeDirectory, onCore } from "./processes.ts";
import type { Effort, Section } from "./report.ts";

const TARGET = fileURLToPath(new URL("checks-target.ts", import.meta.url));
const CHECKS = 10_000;
const INTERVAL_SECONDS = 10;
const BATCH_WRITES = 1000;
/** The last checks have begun, and all have found their place in the interval. */
const SETTLING_SECONDS = 2.5 * INTERVAL_SECONDS;

/** What 10 000 HTTP checks every 10 s cost, and how their probes are spread after registrations and after a restart. */
export async function benchChecks({ rounds, isQuick }: Effort): Promise<Section[]> {
  const count = isQuick ? CHECKS / 10 : CHECKS;
  const cpu: number[] = [];
  const spread = { registered: [] as number[], steady: [] as number[], restarted: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const target = await startTarget();
    const options = { directory: makeDirectory(), isPinned: true };
    const first = await startMuster(options);
    await register(first.url, count, target.port);
    spread.registered.push(...(await seen(target, SETTLING_SECONDS)));
    const before = cpuSeconds(first.pid);
    const steady = await seen(target, 2 * INTERVAL_SECONDS);
    cpu.push(((cpuSeconds(first.pid) - before) / (2 * INTERVAL_SECONDS)) * 100);
    spread.steady.push(...steady);
    spread.restarted.push(...(await restarted(first, options, target)));
    target.child.kill();
  }
  const column = "probes in each second";
  return [
    {
      title: `${count} HTTP checks every ${INTERVAL_SECONDS} s`,
      figures: [
        { name: "CPU of one core, in its place", unit: "%", values: cpu, target: { atMost: 60 } },
        { name: "after the registrations", column, unit: "/s", values: spread.registered },
        { name: "later", column, unit: "/s", values: spread.steady },
        { name: "after a restart", column, unit: "/s", values: spread.restarted },
      ],
    },
  ];
}

interface Target {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startTarget(): Promise<Target> {
  const [command, ...args] = onCore("load", [process.execPath, ...process.execArgv, TARGET]);
  const child = spawn(command!, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  atCleanUp(() => void child.kill());
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
}

/** What arrived there in each of the next whole seconds. */
async function seen({ child }: Target, seconds: number): Promise<number[]> {
  child.send("begin");
  await once(child, "message");
  await sleep(seconds * 1000);
  child.send("end");
  const [perSecond] = (await once(child, "message")) as [number[]];
  return perSecond.slice(0, Math.floor(seconds));
}

/** The second start begins with everything on record. */
async function restarted(first: Muster, options: MusterOptions, target: Target): Promise<number[]> {
  await first.stop();
  const counts = seen(target, SETTLING_SECONDS);
  const second = await startMuster(options);
  const perSecond = await counts;
  await second.stop();
  return perSecond.slice(perSecond.findIndex((count) => count > 0));
}

/** Each at an address of its own in 127/8, all of which are this machine. */
async function register(url: string, count: number, port: number): Promise<void> {
  const http = new Pool(url, { connections: 1 });
  const checks = [{ kind: "http", url: "/health", intervalSeconds: INTERVAL_SECONDS }];
  for (let from = 0; from < count; from += BATCH_WRITES) {
    const writes = Array.from({ length: Math.min(BATCH_WRITES, count - from) }, (_, i) => {
      const n = from + i;
      const address = `127.1.${n >> 8}.${n & 255}`;
      return { method: "PUT", path: instancePath(n % 100, n), body: { address, port, checks } };
    });
    await send(http, "POST", "/v1/batch", { writes });
  }
  await http.close();
}
