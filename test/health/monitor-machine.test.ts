import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import type { Feed, Write } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { systemClock } from "../../src/health/clock.ts";
import { createMonitor } from "../../src/health/monitor.ts";
import { createProbes } from "../../src/health/probes.ts";
import { checkEvery5, REGISTRATION } from "./world.ts";

type Put = Extract<Write, { kind: "put" }>;

test("on the machine's clock, with real probes, the first round finds what is there", async () => {
  const server = createServer((_, answer) => answer.end("ready"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const registration = {
    ...REGISTRATION,
    addresses: ["127.0.0.1"],
    ports: [{ name: "web", port, protocol: "tcp", alpn: [] }],
    checks: [checkEvery5, { ...checkEvery5, kind: "tcp" }],
  };
  const votes: string[] = [];
  const monitor = createMonitor({
    server: "here",
    clock: systemClock,
    random: Math.random,
    brake: { aboveShare: 1, windowSeconds: 60, leastInstances: 5, holdSecondsMax: 600 },
    probes: createProbes({ allowsExec: false, catalog: () => catalog }),
    log: pino({ enabled: false }),
    async commit([write]) {
      votes.push(write?.kind === "put" ? JSON.parse(write.value).reason : "");
      setImmediate(() =>
        fold({ kind: "change", revision: 2, puts: [{ revision: 2, ...(write as Put) }], deletes: [] }),
      );
      return { kind: "committed", revision: 2 };
    },
  });
  const catalog = new Catalog();
  const fold = (item: Feed) => {
    const touched = nothingTouched();
    catalog.apply(item, touched);
    monitor.sync(catalog, touched);
  };
  const item = { key: "inst/web/i-1", value: JSON.stringify(registration), revision: 1 };
  fold({ kind: "reset", revision: 1, items: [item], why: "start" });
  expect(await monitor.firstRound(10_000)).toBe(2);
  expect(votes).toEqual([`http http://127.0.0.1:${port}/health: HTTP 200 OK: ready`]);
  const checks = monitor.results("web", "i-1").map(({ check, state }) => `${state} ${check}`);
  expect(checks).toEqual([`passing http http://127.0.0.1:${port}/health`, `passing tcp 127.0.0.1:${port}`]);
  await monitor.close();
  server.close();
});
