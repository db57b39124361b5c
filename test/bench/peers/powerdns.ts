import { type Contender, quoted, startDns, writeInto } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import { ZONE, zoneText } from "../table.ts";

/** PowerDNS with the backend that holds master files in memory, and its caches as they come. */
export const POWERDNS: Contender = {
  name: "PowerDNS",
  async start(place) {
    if (!isInstalled("pdns_server")) return "pdns_server is not installed";
    const port = await freePort();
    writeInto(place, "zone", zoneText(place.layout));
    const zones = writeInto(place, "named.conf", `zone "${ZONE}" { type master; file ${quoted(place, "zone")}; };\n`);
    const options = {
      "config-dir": place.directory,
      launch: "bind",
      "bind-config": zones,
      "local-address": "127.0.0.1",
      "local-port": port,
      "socket-dir": place.directory,
      "receiver-threads": place.threads,
      "distributor-threads": 1,
      "zone-cache-refresh-interval": 0,
      daemon: "no",
      guardian: "no",
      loglevel: 3,
    };
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    return startDns(place, port, ["pdns_server", ...flags]);
  },
};
