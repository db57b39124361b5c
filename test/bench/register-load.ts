import { Pool } from "undici";
import { instancePath, registration } from "./muster.ts";

/**
 * The load of register.ts, in a process of its own: registers new instances over so many keep-alive connections, one
 * by one on each, for so many seconds. Arguments: URL, connections, seconds, services.
 */
const [url = "", connections = 0, seconds = 0, services = 0] = process.argv
  .slice(2)
  .map((text, i) => (i > 0 ? Number(text) : text)) as [string, number, number, number];

const http = new Pool(url, { connections, pipelining: 1 });
const tookMs: number[] = [];
let failed = 0;
let next = 0;

const startMs = performance.now();
const endMs = startMs + seconds * 1000;
await Promise.all(Array.from({ length: connections }, registerUntilEnd));
const duration = (performance.now() - startMs) / 1000;
await http.close();
process.send?.({ registrations: tookMs.length, failed, seconds: duration, tookMs });

async function registerUntilEnd(): Promise<void> {
  while (performance.now() < endMs) {
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
}
