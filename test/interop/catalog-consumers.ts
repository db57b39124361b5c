import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, freePort, ownAddress, type Running, start } from "./processes.ts";
import { programFile } from "./programs.ts";

/** A secondary that is told of one zone, the catalog (RFC 9432), and finds its others there. */
export type Consumer = Running & Endpoint;

/** Knot DNS, which follows catalogs with `catalog-role: interpret`. */
export async function startKnotConsumer(primary: Endpoint, catalog: string): Promise<Consumer> {
  const address = ownAddress();
  const port = await freePort(address);
  const directory = directoryWith();
  const file = join(directory, "knot.conf");
  writeFileSync(
    file,
    `server:
    rundir: "${directory}"
    listen: ${address}@${port}
log:
  - target: stderr
    any: info
database:
    storage: "${directory}"
remote:
  - id: primary
    address: ${primary.address}@${primary.port}
template:
  - id: default
    storage: "${directory}"
  - id: member
    storage: "${directory}"
    master: primary
zone:
  - domain: ${catalog}
    master: primary
    catalog-role: interpret
    catalog-template: member
`,
  );
  return { ...start(programFile("knotd") ?? "knotd", ["-c", file]), address, port };
}

/** BIND, which follows catalogs with `catalog-zones`. It listens only on addresses that an interface has. */
export async function startBindConsumer(primary: Endpoint, catalog: string): Promise<Consumer> {
  const address = "127.0.0.1";
  const port = await freePort(address);
  const directory = directoryWith();
  const file = join(directory, "named.conf");
  mkdirSync(join(directory, "members"));
  const primaries = `{ ${primary.address} port ${primary.port}; }`;
  writeFileSync(
    file,
    `options {
  directory "${directory}";
  listen-on port ${port} { ${address}; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  lock-file none;
  recursion no;
  notify no;
  catalog-zones {
    zone "${catalog}" default-primaries ${primaries} zone-directory "${directory}/members" min-update-interval 1;
  };
};
controls {};
zone "${catalog}" { type secondary; primaries ${primaries}; file "catalog.db"; };
`,
  );
  return { ...start(programFile("named") ?? "named", ["-g", "-c", file]), address, port };
}
