import { Pool } from "undici";
import { type Muster, send, startMuster } from "../bench/muster.ts";
import { makeDirectory } from "../bench/processes.ts";
import { ZONE } from "../bench/table.ts";
import { type Calm, watchCalm } from "./calm.ts";
import { type Actor, type CastOptions, cast, type Service } from "./cast.ts";
import { Host } from "./host.ts";
import { type Judge, judgeOf } from "./judge.ts";

const UNCERTAIN_MS_MAX = 120_000;

/** A process of targets, and whose they are. */
export interface Crew {
  readonly host: Host;
  readonly actors: readonly Actor[];
}

/** A server, its targets in their processes, and the model of what it must answer. */
export interface Stage {
  readonly muster: Muster;
  readonly http: Pool;
  readonly calm: Calm;
  readonly services: readonly Service[];
  readonly crews: readonly Crew[];
  readonly judge: Judge;
  close(): Promise<void>;
}

export interface StageOptions extends CastOptions {
  readonly hosts: number;
  readonly workers: number;
  /** False where the server itself is to stand still: then a pause is no excuse. */
  readonly isForgiving: boolean;
  /** Of the server, by their names in the environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Everybody runs and is registered when it resolves; who passes already, the model knows. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { hosts, workers, settings, isForgiving } = options;
  const services = cast(options);
  const actors = services.flatMap((service) => service.actors);
  const muster = await startMuster({ directory: makeDirectory(), workers, settings });
  const http = new Pool(muster.url, { connections: 8 });
  const calm = watchCalm(muster.url, () => {
    if (isForgiving) for (const { instance } of actors) instance.doubt(calm.nowMs());
  });
  const crews = crewsOf(services, hosts, muster.url);
  await Promise.all(crews.map(({ host }) => host.start()));
  for (const { name, put } of services) await send(http, "PUT", `/v1/services/${name}`, put);
  await Promise.all(
    crews.map(async ({ actors }) => {
      for (const actor of actors) {
        actor.instance.turn("good", calm.nowMs(), true);
        await enroll(http, actor, calm);
      }
    }),
  );
  const judge = judgeOf(services, ZONE);
  return {
    ...{ muster, http, calm, services, crews, judge },
    async close() {
      calm.close();
      await http.close();
      await Promise.all(crews.map(({ host }) => (host.state === "dead" ? undefined : host.kill())));
      await muster.stop();
    },
  };
}

export async function enroll(http: Pool, { service, id, instance, registration }: Actor, calm: Calm): Promise<void> {
  instance.enroll(true, calm.nowMs());
  await send(http, "PUT", `/v1/services/${service}/instances/${id}`, registration);
  instance.enrolled(true, calm.nowMs());
}

/** Resolves when the model knows all instances' states and weights; after `UNCERTAIN_MS_MAX` it may be too loud for that. */
export async function untilCertain({ calm, services }: Stage): Promise<void> {
  const instances = services.flatMap((service) => service.instances);
  const isKnown = () => instances.every((one) => one.isInFull(calm.nowMs()));
  for (const endMs = performance.now() + UNCERTAIN_MS_MAX; !isKnown() && performance.now() < endMs; )
    await calm.wait(100);
}

/** Some services lie in one process, some in two, some in all: so a single stop may take all of a service, or a part. */
function crewsOf(services: readonly Service[], count: number, url: string): readonly Crew[] {
  const members = Array.from({ length: count }, (): Actor[] => []);
  for (const [number, { actors }] of services.entries()) {
    const spread = [1, 2, count][number % 3]!;
    for (const [place, actor] of actors.entries()) members[(number + (place % spread)) % count]!.push(actor);
  }
  return members.map((actors) => ({
    actors,
    host: new Host(actors.map((actor) => ({ ...actor, url: url + actor.url }))),
  }));
}
