import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startMuster } from "./muster.ts";
import { directoryWith, eventuallySees, freePort, ownAddress, start } from "./processes.ts";
import { programFile, testWith } from "./programs.ts";

testWith("haproxy", "curl")(
  "HAProxy's server-template takes three instances from SRV, with weights, and lets one go",
  async () => {
    const muster = await startMuster({ MUSTER_TTL_SECONDS: "1" });
    for (const [i, weight] of [10, 10, 20].entries()) {
      const body = { address: `10.0.0.${i + 1}`, ports: { http: 8080 + i }, weight };
      await muster.curl("PUT", `/v1/services/web/instances/i-${i + 1}`, body);
    }
    const hasServers = await startHaproxy(`${muster.address}:${muster.port}`);
    await hasServers(["10.0.0.1:8080 10", "10.0.0.2:8081 10", "10.0.0.3:8082 20"]);
    await muster.curl("DELETE", "/v1/services/web/instances/i-2");
    await hasServers(["10.0.0.1:8080 10", "10.0.0.3:8082 20"]);
  },
);

/** HAProxy with five slots for servers. Returns how to wait until it has these, as `address:port weight`. */
async function startHaproxy(nameserver: string): Promise<(expected: readonly string[]) => Promise<void>> {
  const address = ownAddress();
  const directory = directoryWith();
  const [socket, file] = [join(directory, "stats"), join(directory, "haproxy.cfg")];
  writeFileSync(file, configurationText(nameserver, socket, `${address}:${await freePort(address)}`));
  const haproxy = start(programFile("haproxy") ?? "haproxy", ["-db", "-f", file]);
  const look = () => readServers(socket).catch(() => []);
  return (expected) => eventuallySees(look, expected, "HAProxy's servers", () => haproxy.lines);
}

function configurationText(nameserver: string, socket: string, bind: string): string {
  return `global
  stats socket ${socket} mode 600 level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
resolvers muster
  nameserver muster ${nameserver}
  accepted_payload_size 1232
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 500ms
  hold obsolete 1s
frontend in
  bind ${bind}
  default_backend web
backend web
  server-template web 5 _http._tcp.web.svc.internal resolvers muster init-addr none
`;
}

/** The servers that have an address, in the order of their addresses. */
async function readServers(socket: string): Promise<readonly string[]> {
  const connection = connect(socket);
  connection.write("show servers state web\n");
  const [, header = "", ...rows] = (await text(connection)).split("\n");
  const columns = header.replace(/^# /, "").split(" ");
  const column = (row: string, name: string) => row.split(" ")[columns.indexOf(name)] ?? "";
  return rows
    .filter((row) => row.includes("10.0.0."))
    .map((row) => `${column(row, "srv_addr")}:${column(row, "srv_port")} ${column(row, "srv_uweight")}`)
    .sort();
}
