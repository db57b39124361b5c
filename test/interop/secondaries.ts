import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, eventually, ownAddress, type Running, run, start } from "./processes.ts";
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
  readonly file: string;
  /** Runs it in the foreground, with its log on stderr; the name of its configuration file comes last. */
  readonly args: readonly string[];
  /** What its log says when it answers. */
  readonly ready: string;
  /** Where it may listen: BIND only at addresses that an interface has, so not in all of 127.0.0.0/8. */
  address(): string;
  configuration(options: Configuration): string;
}

export const PROGRAMS: Readonly<Record<SecondaryProgram, Program>> = {
  NSD: {
    file: "nsd",
    args: ["-d", "-c"],
    ready: "nsd started",
    address: ownAddress,
    configuration: nsdConfiguration,
  },
  Knot: { file: "knotd", args: ["-c"], ready: "server started", address: ownAddress, configuration: knotConfiguration },
  BIND: {
    file: "named",
    args: ["-g", "-c"],
    ready: "running",
    address: () => "127.0.0.1",
    configuration: bindConfiguration,
  },
};

export type SecondaryProgram = "NSD" | "Knot" | "BIND";

export interface Secondary extends Running, Endpoint {
  /** The output of dig, asking it once. */
  dig(...args: string[]): Promise<string>;
}

/**
 * Where a program will listen, so that the primary can be told before. The port is none of those that the system gives to
 * clients: one of them might have it, of UDP or TCP, when the program starts.
 */
export function seatFor(program: SecondaryProgram): Endpoint {
  return { address: PROGRAMS[program].address(), port: randomInt(10_000, 32_000) };
}

/** Starts a program as a secondary of one zone, for the running test. It lets everybody transfer. */
export async function startSecondary(
  program: SecondaryProgram,
  at: Endpoint,
  { primary, zone, key }: Pick<Configuration, "primary" | "zone" | "key">,
): Promise<Secondary> {
  const { file, args, ready, configuration } = PROGRAMS[program];
  const directory = directoryWith();
  const configurationFile = join(directory, "secondary.conf");
  writeFileSync(configurationFile, configuration({ directory, at, primary, zone, key }));
  const running = start(programFile(file) ?? file, [...args, configurationFile]);
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
${key === undefined ? "" : `key "${key.name}" { algorithm hmac-sha256; secret "${key.secret}"; };`}
zone "${zone}" {
  type secondary;
  primaries { ${primary.address} port ${primary.port}${key === undefined ? "" : ` key "${key.name}"`}; };
  file "secondary.zone";
};
`;
}
