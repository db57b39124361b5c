import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { selfSigned } from "../health/self-signed.ts";
import { asker } from "./asking.ts";
import { startField } from "./contender.ts";
import type { Run } from "./dnsperf.ts";
import { BIND } from "./peers/bind.ts";
import { DNSMASQ } from "./peers/dnsmasq.ts";
import { GDNSD } from "./peers/gdnsd.ts";
import { KNOT } from "./peers/knot.ts";
import { MUSTER } from "./peers/muster.ts";
import { NSD } from "./peers/nsd.ts";
import { POWERDNS } from "./peers/powerdns.ts";
import { isInstalled, makeDirectory } from "./processes.ts";
import type { Effort, Section } from "./report.ts";
import { cells, inTurns } from "./rounds.ts";
import { TABLES } from "./table.ts";

const ALL = [NSD, KNOT, GDNSD, POWERDNS, BIND, DNSMASQ, MUSTER];
const FEW = [NSD, MUSTER];
const CONNECTIONS = 10;

/** What an answer costs over TCP and TLS, on connections that stay open and carry many queries at once. */
export async function benchStreams({ rounds, seconds, isQuick }: Effort): Promise<Section[]> {
  const title = "TCP and TLS, mixed queries";
  if (!isInstalled("dnsperf")) {
    return [{ title, figures: [{ name: "all", unit: "", values: [], missing: "dnsperf is not installed" }] }];
  }
  const contenders = isQuick ? FEW : ALL;
  const layout = TABLES[0]!;
  const field = await startField(contenders, { layout, threads: 1, isPinned: true, certificate: writeCertificate() });
  const ask = asker(layout, contenders);
  const runs = await inTurns(rounds, ["TCP", "TLS"], field, async (server, column) => {
    if (column === "TCP") return ask(server, "mixed", { seconds, transport: "tcp", clients: CONNECTIONS });
    if (server.tlsPort === undefined) return "has no TLS";
    return ask({ ...server, port: server.tlsPort }, "mixed", { seconds, transport: "dot", clients: CONNECTIONS });
  });
  await field.stop();
  const cpu = (run: Run) => (run.cpuSeconds / run.queries) * 1e6;
  const rate = (run: Run) => run.queries / run.seconds;
  const base = NSD.name;
  return [
    { title: `${title}: CPU per query, × ${base}`, figures: cells(runs, field, { unit: "×", of: cpu, base }) },
    { title: `${title}: CPU per query, µs`, figures: cells(runs, field, { unit: "µs", of: cpu }) },
    { title: `${title}: queries per second, × ${base}`, figures: cells(runs, field, { unit: "×", of: rate, base }) },
  ];
}

function writeCertificate(): { certFile: string; keyFile: string } {
  const directory = makeDirectory();
  const { cert, key } = selfSigned("localhost");
  const [certFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  return { certFile, keyFile };
}
