import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, eventually, freePort, ownAddress, type Running, run, start } from "./processes.ts";
import { programFile } from "./programs.ts";

/** A TSIG key of hmac-sha256. */
export interface Key {
  readonly name: string;
  /** In base64. */
  readonly secret: string;
}

/** What a secondary is told by its configuration file. */
interface Configuration {
  readonly directory: string;
  readonly at: Endpoint;
  readonly primary: Endpoint;
  readonly zone: string;
  readonly key: Key | undefined;
}

interface Program {
  /** Where it may listen: BIND only where an interface has the address, not in all of 127.0.0.0/8. */
  address(): string;
  configuration(options: Configuration): string;
  /** Runs it in the foreground, with its log on stderr. */
  command(configurationFile: string): readonly [program: string, ...args: string[]];
  /** What its log says when it answers. */
  readonly ready: string;
}

export const PROGRAMS = {
  NSD: {
    address: ownAddress,
    configuration: nsdConfiguration,
    command: (file) => ["nsd", "-d", "-c", file],
    ready: "nsd started",
  },
  Knot: {
    address: ownAddress,
    configuration: knotConfiguration,
    command: (file) => ["knotd", "-c", file],
    ready: "server started",
  },
  BIND: {
    address: () => "127.0.0.1",
    configuration: bindConfiguration,
    command: (file) => ["named", "-g", "-c", file],
    ready: "running",
  },
} as const satisfies Readonly<Record<string, Program>>;

export interface Secondary extends Running, Endpoint {
  /** The output of dig, asking it once. */
  dig(...args: string[]): Promise<string>;
}

/** Where a program can be started, so that the primary can be told before: its port is free at the moment. */
export async function seatFor(program: keyof typeof PROGRAMS): Promise<Endpoint> {
  const address = PROGRAMS[program].address();
  return { address, port: await freePort(address) };
}

/** Starts a program as secondary of one zone, for the running test; it takes notifications and lets everybody transfer. */
export async function startSecondary(
  program: keyof typeof PROGRAMS,
  at: Endpoint,
  { primary, zone, key }: { readonly primary: Endpoint; readonly zone: string; readonly key?: Key | undefined },
): Promise<Secondary> {
  const { configuration, command, ready } = PROGRAMS[program];
  const directory = directoryWith();
  const file = join(directory, "secondary.conf");
  writeFileSync(file, configuration({ directory, at, primary, zone, key }));
  const [name, ...args] = command(file);
  const running = start(programFile(name) ?? name, args);
  await eventually(
    () => running.lines.find((line) => line.includes(ready)),
    () => `${program} is ready:\n${running.lines.join("\n")}`,
  );
  const server = [`@${at.address}`, "-p", String(at.port), "+norecurse", "+nocookie", "+time=5", "+tries=2"];
  return { ...running, ...at, dig: (...more) => run("dig", ...server, ...more) };
}

function nsdConfiguration({ directory, at, primary, zone, key }: Configuration): string {
  const keyName = key?.name ?? "NOKEY";
  return `server:
  ip-address: ${at.address}@${at.port}
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
  rrl-ratelimit: 0
  xfrd-reload-timeout: 0
  verbosity: 2
remote-control:
  control-enable: no
${key === undefined ? "" : `key:\n  name: "${key.name}"\n  algorithm: hmac-sha256\n  secret: "${key.secret}"\n`}
zone:
  name: "${zone}"
  zonefile: "secondary.zone"
  allow-notify: ${primary.address} ${keyName}
  request-xfr: ${primary.address}@${primary.port} ${keyName}
  provide-xfr: 127.0.0.0/8 NOKEY
`;
}

function knotConfiguration({ directory, at, primary, zone, key }: Configuration): string {
  const withKey = key === undefined ? "" : `    key: ${key.name}\n`;
  return `server:
    listen: ${at.address}@${at.port}
    rundir: ${directory}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: ${directory}
${key === undefined ? "" : `key:\n  - id: ${key.name}\n    algorithm: hmac-sha256\n    secret: ${key.secret}\n`}
remote:
  - id: primary
    address: ${primary.address}@${primary.port}
${withKey}
acl:
  - id: notified
    address: ${primary.address}
    action: notify
${withKey}
  - id: anybody
    address: 127.0.0.0/8
    action: transfer
zone:
  - domain: ${zone}
    storage: ${directory}
    master: primary
    acl: [notified, anybody]
    zonefile-sync: -1
`;
}

function bindConfiguration({ directory, at, primary, zone, key }: Configuration): string {
  return `options {
  directory "${directory}";
  pid-file none;
  session-keyfile none;
  lock-file none;
  listen-on port ${at.port} { ${at.address}; };
  listen-on-v6 { none; };
  recursion no;
  notify no;
  dnssec-validation no;
  allow-transfer { any; };
};
controls { };
logging { channel all { stderr; severity debug 3; print-category yes; }; category default { all; }; category xfer-in { all; }; };
${key === undefined ? "" : `key "${key.name}" { algorithm hmac-sha256; secret "${key.secret}"; };`}
zone "${zone}" {
  type secondary;
  primaries { ${primary.address} port ${primary.port}${key === undefined ? "" : ` key "${key.name}"`}; };
  file "secondary.zone";
};
`;
}
