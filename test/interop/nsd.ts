import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, eventually, freePort, ownAddress, type Running, start } from "./processes.ts";
import { programFile } from "./programs.ts";

export type Nsd = Running & Endpoint;

/**
 * Runs NSD in the foreground with these zones (text of the master file by absolute origin), answering as briefly as we do, in a
 * fixed order and at any rate.
 */
export async function startNsd(zones: Readonly<Record<string, string>>): Promise<Nsd> {
  const [address, origins] = [ownAddress(), Object.keys(zones)];
  const port = await freePort(address);
  const directory = directoryWith(Object.fromEntries(origins.map((origin, i) => [`${i}.zone`, zones[origin] ?? ""])));
  const configuration = join(directory, "nsd.conf");
  writeFileSync(configuration, configurationText(directory, `${address}@${port}`, origins));
  const running = start(programFile("nsd") ?? "nsd", ["-d", "-c", configuration]);
  await eventually(
    () => running.lines.find((line) => line.includes("nsd started")),
    () => `NSD is ready:\n${running.lines.join("\n")}`,
  );
  return { ...running, address, port };
}

function configurationText(directory: string, endpoint: string, origins: readonly string[]): string {
  const zones = origins.map((origin, i) => `zone:\n  name: "${origin}"\n  zonefile: "${i}.zone"\n`);
  return `server:
  ip-address: ${endpoint}
  do-ip6: no
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  xfrdir: "${directory}"
  zonelistfile: "${directory}/zone.list"
  pidfile: ""
  database: ""
  xfrdfile: ""
  minimal-responses: yes
  round-robin: no
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
${zones.join("")}`;
}
