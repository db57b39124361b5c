import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cpuSeconds, makeDirectory } from "./processes.ts";
import { FORMS } from "./register-forms.ts";
import type { Load, Loaded } from "./register-load.ts";
import { REGISTRARS, type Registrar } from "./registrars.ts";
import { type Effort, type Figure, quantile, type Section, type Target } from "./report.ts";

const LOAD = fileURLToPath(new URL("register-load.ts", import.meta.url));
const SERVICES = 1000;
/** Where the measured instances begin; those of the warm-up are below. */
const [FIRST, FIRST_IN_BATCHES] = [1_000_000, 2_000_000];

interface Run extends Loaded {
  /** Seconds of the server's. */
  readonly cpu: number;
}

/** One server of one round: each registration its own request, and as many in one as it takes. */
interface Runs {
  readonly oneByOne: Run;
  readonly inBatches: Run;
}

type Mode = keyof Runs;

interface Measured {
  /** A value for each round, by server. */
  readonly all: ReadonlyMap<string, readonly Runs[]>;
  /** Why a server has none. */
  readonly missing: ReadonlyMap<string, string>;
}

const CONNECTIONS: Readonly<Record<Mode, number>> = { oneByOne: 64, inBatches: 4 };
const WARM_UP_SECONDS_MAX = 2;

/** Durable registrations over HTTP, each answered once it would outlive the server, and with Muster once DNS answers it. */
export async function benchRegister({ rounds, seconds }: Effort): Promise<Section[]> {
  const all = new Map<string, Runs[]>(REGISTRARS.map(({ name }) => [name, []]));
  const missing = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? REGISTRARS : REGISTRARS.toReversed();
    for (const registrar of order) {
      const runs = await measure(registrar, seconds);
      if (typeof runs === "string") missing.set(registrar.name, runs);
      else all.get(registrar.name)!.push(runs);
    }
  }
  return [sectionOf("oneByOne", { all, missing }), sectionOf("inBatches", { all, missing })];
}

/** A new and empty server each time, so that the rounds are alike. */
async function measure({ name, start }: Registrar, seconds: number): Promise<Runs | string> {
  const server = await start(makeDirectory());
  if (typeof server === "string") return server;
  const load = { url: server.url, server: name, services: SERVICES };
  const measured = async (mode: Mode, first: number): Promise<Run> => {
    const before = cpuSeconds(server.pid);
    const isInBatches = mode === "inBatches";
    const loaded = await run({ ...load, isInBatches, connections: CONNECTIONS[mode], seconds, first });
    return { ...loaded, cpu: cpuSeconds(server.pid) - before };
  };
  const warmUp = { connections: CONNECTIONS.oneByOne, seconds: Math.min(seconds, WARM_UP_SECONDS_MAX), first: 0 };
  await run({ ...load, ...warmUp, isInBatches: false });
  const oneByOne = await measured("oneByOne", FIRST);
  const inBatches = await measured("inBatches", FIRST_IN_BATCHES);
  await server.stop();
  return { oneByOne, inBatches };
}

const COLUMNS: readonly { column: string; unit: string; of: (run: Run) => number }[] = [
  { column: "/s", unit: "/s", of: rate },
  { column: "server CPU, µs each", unit: "µs", of: ({ cpu, registrations }) => (cpu / registrations) * 1e6 },
  { column: "request, p50, ms", unit: "ms", of: ({ tookMs }) => quantile(tookMs, 0.5) },
  { column: "request, p99, ms", unit: "ms", of: ({ tookMs }) => quantile(tookMs, 0.99) },
  { column: "failed", unit: "", of: ({ failed }) => failed },
];

const MODE_TEXTS: Readonly<Record<Mode, string>> = { oneByOne: "one by one", inBatches: "in batches" };
const OWN_TARGETS: Readonly<Partial<Record<Mode, Target>>> = { oneByOne: { atLeast: 5000 } };
const CONSUL_TARGETS: Readonly<Record<Mode, Target>> = { oneByOne: { atLeast: 8 }, inBatches: { atLeast: 30 } };

function sectionOf(mode: Mode, measured: Measured): Section {
  const target = OWN_TARGETS[mode];
  const figures = [...measured.all].flatMap(([name, runs]): Figure[] => {
    const missing = measured.missing.get(name);
    if (missing !== undefined) return [{ name, unit: "", values: [], missing }];
    return COLUMNS.map(({ column, unit, of }) => {
      const isTarget = name === "Muster" && column === "/s" && target !== undefined;
      return { name, column, unit, values: runs.map((each) => of(each[mode])), ...(isTarget && { target }) };
    });
  });
  const title = `Registrations ${MODE_TEXTS[mode]} over ${CONNECTIONS[mode]} connections`;
  return { title, note: noteOf(mode), figures: [...figures, ...ratiosOf(mode, measured)] };
}

/** To each of the others in the same mode, and to Consul one by one, which is what its agents take. */
function ratiosOf(mode: Mode, { all, missing }: Measured): Figure[] {
  const others = REGISTRARS.map(({ name }) => name).filter((name) => name !== "Muster" && !missing.has(name));
  const pairs = others.map((name): [string, Mode] => [name, mode]);
  if (mode === "inBatches" && others.includes("Consul")) pairs.push(["Consul", "oneByOne"]);
  const ours = all.get("Muster")!;
  return pairs.map(([name, base]) => ({
    name: `Muster × ${name}, ${MODE_TEXTS[base]}`,
    column: "/s",
    unit: "×",
    values: all.get(name)!.map((theirs, round) => rate(ours[round]![mode]) / rate(theirs[base])),
    ...(name === "Consul" && base === "oneByOne" && { target: CONSUL_TARGETS[mode] }),
  }));
}

function noteOf(mode: Mode): string {
  if (mode === "oneByOne") return "Consul by `/v1/agent/service/register`, etcd by its JSON gateway's `/v3/kv/put`.";
  const sizes = Object.entries(FORMS).map(([name, { batchSize }]) => `${name} ${batchSize}`);
  const ratio = "Consul's agent takes no batches: `/v1/txn` writes to its catalog past it";
  return `Instances in a request: ${sizes.join(", ")}. ${ratio}.`;
}

function rate({ registrations, seconds }: Loaded): number {
  return registrations / seconds;
}

function run(load: Load): Promise<Loaded> {
  const child = fork(LOAD);
  child.send(load);
  return new Promise((resolve, reject) => {
    child.once("message", (loaded: Loaded) => resolve(loaded));
    child.once("exit", (code) => reject(new Error(`The load ended with code ${code} and no result`)));
  });
}
