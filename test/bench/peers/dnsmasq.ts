import { type Contender, quoted, startDns, writeInto } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import { OUR_NAMES } from "../queries.ts";
import { instanceCount, instancesOf, META, PORT, ZONE } from "../table.ts";

/** It searches its SRV and TXT records from the first to the last. */
const INSTANCES_MAX = 10_000;

export const DNSMASQ: Contender = {
  name: "dnsmasq",
  async start(place) {
    if (!isInstalled("dnsmasq")) return "dnsmasq is not installed";
    if (instanceCount(place.layout) > INSTANCES_MAX) return `only measured up to ${INSTANCES_MAX} instances`;
    const port = await freePort();
    const instances = [...instancesOf(place.layout)].map((one) => ({
      ...one,
      owner: OUR_NAMES.instance(one.service, one.id),
    }));
    writeInto(place, "hosts", instances.map(({ address, owner }) => `${address} ${owner}\n`).join(""));
    const records = instances.map(
      ({ service, owner }) =>
        `srv-host=${OUR_NAMES.service(service)},${owner},${PORT},10,256\ntxt-record=${owner},version=${META.version}\n`,
    );
    const configuration = writeInto(
      place,
      "dnsmasq.conf",
      `port=${port}
listen-address=127.0.0.1
bind-interfaces
keep-in-foreground
log-facility=-
user=root
pid-file
no-resolv
no-hosts
addn-hosts=${JSON.parse(quoted(place, "hosts"))}
local=/${ZONE}/
local-ttl=5
${records.join("")}`,
    );
    return startDns(place, port, ["dnsmasq", `--conf-file=${configuration}`]);
  },
};
