import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { startMuster } from "./muster.ts";
import { freePort, isInstalled, onCore, type Running, start } from "./processes.ts";
import { ORIGIN, zoneText } from "./zone.ts";

const READY_TIMEOUT_MS = 10_000;

export interface DnsServer extends Running {
  readonly port: number;
}

/** A server that answers the static zone, or only echoes; a string says why it cannot be had here. */
export interface Contender {
  readonly name: string;
  start(directory: string): Promise<DnsServer | string>;
}

/** Every one has one core and one thread that answers. The first is the measure of the others. */
export const CONTENDERS: readonly Contender[] = [
  { name: "NSD", start: startNsd },
  { name: "Knot", start: startKnot },
  { name: "Muster", start: startOurs },
  { name: "echo in Node (dgram)", start: startNodeEcho },
  { name: "echo in C (recvmmsg)", start: startCEcho },
];

async function startOurs(directory: string): Promise<DnsServer> {
  mkdirSync(join(directory, "zones"));
  writeFileSync(join(directory, "zones", `${ORIGIN}.zone`), zoneText());
  const muster = await startMuster({ directory, isPinned: true });
  return { ...muster, port: muster.dnsPort };
}

async function startNsd(directory: string): Promise<DnsServer | string> {
  if (!isInstalled("nsd")) return "nsd is not installed";
  const port = await freePort();
  const path = (name: string) => JSON.stringify(join(directory, name));
  writeFileSync(join(directory, "zone"), zoneText());
  // Debian's build limits the rate of responses unless told otherwise.
  const config = `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  zonesdir: ${path("")}
  pidfile: ${path("pid")}
  xfrdfile: ${path("xfrd")}
  zonelistfile: ${path("zones")}
  logfile: ${path("log")}
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${ORIGIN}
  zonefile: zone
`;
  writeFileSync(join(directory, "nsd.conf"), config);
  return ready(start(onCore("server", ["nsd", "-d", "-c", join(directory, "nsd.conf")])), port);
}

async function startKnot(directory: string): Promise<DnsServer | string> {
  if (!isInstalled("knotd")) return "knotd is not installed";
  const port = await freePort();
  const path = JSON.stringify(directory);
  writeFileSync(join(directory, "zone"), zoneText());
  const config = `server:
  rundir: ${path}
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: ${path}
template:
- id: default
  storage: ${path}
  zonefile-sync: -1
  journal-content: none
zone:
- domain: ${ORIGIN}
  file: zone
`;
  writeFileSync(join(directory, "knot.conf"), config);
  return ready(start(onCore("server", ["knotd", "-c", join(directory, "knot.conf")])), port);
}

async function startNodeEcho(): Promise<DnsServer> {
  const port = await freePort();
  const file = fileURLToPath(new URL("echo.ts", import.meta.url));
  return ready(start(onCore("server", [process.execPath, ...process.execArgv, file, String(port)])), port);
}

async function startCEcho(directory: string): Promise<DnsServer | string> {
  if (!isInstalled("cc")) return "no C compiler (cc) is installed";
  const program = join(directory, "echo");
  const compiled = spawnSync("cc", ["-O2", "-o", program, fileURLToPath(new URL("echo.c", import.meta.url))]);
  if (compiled.status !== 0) return `it does not compile: ${compiled.stderr}`;
  const port = await freePort();
  return ready(start(onCore("server", [program, String(port)])), port);
}

/** Asks until something answers with NOERROR. */
async function ready(running: Running, port: number): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const answered = new Promise<void>((resolve) =>
    socket.on("message", ([, , , flags]) => (flags! & 15) === 0 && resolve()),
  );
  const query = encodeQuery({ id: 1, name: parseName(`${ORIGIN}.`), type: TYPE.SOA });
  try {
    for (const endMs = performance.now() + READY_TIMEOUT_MS; performance.now() < endMs; ) {
      socket.send(query, port, "127.0.0.1");
      if (await Promise.race([answered.then(() => true), sleep(50)])) return { ...running, port };
    }
  } finally {
    socket.close();
  }
  await running.stop();
  throw new Error(`The server on port ${port} did not answer within ${READY_TIMEOUT_MS} ms`);
}
