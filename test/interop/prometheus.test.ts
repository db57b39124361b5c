import { join } from "node:path";
import { expect } from "vitest";
import { watchDepartures } from "./departures.ts";
import { leadThrough, type Member, PORT } from "./fleet.ts";
import { startMuster } from "./muster.ts";
import { directoryWith, eventuallySees, freePort, ownAddress, type Running, start } from "./processes.ts";
import { mountObstacle, programFile, testWhere } from "./programs.ts";

const missing = ["prometheus", "curl"].filter((program) => programFile(program) === undefined);
const obstacle = missing.length > 0 ? `not installed: ${missing.join(", ")}` : mountObstacle();

testWhere(obstacle)(
  "Prometheus's dns_sd_configs follow 100 instances by SRV over TCP and by A over UDP; only those leave it that left",
  async () => {
    // Prometheus asks who stands in /etc/resolv.conf, at port 53.
    const nameserver = ownAddress();
    const muster = await startMuster({
      MUSTER_DNS_LISTEN: `${nameserver}:53`,
      // It takes 4096 octets over UDP: enough for the addresses of all, and too few for their SRV records.
      MUSTER_DNS_LARGE_ANSWERS_TO: "127.0.0.0/8",
      MUSTER_TTL_SECONDS: "1",
    });
    const { look, lines } = await startPrometheus(nameserver);
    const departures = watchDepartures(look);
    const leavers = await leadThrough(muster, (members) =>
      eventuallySees(
        () => look().catch(() => []),
        targetsOf(members),
        "Prometheus's targets",
        () => lines,
      ),
    );
    expect([...departures].sort()).toEqual(targetsOf(leavers));
    const metrics = await muster.curl("GET", "/metrics");
    expect(metrics).toMatch(/^muster_dns_requests_total\{proto="tcp",type="SRV"\} [1-9]/m);
    expect(metrics).not.toMatch(/^muster_dns_requests_total\{proto="tcp",type="A"\}/m);
  },
);

/** What the two jobs make of these members. */
function targetsOf(members: readonly Member[]): readonly string[] {
  return members.flatMap(({ id, address }) => [`${id}.i.web.svc.internal:${PORT}`, `${address}:${PORT}`]).sort();
}

/** Prometheus with that name server only. `look` tells its targets, and rejects until it has started. */
async function startPrometheus(
  nameserver: string,
): Promise<Pick<Running, "lines"> & { look: () => Promise<readonly string[]> }> {
  const address = ownAddress();
  const directory = directoryWith({ "resolv.conf": `nameserver ${nameserver}\n`, "prometheus.yml": CONFIGURATION });
  const listen = `${address}:${await freePort(address)}`;
  const { lines } = start("unshare", [
    ...["--mount", "sh", "-ec", 'mount --bind "$0" /etc/resolv.conf; exec "$@"', join(directory, "resolv.conf")],
    ...["prometheus", `--config.file=${join(directory, "prometheus.yml")}`],
    ...[`--storage.tsdb.path=${directory}`, `--web.listen-address=${listen}`],
  ]);
  return { lines, look: () => readTargets(`http://${listen}`) };
}

const CONFIGURATION = `global:
  scrape_interval: 60s
scrape_configs:
  - job_name: service
    dns_sd_configs: [{ names: [_http._tcp.web.svc.internal], refresh_interval: 1s }]
  - job_name: addresses
    dns_sd_configs: [{ names: [web.svc.internal], type: A, port: ${PORT}, refresh_interval: 1s }]
`;

async function readTargets(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as {
    data: { activeTargets: { discoveredLabels: Record<string, string> }[] };
  };
  return data.activeTargets.map(({ discoveredLabels }) => discoveredLabels["__address__"] ?? "").sort();
}
