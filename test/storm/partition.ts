import { setTimeout as sleep } from "node:timers/promises";
import { randomOf } from "../fuzz/random.ts";
import { type Asked, askAll, nothingAsked } from "./asking.ts";
import type { Actor } from "./cast.ts";
import type { Condition } from "./host.ts";
import type { Settings } from "./rules.ts";
import { type Stage, setStage, untilCertain } from "./stage.ts";
import { turn } from "./weather.ts";

export interface Partitioned {
  readonly asked: Asked;
  /** Brakes that the server's metrics show as engaged: before, while the targets were away, and after. */
  readonly engaged: readonly number[];
}

const SERVICES = 4;
const TARGETS = 40;
const HOSTS = 4;
const TOLERANCE_MS = 2000;
const ASK_PAUSE_MS = 10;
const LOOK_MS = 2000;
/** Three of five. */
const isCutOff = (_: Actor, n: number) => n % 5 < 3;

/**
 * The network path to 60 % of each service's instances dies and comes back. Their answers must stay, with a reason, from when the
 * brake is engaged until it is released by itself, whatever the failure policy.
 */
export async function runPartition(seed: number, workers: number): Promise<Partitioned> {
  const stage = await setStage({
    targets: TARGETS,
    services: SERVICES,
    hosts: HOSTS,
    kinds: [{ name: "web", put: { failurePolicy: "none" } }],
    intervalSeconds: 1,
    toleranceMs: TOLERANCE_MS,
    random: randomOf(seed, 0),
    workers,
    isForgiving: true,
    settings: {},
  });
  const asked = nothingAsked();
  const stop = new AbortController();
  const asking = askAll(stage, randomOf(seed, 1), ASK_PAUSE_MS, stop.signal, asked);
  const engaged: number[] = [];
  const look = async (brake: Settings["brake"]) => {
    await untilCertain(stage);
    brakeIs(brake, stage);
    await Promise.race([sleep(LOOK_MS), asking]);
    engaged.push(await engagedBrakes(stage));
    brakeIs("maybe", stage);
  };
  await look("off");
  await turnCutOff("closed", stage);
  await look("on");
  await turnCutOff("good", stage);
  await look("off");
  stop.abort();
  await asking;
  await stage.close();
  return { asked, engaged };
}

function brakeIs(brake: Settings["brake"], { services }: Stage): void {
  for (const { settings } of services) settings.brake = brake;
}

async function turnCutOff(condition: Condition, stage: Stage): Promise<void> {
  const cutOff = new Set(stage.services.flatMap(({ actors }) => actors.filter(isCutOff)));
  await Promise.all(
    stage.crews.map((crew) => {
      const changes = crew.actors.filter((actor) => cutOff.has(actor)).map((actor) => [actor, condition] as const);
      return turn(crew, new Map(changes), new Map(), stage);
    }),
  );
}

async function engagedBrakes({ muster }: Stage): Promise<number> {
  const metrics = await (await fetch(`${muster.url}/metrics`)).text();
  return metrics.match(/^muster_brake_engaged\{.*\} 1$/gm)?.length ?? 0;
}
