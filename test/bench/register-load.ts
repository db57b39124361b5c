import { Pool } from "undici";
import { FORMS, type Numbered } from "./register-forms.ts";

/** What registers: so many keep-alive connections, each one request after the other, of instances that are new. */
export interface Load {
  readonly url: string;
  /** In whose form. */
  readonly server: keyof typeof FORMS;
  readonly isInBatches: boolean;
  readonly connections: number;
  readonly seconds: number;
  readonly services: number;
  /** Number of the first instance. */
  readonly first: number;
}

export interface Loaded {
  readonly registrations: number;
  readonly failed: number;
  readonly seconds: number;
  /** From each request to its answer. */
  readonly tookMs: readonly number[];
}

/** The load of register.ts, in a process of its own: takes one Load and sends one Loaded. */
process.once("message", async (load: Load) => {
  // Only when it is sent: a channel that is closed at once loses what is still under way.
  process.send?.(await run(load), () => process.disconnect());
});

async function run({ url, server, isInBatches, connections, seconds, services, first }: Load): Promise<Loaded> {
  const http = new Pool(url, { connections, pipelining: 1 });
  const form = FORMS[server];
  const tookMs: number[] = [];
  let [registrations, failed, next] = [0, 0, first];
  const nextOne = (): Numbered => {
    const n = next++;
    return { n, service: n % services, id: Math.floor(n / services) };
  };
  const startMs = performance.now();
  const registerInTurn = async () => {
    while (performance.now() < startMs + seconds * 1000) {
      const instances = Array.from({ length: isInBatches ? form.batchSize : 1 }, nextOne);
      const { method, path, body } = isInBatches ? form.batch(instances) : form.one(instances[0]!);
      const headers = { "content-type": "application/json" };
      const sentMs = performance.now();
      const response = await http.request({ method, path, headers, body: JSON.stringify(body) });
      await response.body.dump();
      tookMs.push(performance.now() - sentMs);
      if (response.statusCode < 300) registrations += instances.length;
      else failed += instances.length;
    }
  };
  await Promise.all(Array.from({ length: connections }, registerInTurn));
  const tookSeconds = (performance.now() - startMs) / 1000;
  await http.close();
  return { registrations, failed, seconds: tookSeconds, tookMs };
}
