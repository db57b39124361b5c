import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Contender, quoted, startDns, writeInto } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import { ZONE, zoneText } from "../table.ts";

/** gdnsd, which adds no addresses beside its SRV answers. */
export const GDNSD: Contender = {
  name: "gdnsd",
  async start(place) {
    if (!isInstalled("gdnsd")) return "gdnsd is not installed";
    const port = await freePort();
    mkdirSync(join(place.directory, "zones"));
    writeInto(place, `zones/${ZONE}`, zoneText(place.layout));
    writeInto(
      place,
      "config",
      `options => {
  listen => 127.0.0.1:${port}
  udp_threads => ${place.threads}
  tcp_threads => ${place.threads}
  run_dir => ${quoted(place, "run")}
  state_dir => ${quoted(place, "state")}
}
`,
    );
    return startDns(place, port, ["gdnsd", "-c", place.directory, "start"]);
  },
};
