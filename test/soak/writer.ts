import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "undici";
import { send } from "../bench/muster.ts";
import type { Random } from "../fuzz/random.ts";
import type { History } from "./history.ts";
import type { Instance, State } from "./model.ts";

/** Services that one writer alone changes. */
export type Services = ReadonlyMap<string, History>;

interface Write {
  readonly method: "PUT" | "DELETE";
  readonly path: string;
  readonly body?: object;
}

const IDS = 8;
const BATCH_WRITES_MAX = 20;
const ONE_IN_SO_MANY_IS_A_BATCH = 4;

/** Changes services until told to stop, one change or one batch of changes after the other. Returns how many changes. */
export async function write(http: Pool, services: Services, random: Random, stop: AbortSignal, pauseMs: number) {
  let changes = 0;
  for (; !stop.aborted; await sleep(random.below(2 * pauseMs))) {
    const count = random.oneIn(ONE_IN_SO_MANY_IS_A_BATCH) ? 1 + random.below(BATCH_WRITES_MAX) : 1;
    const touched = new Map<string, State>();
    const writes: Write[] = [];
    for (let n = 0; n < count; n++) {
      const name = random.pick([...services.keys()]);
      const { next, ...one } = nextWrite(name, touched.get(name) ?? services.get(name)!.acknowledged.state, random);
      touched.set(name, next);
      writes.push(one);
    }
    for (const [name, state] of touched) services.get(name)!.send(state);
    if (count === 1) await send(http, writes[0]!.method, writes[0]!.path, writes[0]!.body);
    else await send(http, "POST", "/v1/batch", { writes });
    for (const name of touched.keys()) services.get(name)!.acknowledge();
    changes += count;
  }
  return changes;
}

/** A write that the service's state allows, and the state it makes. */
function nextWrite(service: string, state: State, random: Random): Write & { next: State } {
  const id = `i-${random.below(IDS)}`;
  const path = `/v1/services/${service}/instances/${id}`;
  const known = state.get(id);
  if (known === undefined || random.oneIn(2)) {
    const instance = { ...drawn(random), isInMaintenance: known?.isInMaintenance ?? false };
    const { address, port, weight, version } = instance;
    const body = { address, port, weight, meta: { version } };
    return { method: "PUT", path, body, next: new Map(state).set(id, instance) };
  }
  if (random.oneIn(2)) {
    const next = new Map(state);
    next.delete(id);
    return { method: "DELETE", path, next };
  }
  const { isInMaintenance } = known;
  const next = new Map(state).set(id, { ...known, isInMaintenance: !isInMaintenance });
  return isInMaintenance
    ? { method: "DELETE", path: `${path}/maintenance`, next }
    : { method: "PUT", path: `${path}/maintenance?force=true`, body: { reason: "soak" }, next };
}

function drawn(random: Random): Omit<Instance, "isInMaintenance"> {
  return {
    // Few, so that instances share addresses now and then.
    address: `10.0.${random.below(4)}.${random.below(256)}`,
    port: 1 + random.below(65_535),
    weight: random.below(256),
    version: `1.${random.below(1000)}`,
  };
}
