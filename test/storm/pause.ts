import { setTimeout as sleep } from "node:timers/promises";
import { randomOf } from "../fuzz/random.ts";
import { type Asked, askAll, nothingAsked } from "./asking.ts";
import { setStage, untilCertain } from "./stage.ts";

export interface Paused {
  readonly asked: Asked;
  /** Instances that the server took for dead and were not. */
  readonly expired: readonly string[];
}

const SERVICES = 6;
const TARGETS = 60;
const HOSTS = 6;
/** Leases run for four of these. */
const INTERVAL_SECONDS = 2;
const TOLERANCE_MS = 2000;
const ASK_PAUSE_MS = 10;

/**
 * The server stands still (SIGSTOP) for longer than any lease, and goes on. Nobody must expire for it but those whose process
 * died meanwhile, and these in their time.
 */
export async function runPause(seconds: number, seed: number, workers: number): Promise<Paused> {
  const stage = await setStage({
    targets: TARGETS,
    services: SERVICES,
    hosts: HOSTS,
    kinds: [{ name: "web", put: { brake: { aboveShare: 1 } } }],
    intervalSeconds: INTERVAL_SECONDS,
    toleranceMs: TOLERANCE_MS,
    random: randomOf(seed, 0),
    workers,
    isForgiving: false,
    settings: { MUSTER_BRAKE_ABOVE_SHARE: "1" },
  });
  const { muster, calm, crews } = stage;
  await untilCertain(stage);
  const [{ host, actors: victims }] = crews as [(typeof crews)[0]];
  const isVictim = (id: string, service: string) => victims.some((one) => one.id === id && one.service === service);
  const expired: string[] = [];
  muster.log.on("line", (line) => {
    if (!line.startsWith("{")) return;
    const { service, id, to, reason } = JSON.parse(line);
    if (to === "critical" && !isVictim(id, service)) expired.push(`${service}/${id}: ${reason}`);
  });

  process.kill(muster.pid, "SIGSTOP");
  for (const { instance } of victims) instance.turn("bad", calm.nowMs());
  await host.kill();
  await sleep(seconds * 1000);
  process.kill(muster.pid, "SIGCONT");
  for (const { instance } of victims) instance.settle(calm.nowMs());

  const asked = nothingAsked();
  const stop = new AbortController();
  const asking = askAll(stage, randomOf(seed, 1), ASK_PAUSE_MS, stop.signal, asked);
  await Promise.race([untilCertain(stage), asking]);
  // As long as a lease that had been granted before the pause could take to run out after it.
  await Promise.race([calm.wait(4 * INTERVAL_SECONDS * 1000), asking]);
  stop.abort();
  await asking;
  await stage.close();
  return { asked, expired };
}
