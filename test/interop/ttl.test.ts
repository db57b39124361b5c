import { expect } from "vitest";
import { type Muster, startMuster } from "./muster.ts";
import { testWith } from "./programs.ts";

/** The TTLs of an answer's records. */
async function ttls(muster: Muster, ...args: string[]): Promise<number[]> {
  const records = (await muster.dig("+noall", "+answer", "+additional", ...args)).split("\n").filter(Boolean);
  return records.map((record) => Number(record.split(/\s+/)[1]));
}

testWith("dig", "curl")("no answer outlasts the lease of whom it holds, in any thread", async () => {
  const muster = await startMuster({ MUSTER_SERVICE_TTL_SECONDS: "we*=60", MUSTER_DNS_WORKERS: "2" });
  await muster.curl("PUT", "/v1/services/web/instances/a", {
    address: "10.0.0.1",
    ports: { http: 80 },
    leaseSeconds: 5,
  });
  const registeredMs = performance.now();
  await muster.curl("PUT", "/v1/services/other/instances/a", { address: "10.0.0.2", ports: { http: 80 } });
  const seen: number[] = [];
  while (performance.now() < registeredMs + 4500) {
    for (const protocol of ["+notcp", "+tcp"]) {
      const askedMs = performance.now();
      const found = await ttls(muster, protocol, "_http._tcp.web.svc.internal", "SRV");
      expect(found.length).toBe(2);
      // The lease was granted before its registration was answered.
      for (const ttl of found) expect(askedMs + ttl * 1000).toBeLessThanOrEqual(registeredMs + 5000);
      seen.push(...found);
    }
  }
  expect(Math.max(...seen)).toBeGreaterThan(0);
  expect(Math.min(...seen)).toBe(0);
  expect(new Set(await ttls(muster, "other.svc.internal", "SRV"))).toEqual(new Set([5]));
});

testWith("dig", "curl")("a drain waits for the TTL that was handed out before it was lowered", async () => {
  const muster = await startMuster();
  await muster.curl("PUT", "/v1/services/web", { ttlSeconds: 3 });
  await muster.curl("PUT", "/v1/services/web/instances/a", { address: "10.0.0.1" });
  expect(await ttls(muster, "web.svc.internal")).toEqual([3]);
  const loweredMs = performance.now();
  await muster.curl("PUT", "/v1/services/web", { ttlSeconds: 1 });
  const draining = muster.curl("DELETE", "/v1/services/web/instances/a?drain=true");
  while ((await ttls(muster, "a.i.web.svc.internal"))[0] !== 0);
  await draining;
  expect(performance.now()).toBeGreaterThan(loweredMs + 2990);
  expect(await muster.rdata("a.i.web.svc.internal", "A")).toEqual([]);
});
