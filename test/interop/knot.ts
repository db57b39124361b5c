import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, eventually, freePort, ownAddress, type Running, start } from "./processes.ts";
import { programFile } from "./programs.ts";

export type Knot = Running & Endpoint;

/** Runs Knot in the foreground with these zones: text of the master file by absolute origin. */
export async function startKnot(zones: Readonly<Record<string, string>>): Promise<Knot> {
  const [address, origins] = [ownAddress(), Object.keys(zones)];
  const port = await freePort(address);
  const directory = directoryWith(Object.fromEntries(origins.map((origin, i) => [`${i}.zone`, zones[origin] ?? ""])));
  const configuration = join(directory, "knot.conf");
  writeFileSync(configuration, configurationText(directory, `${address}@${port}`, origins));
  const running = start(programFile("knotd") ?? "knotd", ["-c", configuration]);
  const isLoaded = (origin: string) => running.lines.some((line) => line.includes(`[${origin}] loaded`));
  await eventually(
    () => (origins.every(isLoaded) && running.lines.some((line) => line.includes("server started"))) || undefined,
    () => `Knot is ready:\n${running.lines.join("\n")}`,
  );
  return { ...running, address, port };
}

function configurationText(directory: string, endpoint: string, origins: readonly string[]): string {
  const zones = origins.map((origin, i) => `  - domain: "${origin}"\n    file: "${i}.zone"\n`);
  return `server:
  rundir: "${directory}"
  listen: ${endpoint}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: "${directory}"
template:
  - id: default
    storage: "${directory}"
    journal-content: none
    zonefile-load: whole
zone:
${zones.join("")}`;
}
