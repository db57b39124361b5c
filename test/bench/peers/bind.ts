import { type Contender, type Place, quoted, startDns, writeInto } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import { ZONE, zoneText } from "../table.ts";

export const BIND: Contender = {
  name: "BIND",
  async start(place) {
    if (!isInstalled("named")) return "named is not installed";
    const [port, tlsPort] = [await freePort(), await freePort()];
    writeInto(place, "zone", zoneText(place.layout));
    const configuration = writeInto(place, "named.conf", configurationText(place, port, tlsPort));
    const server = await startDns(place, port, ["named", "-g", "-n", String(place.threads), "-c", configuration]);
    return { ...server, tlsPort };
  },
};

function configurationText(place: Place, port: number, tlsPort: number): string {
  const { certificate } = place;
  const files = certificate && `key-file "${certificate.keyFile}"; cert-file "${certificate.certFile}";`;
  return `${files ? `tls own { ${files} };` : ""}
controls { };
options {
  directory ${quoted(place)};
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { 127.0.0.1; };
  ${files ? `listen-on port ${tlsPort} tls own { 127.0.0.1; };` : ""}
  listen-on-v6 { none; };
  recursion no;
  minimal-responses no;
};
zone "${ZONE}" { type primary; file "zone"; };
`;
}
