import { type Contender, quoted, startDns, writeInto } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import { ZONE, zoneText } from "../table.ts";

export const KNOT: Contender = {
  name: "Knot",
  async start(place) {
    if (!isInstalled("knotd")) return "knotd is not installed";
    const port = await freePort();
    writeInto(place, "zone", zoneText(place.layout));
    const configuration = writeInto(
      place,
      "knot.conf",
      `server:
  rundir: ${quoted(place)}
  listen: 127.0.0.1@${port}
  udp-workers: ${place.threads}
  tcp-workers: ${place.threads}
  background-workers: 1
database:
  storage: ${quoted(place)}
template:
- id: default
  storage: ${quoted(place)}
  zonefile-sync: -1
  journal-content: none
zone:
- domain: ${ZONE}
  file: zone
`,
    );
    return startDns(place, port, ["knotd", "-c", configuration]);
  },
};
