import { pino } from "pino";
import { Catalog } from "../../src/catalog/catalog.ts";
import { instanceKey, operatorKey, serviceKey } from "../../src/catalog/keys.ts";
import type { Check, OperatorState, Registration, ServiceSettings } from "../../src/catalog/model.ts";
import { type Store, StoreError, type Write } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { createMonitor, type Monitor } from "../../src/health/monitor.ts";
import type { Probe, ProbeResult } from "../../src/health/probe.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { Deadlines, deadlinePlace } from "../../src/zone/deadlines.ts";
import { createFakeClock, type FakeClock, flush } from "./fake-clock.ts";

type Outcome = "passing" | "warning" | "failing" | "hanging" | "broken";

/** A store, a catalog folded from its feed, a monitor on a fake clock, and instances that answer as they are told. */
export interface World {
  readonly clock: FakeClock;
  readonly catalog: Catalog;
  readonly monitor: Monitor;
  readonly store: Store;
  /** What the monitor committed, as `put vote/web/i-1/here critical` and `delete inst/web/i-1`. */
  readonly commits: string[];
  /** Messages of the log. */
  readonly log: string[];
  /** Those that are warnings. */
  readonly warned: string[];
  /** Each probe: when it began, on the clock, and at which host. */
  readonly probed: { readonly atMs: number; readonly host: string }[];
  /** What probes find: of one host, or of all others under "*". */
  readonly finds: Map<string, Outcome>;
  /** Random numbers; 0.5 by default. */
  lots: () => number;
  /** Commits of the monitor are refused while this is set. */
  isStoreAway: boolean;
  /** Called before a commit of the monitor reaches the store. */
  beforeCommit: () => Promise<unknown>;
  register(id: string, registration: Partial<Registration>): Promise<void>;
  put(key: string, value: object): Promise<void>;
  remove(key: string): Promise<void>;
  /** `passing: http …` as the vote has it, or `no vote`. */
  vote(id: string): string;
  /** For how long answers of `web` may be held, in whole seconds. */
  secondsLeft(): number;
  /** The same store under a new process. */
  restart(): Promise<World>;
}

export const checkEvery5: Check = {
  kind: "http",
  url: "/health",
  intervalSeconds: 5,
  timeoutSeconds: 2,
  passAfter: 1,
  failAfter: 2,
};

export const REGISTRATION: Registration = {
  generation: 1,
  addresses: ["10.0.0.1"],
  ports: [{ name: "web", port: 8080, protocol: "tcp", alpn: [] }],
  tags: [],
  meta: {},
  priority: 10,
  weight: 10,
  initialState: "critical",
  deregisterAfterSeconds: 0,
  checks: [],
};

export async function createWorld(
  store = createMemoryStore(),
  clock = createFakeClock(),
  lots = () => 0.5,
): Promise<World> {
  const catalog = new Catalog();
  const commits: string[] = [];
  const log: string[] = [];
  const warned: string[] = [];
  const write = (line: string) => {
    const { msg, level } = JSON.parse(line);
    log.push(msg);
    if (level >= pino.levels.values["warn"]!) warned.push(msg);
  };
  const probed: World["probed"] = [];
  const finds = new Map<string, Outcome>();
  const probe: Probe = (target, signal) => {
    probed.push({ atMs: clock.nowMs(), host: target.host });
    return found(finds.get(target.host) ?? finds.get("*") ?? "passing", target.host, signal);
  };
  const deadlines = new Deadlines();
  const monitor = createMonitor({
    server: "here",
    deadlines,
    clock,
    random: () => world.lots(),
    brake: { aboveShare: 0.5, windowSeconds: 60, leastInstances: 5, holdSecondsMax: 600 },
    probes: {
      http: probe,
      tcp: probe,
      tls: probe,
      udp: probe,
      dns: probe,
      grpc: probe,
      exec: probe,
      alias: probe,
    },
    log: pino({ base: null }, { write }),
    async commit(writes, guards) {
      await world.beforeCommit();
      if (world.isStoreAway) throw new StoreError("STORE_IO", "Cannot commit as the disk is away");
      commits.push(...writes.map(describe));
      return store.commit(writes, guards);
    },
  });
  const world: World = {
    clock,
    catalog,
    monitor,
    store,
    commits,
    log,
    warned,
    probed,
    finds,
    isStoreAway: false,
    lots,
    beforeCommit: async () => {},
    async register(id, registration) {
      await world.put(instanceKey("web", id), { ...REGISTRATION, ...registration });
    },
    async put(key, value) {
      await store.commit([{ kind: "put", key, value: JSON.stringify(value) }]);
      await flush();
    },
    async remove(key) {
      await store.commit([{ kind: "delete", key }]);
      await flush();
    },
    vote(id) {
      const vote = catalog.instance("web", id)?.votes.find((it) => it.server === "here");
      return vote === undefined ? "no vote" : `${vote.state}: ${vote.reason}`;
    },
    secondsLeft: () => deadlines.secondsLeft(deadlinePlace("web")),
    async restart() {
      await monitor.close();
      following.close();
      return createWorld(store, clock, world.lots);
    },
  };
  const following = store.follow(null, (item) => {
    const touched = nothingTouched();
    catalog.apply(item, touched);
    monitor.sync(catalog, touched);
  });
  await flush();
  return world;
}

export function maintenance(untilMs?: number): [string, OperatorState] {
  const until = untilMs === undefined ? {} : { untilMs };
  return [operatorKey("web", "i-1"), { state: "maintenance", reason: "disk", atMs: 0, ...until }];
}

export function settings(value: ServiceSettings): [string, ServiceSettings] {
  return [serviceKey("web"), value];
}

function describe(write: Write): string {
  return write.kind === "put" ? `put ${write.key} ${JSON.parse(write.value).state}` : `delete ${write.key}`;
}

async function found(outcome: Outcome, asked: string, signal: AbortSignal): Promise<ProbeResult> {
  switch (outcome) {
    case "passing":
    case "warning":
      return { kind: outcome, asked, output: "fine", latencyMs: 1 };
    case "failing":
      return { kind: "failing", asked, reason: "refused" };
    case "broken":
      throw new TypeError("target is undefined");
    case "hanging":
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve({ kind: "failing", asked, reason: "timed out" }));
      });
  }
}
