import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { watchDepartures } from "./departures.ts";
import { leadThrough, PORT } from "./fleet.ts";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, eventuallySees, type Running, start } from "./processes.ts";
import { programFile, testWith } from "./programs.ts";

const TRANSPORTS = ["udp", "tcp"];

testWith("haproxy", "curl")(
  "HAProxy's server-template follows 100 instances and their weights, over UDP and TCP; only those leave it that left",
  async () => {
    const muster = await startMuster({
      // All SRV records fit into 4096 octets: HAProxy does not turn to TCP for what a truncated answer lacks.
      MUSTER_ZONE: "svc.test",
      MUSTER_DNS_LARGE_ANSWERS_TO: "127.0.0.0/8",
      MUSTER_TTL_SECONDS: "1",
    });
    const { look, lines } = startHaproxy(muster);
    const lookAtWeights = async () =>
      (await look()).map(({ name, at, weight }) => `${backendOf(name)} ${at} ${weight}`).sort();
    const departures = watchDepartures(async () => (await look()).map(({ name, at }) => `${name} ${at}`));
    const leavers = await leadThrough(muster, (members) =>
      eventuallySees(
        () => lookAtWeights().catch(() => []),
        inBoth(members.map(({ address, weight }) => `${address}:${PORT} ${weight}`)),
        "HAProxy's servers",
        () => lines,
      ),
    );
    const left = departures.map((departure) => departure.replace(/^\S+/, backendOf)).sort();
    expect(left).toEqual(inBoth(leavers.map(({ address }) => `${address}:${PORT}`)));
    // Who was away between two looks is in HAProxy's log.
    expect(lines.filter((line) => line.includes(" is going DOWN "))).toHaveLength(left.length);
  },
);

function inBoth(servers: readonly string[]): readonly string[] {
  return TRANSPORTS.flatMap((transport) => servers.map((server) => `${transport} ${server}`)).sort();
}

function backendOf(name: string): string {
  return name.replace(/\/.*/, "");
}

interface BackendServer {
  /** Its slot, which it keeps as long as it is in use: `BACKEND/SLOT`. */
  readonly name: string;
  readonly at: string;
  readonly weight: string;
}

/** HAProxy with a backend for each transport. `look` tells the servers in use, and rejects until it has started. */
function startHaproxy(muster: Muster): Pick<Running, "lines"> & { look: () => Promise<readonly BackendServer[]> } {
  const directory = directoryWith();
  const [socket, file] = [join(directory, "stats"), join(directory, "haproxy.cfg")];
  writeFileSync(file, configurationText(muster, socket));
  const { lines } = start(programFile("haproxy") ?? "haproxy", ["-db", "-f", file]);
  return { lines, look: () => readServers(socket) };
}

/**
 * Holds on to no server that an answer leaves out, nor to any when an answer is not right: one such answer shows. An
 * answer larger than the payload size is none to HAProxy, over TCP too.
 */
function configurationText({ address, port }: Muster, socket: string): string {
  const sections = TRANSPORTS.map(
    (transport) => `resolvers ${transport}
  nameserver muster ${transport}@${address}:${port}
  accepted_payload_size 8192
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 500ms
  hold obsolete 0s
  hold nx 0s
  hold refused 0s
  hold other 0s
backend ${transport}
  server-template ${transport} 120 _http._tcp.web.svc.test resolvers ${transport} init-addr none
`,
  );
  return `global
  stats socket ${socket} mode 600 level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
${sections.join("")}`;
}

/** In the administrative state of a server: DNS does not tell of it. */
const IS_UNRESOLVED = 0x20;

async function readServers(socket: string): Promise<readonly BackendServer[]> {
  const connection = connect(socket);
  connection.write("show servers state\n");
  const [, header = "", ...rows] = (await text(connection)).trimEnd().split("\n");
  const columns = header.replace(/^# /, "").split(" ");
  const serverOf = (row: string) => {
    const fields = row.split(" ");
    const field = (name: string) => fields[columns.indexOf(name)] ?? "";
    return {
      name: `${field("be_name")}/${field("srv_name")}`,
      at: `${field("srv_addr")}:${field("srv_port")}`,
      weight: field("srv_uweight"),
      isInUse: (Number(field("srv_admin_state")) & IS_UNRESOLVED) === 0,
    };
  };
  return rows.map(serverOf).filter(({ isInUse }) => isInUse);
}
