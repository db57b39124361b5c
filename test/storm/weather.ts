import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../bench/muster.ts";
import type { Random } from "../fuzz/random.ts";
import { type Actor, TAG } from "./cast.ts";
import type { Condition } from "./host.ts";
import { type Crew, enroll, type Stage } from "./stage.ts";
import type { Wellbeing } from "./standing.ts";

const WELLBEING: Readonly<Record<Condition, Wellbeing>> = {
  good: "good",
  warning: "warning",
  failing: "bad",
  hanging: "bad",
  closed: "bad",
};
/** Good as often as anything else together. */
const CONDITIONS: readonly Condition[] = ["good", "good", "good", "good", "warning", "failing", "hanging", "closed"];
/** One step in so many turns to a whole process. */
const HOST_STEPS = 6;
const OPERATOR_STEPS = 4;

/** Does something to one crew's members, again and again, until told to stop. Returns how often. */
export async function storm(crew: Crew, stage: Stage, random: Random, pauseMs: number, stop: AbortSignal) {
  const conditions = new Map<Actor, Condition>(crew.actors.map((actor) => [actor, "good"]));
  let steps = 0;
  for (; !stop.aborted; steps++) {
    await sleep(random.below(2 * pauseMs));
    const actor = random.pick(crew.actors);
    if (random.oneIn(HOST_STEPS)) await turnHost(crew, conditions, stage, random);
    else if (random.oneIn(OPERATOR_STEPS)) await operate(actor, stage, random);
    else if (crew.host.state === "running")
      await turn(crew, new Map([[actor, conditionFor(actor, random)]]), conditions, stage);
  }
  return steps;
}

/** All is well again: every process runs, every target is good, everybody is registered and nobody in maintenance. */
export async function clear(crew: Crew, stage: Stage): Promise<void> {
  const { host, actors } = crew;
  for (const { instance } of actors) instance.turn("good", stage.calm.nowMs());
  if (host.state === "stopped") host.resume();
  if (host.state === "dead") await host.start();
  await turn(crew, new Map(actors.map((actor) => [actor, "good" as const])), new Map(), stage);
  for (const actor of actors) {
    if (!actor.instance.isPresent) await enroll(stage.http, actor, stage.calm);
    if (actor.instance.isOut) await maintain(actor, false, stage);
  }
}

/** Targets of a process that runs are told to be something else. */
export async function turn(
  { host }: Crew,
  changes: ReadonlyMap<Actor, Condition>,
  conditions: Map<Actor, Condition>,
  { calm }: Stage,
): Promise<void> {
  for (const [{ instance }, condition] of changes) instance.turn(WELLBEING[condition], calm.nowMs());
  await host.set([...changes].map(([{ address }, condition]) => ({ address, condition })));
  for (const [actor, condition] of changes) {
    conditions.set(actor, condition);
    actor.instance.settle(calm.nowMs());
  }
}

async function turnHost(crew: Crew, conditions: Map<Actor, Condition>, stage: Stage, random: Random): Promise<void> {
  const { host, actors } = crew;
  const { calm } = stage;
  const turnAll = async (wellbeingOf: (actor: Actor) => Wellbeing, act: () => void | Promise<void>) => {
    for (const actor of actors) actor.instance.turn(wellbeingOf(actor), calm.nowMs());
    await act();
    for (const { instance } of actors) instance.settle(calm.nowMs());
  };
  switch (host.state) {
    case "running":
      return turnAll(
        () => "bad",
        () => (random.oneIn(2) ? host.stop() : host.kill()),
      );
    case "stopped":
      if (random.oneIn(4)) return host.kill();
      return turnAll(
        (actor) => WELLBEING[conditions.get(actor)!],
        () => host.resume(),
      );
    case "dead":
      for (const actor of actors) conditions.set(actor, "good");
      return turnAll(
        () => "good",
        () => host.start(),
      );
  }
}

async function operate(actor: Actor, stage: Stage, random: Random): Promise<void> {
  const { instance, service, id } = actor;
  const { calm, http } = stage;
  if (!instance.isPresent) return enroll(http, actor, calm);
  if (instance.isOut) return maintain(actor, false, stage);
  if (random.oneIn(2) || instance.tags.includes(TAG)) return maintain(actor, true, stage);
  instance.enroll(false, calm.nowMs());
  await send(http, "DELETE", `/v1/services/${service}/instances/${id}`);
  instance.enrolled(false, calm.nowMs());
}

async function maintain({ instance, service, id }: Actor, isOut: boolean, { http }: Stage): Promise<void> {
  const path = `/v1/services/${service}/instances/${id}/maintenance`;
  instance.takeOut();
  // Also when nobody is left.
  if (isOut) await send(http, "PUT", `${path}?force=true`, { reason: "storm" });
  else await send(http, "DELETE", path);
  instance.takenOut(isOut);
}

/** Connections alone have no way to warn. */
function conditionFor({ kind }: Actor, random: Random): Condition {
  const condition = random.pick(CONDITIONS);
  return kind === "tcp" && condition === "warning" ? "good" : condition;
}
