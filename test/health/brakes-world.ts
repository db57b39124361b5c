import { instanceKey } from "../../src/catalog/keys.ts";
import type { CheckState, Registration } from "../../src/catalog/model.ts";
import { verdictOf } from "../../src/catalog/verdict.ts";
import { createWorld, REGISTRATION, type World } from "./world.ts";

export const LEASED = { initialState: "passing", leaseSeconds: 3600 } as const;

/** A world with so many instances of `web`, named i-0 and so on, which pass. */
export async function many(count: number, registration: Partial<Registration> = {}): Promise<World> {
  const world = await createWorld();
  for (let i = 0; i < count; i++) await world.register(`i-${i}`, { ...LEASED, ...registration });
  return world;
}

/** The instances from `from` up to `to` say how they are. */
export async function say(world: World, state: CheckState, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await world.monitor.heartbeat("web", `i-${i}`, state, "");
  await world.clock.advance(0);
}

/** Services with one instance each, which passes: other-0 and so on. */
export async function addOthers(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await world.put(instanceKey(`other-${i}`, "i-1"), { ...REGISTRATION, ...LEASED });
}

export async function fallOfOthers(world: World, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await world.monitor.heartbeat(`other-${i}`, "i-1", "critical", "");
  await world.clock.advance(0);
}

export const isBraked = ({ catalog }: World, service = "web"): boolean => catalog.brake(service) !== undefined;

/** Instances of `web` that a brake holds. */
export function held({ catalog }: World): string[] {
  const instances = catalog.services.get("web")?.instances ?? [];
  return instances.filter((instance) => verdictOf(instance).isHeld).map(({ id }) => id);
}
