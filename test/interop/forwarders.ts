import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, eventually, freePort, ownAddress, type Running, run, start } from "./processes.ts";
import { programFile } from "./programs.ts";

/** A resolver that asks one server for all names below `svc.internal`. */
export interface Forwarder extends Running, Endpoint {
  /** The output of dig, asking it with recursion. */
  dig(...args: string[]): Promise<string>;
}

interface Program {
  readonly file: string;
  /** Runs it in the foreground, with its log on stderr. */
  args(configuration: string): readonly string[];
  /** Where it may listen: BIND only at addresses that an interface has, so not in all of 127.0.0.0/8. */
  address(): string;
  configuration(directory: string, at: Endpoint, server: Endpoint): string;
}

const ZONE = "svc.internal";

export const FORWARDERS: Readonly<Record<"Unbound" | "Unbound as stub" | "dnsmasq" | "BIND", Program>> = {
  Unbound: unbound("forward"),
  "Unbound as stub": unbound("stub"),
  dnsmasq: {
    file: "dnsmasq",
    args: (configuration) => ["--keep-in-foreground", "--log-facility=-", `--conf-file=${configuration}`],
    address: ownAddress,
    configuration: (_, at, server) => `listen-address=${at.address}
port=${at.port}
bind-interfaces
user=
no-resolv
no-hosts
no-ping
server=/${ZONE}/${server.address}#${server.port}
`,
  },
  BIND: {
    file: "named",
    args: (configuration) => ["-g", "-c", configuration],
    address: () => "127.0.0.1",
    configuration: (directory, at, server) => `options {
  directory "${directory}";
  listen-on port ${at.port} { ${at.address}; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  dnssec-validation no;
  recursion yes;
};
controls { };
zone "${ZONE}" { type forward; forward only; forwarders { ${server.address} port ${server.port}; }; };
`,
  },
};

/** With DNS 0x20, so that the case of our answers must be the question's. */
function unbound(clause: "forward" | "stub"): Program {
  return {
    file: "unbound",
    args: (configuration) => ["-d", "-p", "-c", configuration],
    address: ownAddress,
    configuration: (directory, at, server) => `server:
  interface: ${at.address}@${at.port}
  directory: "${directory}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  num-threads: 1
  use-caps-for-id: yes
remote-control:
  control-enable: no
${clause}-zone:
  name: "${ZONE}"
  ${clause}-addr: ${server.address}@${server.port}
`,
  };
}

/** Starts a forwarder in front of a server, for the running test. */
export async function startForwarder(name: keyof typeof FORWARDERS, server: Endpoint): Promise<Forwarder> {
  const { file, args, address, configuration } = FORWARDERS[name];
  const own = address();
  const at: Endpoint = { address: own, port: await freePort(own) };
  const directory = directoryWith();
  const configurationFile = join(directory, "forwarder.conf");
  writeFileSync(configurationFile, configuration(directory, at, server));
  const running = start(programFile(file) ?? file, args(configurationFile));
  const dig = (...options: string[]) =>
    run("dig", `@${at.address}`, "-p", String(at.port), "+tries=2", "+time=5", "+nocookie", ...options);
  // Over TCP: BIND listens there last.
  const isReady = async () =>
    (await dig("+tcp", "+tries=1", "+time=1", ZONE, "SOA").catch(() => "")).includes("NOERROR");
  await eventually(
    async () => (await isReady()) || undefined,
    () => `${name} answers:\n${running.lines.join("\n")}`,
  );
  return { ...running, ...at, dig };
}
