import { Pool } from "undici";
import { instancePath, registration } from "./muster.ts";

/** What registers: so many keep-alive connections, each one registration after the other, of instances that are new. */
export interface Load {
  readonly url: string;
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
  /** From each request to its 200. */
  readonly tookMs: readonly number[];
}

/** The load of register.ts, in a process of its own: takes one Load and sends one Loaded. */
process.once("message", async (load: Load) => {
  // Only when it is sent: a channel that is closed at once loses what is still under way.
  process.send?.(await run(load), () => process.disconnect());
});

async function run({ url, connections, seconds, services, first }: Load): Promise<Loaded> {
  const http = new Pool(url, { connections, pipelining: 1 });
  const tookMs: number[] = [];
  let failed = 0;
  let next = first;
  const startMs = performance.now();
  const registerInTurn = async () => {
    while (performance.now() < startMs + seconds * 1000) {
      const n = next++;
      const sentMs = performance.now();
      const { statusCode, body } = await http.request({
        method: "PUT",
        path: instancePath(n % services, Math.floor(n / services)),
        headers: { "content-type": "application/json" },
        body: JSON.stringify(registration(n)),
      });
      await body.dump();
      if (statusCode < 300) tookMs.push(performance.now() - sentMs);
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: connections }, registerInTurn));
  const tookSeconds = (performance.now() - startMs) / 1000;
  await http.close();
  return { registrations: tookMs.length, failed, seconds: tookSeconds, tookMs };
}
