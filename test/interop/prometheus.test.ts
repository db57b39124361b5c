import { join } from "node:path";
import { expect } from "vitest";
import { startMuster } from "./muster.ts";
import { directoryWith, eventuallySees, freePort, ownAddress, start } from "./processes.ts";
import { mountObstacle, programFile, testWhere } from "./programs.ts";

const missing = ["prometheus", "curl"].filter((program) => programFile(program) === undefined);
const obstacle = missing.length > 0 ? `not installed: ${missing.join(", ")}` : mountObstacle();

testWhere(obstacle)("Prometheus finds targets through dns_sd_configs, by SRV and by A", async () => {
  // Prometheus asks who stands in /etc/resolv.conf, at port 53.
  const nameserver = ownAddress();
  const muster = await startMuster({ MUSTER_DNS_LISTEN: `${nameserver}:53` });
  for (const i of [1, 2, 3]) {
    await muster.curl("PUT", `/v1/services/web/instances/i-${i}`, {
      address: `127.0.0.${i}`,
      ports: { http: 8080 + i },
    });
  }
  const hasTargets = await startPrometheus(nameserver);
  const byAddress = ["127.0.0.1:9100", "127.0.0.2:9100", "127.0.0.3:9100"];
  const byService = [1, 2, 3].map((i) => `i-${i}.i.web.svc.internal:${8080 + i}`);
  await hasTargets([...byAddress, ...byService]);
  await muster.curl("DELETE", "/v1/services/web/instances/i-2");
  await hasTargets([...byAddress, ...byService].filter((_, i) => i % 3 !== 1));
  expect(await muster.curl("GET", "/metrics")).toMatch(/^muster_dns_requests_total\{.*type="SRV".*\} [1-9]/m);
});

/** Prometheus with that name server only. Returns how to wait until it has these targets. */
async function startPrometheus(nameserver: string): Promise<(expected: readonly string[]) => Promise<void>> {
  const address = ownAddress();
  const directory = directoryWith({ "resolv.conf": `nameserver ${nameserver}\n`, "prometheus.yml": CONFIGURATION });
  const listen = `${address}:${await freePort(address)}`;
  const prometheus = start("unshare", [
    ...["--mount", "sh", "-ec", 'mount --bind "$0" /etc/resolv.conf; exec "$@"', join(directory, "resolv.conf")],
    ...["prometheus", `--config.file=${join(directory, "prometheus.yml")}`],
    ...[`--storage.tsdb.path=${directory}`, `--web.listen-address=${listen}`],
  ]);
  const look = () => readTargets(`http://${listen}`).catch(() => []);
  return (expected) => eventuallySees(look, expected, "Prometheus's targets", () => prometheus.lines);
}

const CONFIGURATION = `global:
  scrape_interval: 60s
scrape_configs:
  - job_name: service
    dns_sd_configs: [{ names: [_http._tcp.web.svc.internal], refresh_interval: 1s }]
  - job_name: addresses
    dns_sd_configs: [{ names: [web.svc.internal], type: A, port: 9100, refresh_interval: 1s }]
`;

async function readTargets(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as {
    data: { activeTargets: { discoveredLabels: Record<string, string> }[] };
  };
  return data.activeTargets.map(({ discoveredLabels }) => discoveredLabels["__address__"] ?? "").sort();
}
