import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { RCODE, TYPE } from "../../src/dns/numbers.ts";
import { fill, instancePath, type Layout, registration, send, startMuster, ZONE } from "./muster.ts";
import { makeDirectory } from "./processes.ts";
import { type Effort, type Figure, quantile, type Section } from "./report.ts";

/** With the one that is being registered, 10 000 instances each. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  "100 services of 100": { services: 100, instancesPerService: 100 },
  "one service of 10 000": { services: 1, instancesPerService: 9999 },
};
const PAUSE_MS_MAX = 15;
const POLL_MS = 1;
const ANSWER_TIMEOUT_MS = 1000;
const TARGET_MS = 20;

interface Sample {
  /** From the request to the first DNS answer that has the instance. */
  readonly visibleMs: number;
  /** From the request to its 200. */
  readonly acceptedMs: number;
  /** Whether DNS answered when it was asked after the 200. */
  readonly isTrue: boolean;
}

/** How long a registration takes until DNS answers it, among 10 000 instances. */
export async function benchLatency({ rounds, isQuick }: Effort): Promise<Section[]> {
  const sections: Section[] = [];
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    const muster = await startMuster({ directory: makeDirectory() });
    await fill(muster.url, layout);
    const world = { http: new Pool(muster.url, { connections: 1 }), resolver: await openResolver(muster.dnsPort) };
    await sample(world, layout, 50);
    const runs: Sample[][] = [];
    for (let round = 0; round < rounds; round++) runs.push(await sample(world, layout, isQuick ? 100 : 500));
    await world.http.close();
    world.resolver.close();
    await muster.stop();
    sections.push({ title: `Registration to answer, among ${name}`, figures: figuresOf(runs) });
  }
  return sections;
}

function figuresOf(runs: readonly Sample[][]): Figure[] {
  const over = (measure: "visibleMs" | "acceptedMs", q: number) =>
    runs.map((samples) =>
      quantile(
        samples.map((one) => one[measure]),
        q,
      ),
    );
  return [
    { name: "until DNS answers, p50", unit: "ms", values: over("visibleMs", 0.5) },
    { name: "until DNS answers, p99", unit: "ms", values: over("visibleMs", 0.99), target: { atMost: TARGET_MS } },
    { name: "until the 200, p50", unit: "ms", values: over("acceptedMs", 0.5) },
    { name: "until the 200, p99", unit: "ms", values: over("acceptedMs", 0.99) },
    {
      name: "200s that DNS did not answer",
      unit: "",
      values: runs.map((samples) => samples.filter(({ isTrue }) => !isTrue).length),
      target: { atMost: 0 },
    },
  ];
}

interface World {
  readonly http: Pool;
  readonly resolver: Resolver;
}

/** Registers instances one after the other, each at its own moment, and takes them out again. */
async function sample({ http, resolver }: World, { services }: Layout, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let n = 0; n < count; n++) {
    await sleep(Math.random() * PAUSE_MS_MAX);
    const service = n % services;
    const path = instancePath(service, 1_000_000);
    const owner = `i-1000000.i.s-${service}.${ZONE}.`;
    const startMs = performance.now();
    const accepted = send(http, "PUT", path, registration(n)).then(async () => {
      const acceptedMs = performance.now() - startMs;
      return { acceptedMs, isTrue: await resolver.hasAddress(owner) };
    });
    while (!(await resolver.hasAddress(owner))) await sleep(POLL_MS);
    const visibleMs = performance.now() - startMs;
    samples.push({ visibleMs, ...(await accepted) });
    await send(http, "DELETE", path);
  }
  return samples;
}

interface Resolver {
  /** Whether the server answers A of this name now. */
  hasAddress(owner: string): Promise<boolean>;
  close(): void;
}

async function openResolver(port: number): Promise<Resolver> {
  const socket = createSocket("udp4");
  const waiting = new Map<number, (hasAddress: boolean) => void>();
  let id = 0;
  socket.on("message", (response) => {
    const message = decodeMessage(response);
    waiting.get(message?.id ?? -1)?.(message?.rcode === RCODE.NOERROR && message.answer.length > 0);
  });
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  return {
    async hasAddress(owner) {
      id = (id + 1) & 0xffff;
      const own = id;
      const answered = new Promise<boolean>((resolve) => waiting.set(own, resolve));
      socket.send(encodeQuery({ id: own, name: parseName(owner), type: TYPE.A }));
      const timeout = new AbortController();
      const late = sleep(ANSWER_TIMEOUT_MS, false, { signal: timeout.signal }).catch(() => false);
      const result = await Promise.race([answered, late]);
      timeout.abort();
      waiting.delete(own);
      return result;
    },
    close: () => socket.close(),
  };
}
