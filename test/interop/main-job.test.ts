import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import { EXAMPLE_ZONES, type Muster, startMuster } from "./muster.ts";
import { eventuallySees, run } from "./processes.ts";
import { testWith } from "./programs.ts";

const testMainJob = testWith("curl", "dig");

const instance = (service: string, id: string) => `/v1/services/${service}/instances/${id}`;

testMainJob("one curl registers an instance, and DNS answers it at once", async () => {
  const muster = await startMuster();
  await muster.curl("PUT", instance("web", "i-1"), { address: "10.0.0.5", port: 8080, meta: { version: "1.4.2" } });
  expect(await muster.rdata("web.svc.internal", "A")).toEqual(["10.0.0.5"]);
  expect(await muster.rdata("web.svc.internal", "SRV")).toEqual(["10 2560 8080 i-1.i.web.svc.internal."]);
  expect(await muster.rdata("_web._tcp.svc.internal", "SRV")).toEqual(["10 2560 8080 i-1.i.web.svc.internal."]);
  expect(await muster.rdata("i-1.i.web.svc.internal", "TXT")).toEqual(['"version=1.4.2"']);
});

testMainJob("an instance that fails its check is lost, and found again when it is mended", async () => {
  const [muster, health] = await Promise.all([startMuster(), startHealth()]);
  const check = { kind: "http", url: health.url, intervalSeconds: 0.2, timeoutSeconds: 0.15, failAfter: 2 };
  await muster.curl("PUT", instance("web", "i-1"), { address: "10.0.0.1", port: 80, checks: [check] });
  await muster.curl("PUT", instance("web", "i-2"), { address: "10.0.0.2", port: 80 });
  await answered(muster, ["10.0.0.1", "10.0.0.2"]);
  health.status = 500;
  await answered(muster, ["10.0.0.2"]);
  expect(await muster.rdata("_why.i-1.i.web.svc.internal", "TXT")).toEqual([expect.stringContaining('"answered=no"')]);
  health.status = 200;
  await answered(muster, ["10.0.0.1", "10.0.0.2"]);
  health.close();
  await answered(muster, ["10.0.0.2"]);
});

testMainJob("configuration put over HTTP is answered as TXT, the more specific layer first", async () => {
  const muster = await startMuster();
  await muster.curl("PUT", "/v1/config", { "log.level": "info", region: "eu" });
  await muster.curl("PUT", "/v1/services/web/config", { "log.level": "debug", limit: 5 });
  expect(await muster.rdata("_config.web.svc.internal", "TXT")).toEqual(['"limit=5" "log.level=debug" "region=eu"']);
  expect(await muster.rdata("log.level._config.web.svc.internal", "TXT")).toEqual(['"debug"']);
});

testMainJob("the example zones are served, beside what is registered", async () => {
  const muster = await startMuster({ MUSTER_ZONES_DIR: EXAMPLE_ZONES });
  await muster.curl("PUT", instance("web", "i-1"), { address: "10.0.0.5", port: 8080 });
  expect(await muster.rdata("www.example.test", "A")).not.toEqual([]);
  expect(await muster.rdata("gateway.svc.internal", "A")).not.toEqual([]);
  expect(await muster.rdata("web.svc.internal", "A")).toEqual(["10.0.0.5"]);
});

testMainJob("the name is gone with its last instance", async () => {
  const muster = await startMuster();
  for (const id of ["i-1", "i-2"]) await muster.curl("PUT", instance("web", id), { address: "10.0.0.5", port: 80 });
  await muster.curl("DELETE", instance("web", "i-1"));
  expect(await muster.dig("web.svc.internal", "A")).toContain("status: NOERROR");
  await muster.curl("DELETE", instance("web", "i-2"));
  for (const name of ["web", "i.web", "i-2.i.web", "_web._tcp"]) {
    expect(await muster.dig(`${name}.svc.internal`, "A")).toContain("status: NXDOMAIN");
  }
});

testMainJob("a service that is all down exists, and says why nothing is answered", async () => {
  const [muster, health] = await Promise.all([startMuster(), startHealth()]);
  const check = { kind: "http", url: health.url, intervalSeconds: 0.2, timeoutSeconds: 0.15, failAfter: 1 };
  await muster.curl("PUT", "/v1/services/web", { failurePolicy: "none" });
  await muster.curl("PUT", instance("web", "i-1"), { address: "10.0.0.1", port: 80, checks: [check] });
  await answered(muster, ["10.0.0.1"]);
  health.close();
  await answered(muster, []);
  const response = await muster.dig("web.svc.internal", "A");
  expect(response).toMatch(/status: NOERROR.*ANSWER: 0, AUTHORITY: 1/s);
  expect(response).toMatch(/EDE: 0 \(Other\): \(no instance of web passes/);
});

testMainJob("curl is told every faulty field at once", async () => {
  const { url } = await startMuster();
  const body = JSON.stringify({ address: "0.0.0.0", port: 70_000, speed: 3 });
  const problem = JSON.parse(
    await run("curl", "--silent", "--request", "PUT", "--data", body, url + instance("web", "i-1")),
  );
  const paths = problem.errors.map((error: { path: string }) => error.path);
  expect(paths.sort()).toEqual(["/address", "/port", "/speed"]);
});

/** Resolves when DNS answers these addresses for the service. */
function answered(muster: Muster, addresses: readonly string[]): Promise<void> {
  return eventuallySees(() => muster.rdata("web.svc.internal", "A"), addresses, "the answer");
}

interface Health {
  readonly url: string;
  status: number;
  close(): void;
}

/** What an HTTP check looks at. */
async function startHealth(): Promise<Health> {
  const server: Server = createServer((_, response) => response.writeHead(health.status).end());
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const health: Health = { url: `http://127.0.0.1:${port}/health`, status: 200, close };
  return health;
}
