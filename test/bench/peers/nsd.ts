import { type Contender, type Place, quoted, startDns, writeInto } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import { ZONE, zoneText } from "../table.ts";

/** NSD, with addresses beside its SRV answers as ours have them. */
export const NSD: Contender = {
  name: "NSD",
  async start(place) {
    if (!isInstalled("nsd")) return "nsd is not installed";
    const [port, tlsPort] = [await freePort(), await freePort()];
    writeInto(place, "zone", zoneText(place.layout));
    const configuration = writeInto(place, "nsd.conf", configurationText(place, port, tlsPort));
    return { ...(await startDns(place, port, ["nsd", "-d", "-c", configuration])), tlsPort };
  },
};

/** Debian's build limits the rate of responses unless told otherwise. */
function configurationText(place: Place, port: number, tlsPort: number): string {
  return `server:
  ip-address: 127.0.0.1@${port}
${tlsText(place, tlsPort)}
  server-count: ${place.threads}
  username: ""
  zonesdir: ${quoted(place)}
  pidfile: ${quoted(place, "pid")}
  xfrdfile: ${quoted(place, "xfrd")}
  zonelistfile: ${quoted(place, "zones")}
  logfile: ${quoted(place, "log")}
  minimal-responses: no
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: zone
`;
}

function tlsText({ certificate }: Place, tlsPort: number): string {
  if (certificate === undefined) return "";
  return `  ip-address: 127.0.0.1@${tlsPort}
  tls-port: ${tlsPort}
  tls-service-key: ${JSON.stringify(certificate.keyFile)}
  tls-service-pem: ${JSON.stringify(certificate.certFile)}`;
}
