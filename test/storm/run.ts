import { setTimeout as sleep } from "node:timers/promises";
import { randomOf } from "../fuzz/random.ts";
import { type Asked, askAll, nothingAsked } from "./asking.ts";
import type { Kind } from "./cast.ts";
import { type Stage, setStage, untilCertain } from "./stage.ts";
import { clear, storm } from "./weather.ts";

export interface StormOptions {
  readonly targets: number;
  readonly seconds: number;
  /** UDP workers of the server. */
  readonly workers: number;
  readonly seed: number;
  onProgress?(steps: string): void;
}

export interface Stormed {
  readonly steps: number;
  readonly asked: Asked;
}

/** A brake would hold what the model says must go; but for one kind of service it is told never to. */
const NEVER = { aboveShare: 1 };
const KINDS: readonly Kind[] = [
  { name: "plain", put: { brake: NEVER } },
  { name: "none", put: { failurePolicy: "none", brake: NEVER } },
  { name: "stand-in", put: { failurePolicy: "none", brake: NEVER }, standsIn: "next service" },
  { name: "share", put: { failBelow: "50%", brake: NEVER } },
  { name: "last", put: { failBelow: 3, failurePolicy: "last", brake: NEVER } },
  { name: "slow", put: { slowStartSeconds: 3, failBelow: 2, failurePolicy: "none", brake: NEVER } },
  {
    name: "twice",
    put: { failBelow: "30%", failurePolicy: "last", brake: NEVER },
    passAfter: 2,
    standsIn: "next service",
  },
  {
    name: "brake",
    put: { brake: { aboveShare: 0.5, leastInstances: 4, windowSeconds: 20, holdSecondsMax: 30 } },
    brake: "maybe",
  },
];
/** Storms make everybody flap, and whoever is held out for that comes back later than the model says. */
const NO_DAMPING = { flapDamping: { suppressAbove: 0 } };

const PER_SERVICE = 16;
const PER_HOST = 50;
const HOSTS_MIN = 6;
/** More of them, and checks have longer intervals: the targets run on the same machine. */
const CHECKS_PER_SECOND = 500;
/** On a calm machine, above what intervals, time-outs and leases say: reaching the store, the answers, and all workers. */
const TOLERANCE_MS = 2000;
/** From one thing that is done to an instance to the next, on average: time to notice most of them. */
const PAUSE_INTERVALS = 30;
const ASK_PAUSE_MS = 10;
/** How long it is asked at the end, when there is one right answer to each question. */
const CALM_MS = 2000;

export async function runStorm({ targets, seconds, workers, seed, onProgress }: StormOptions): Promise<Stormed> {
  const intervalSeconds = Math.max(1, targets / CHECKS_PER_SECOND);
  const stage = await stageOf(targets, intervalSeconds, workers, seed);
  const asked = nothingAsked();
  const stop = { storm: new AbortController(), asking: new AbortController() };
  const asking = askAll(stage, randomOf(seed, 1), ASK_PAUSE_MS, stop.asking.signal, asked);
  const weather = stage.crews.map((crew, n) => {
    const pauseMs = (PAUSE_INTERVALS * intervalSeconds * 1000) / crew.actors.length;
    return storm(crew, stage, randomOf(seed, 2 + n), pauseMs, stop.storm.signal);
  });
  const calmFromMs = stage.calm.nowMs();
  for (let s = 0; s < seconds; s++) {
    // Whoever fails must be heard of at once.
    await Promise.race([sleep(1000), asking, ...weather]);
    const { answered, certain, wrong } = asked;
    const calmSeconds = Math.round((stage.calm.nowMs() - calmFromMs) / 1000);
    onProgress?.(`${s + 1} s, ${calmSeconds} calm: ${answered} answers, ${certain} certain, ${wrong.length} wrong`);
  }
  stop.storm.abort();
  const steps = (await Promise.all(weather)).reduce((sum, count) => sum + count, 0);
  await Promise.all(stage.crews.map((crew) => clear(crew, stage)));
  await untilCertain(stage);
  await sleep(CALM_MS);
  stop.asking.abort();
  await asking;
  await stage.close();
  return { steps, asked };
}

function stageOf(targets: number, intervalSeconds: number, workers: number, seed: number): Promise<Stage> {
  return setStage({
    targets,
    services: Math.max(KINDS.length, Math.floor(targets / PER_SERVICE)),
    hosts: Math.max(HOSTS_MIN, Math.ceil(targets / PER_HOST)),
    kinds: KINDS.map((kind) => ({ ...kind, put: { ...kind.put, ...NO_DAMPING } })),
    intervalSeconds,
    toleranceMs: TOLERANCE_MS,
    random: randomOf(seed, 0),
    workers,
    isForgiving: true,
    settings: { MUSTER_BRAKE_ABOVE_SHARE: "1" },
  });
}
