import { expect } from "vitest";
import { startMuster } from "./muster.ts";
import { directoryWith, ownAddress, run } from "./processes.ts";
import { programFile, testWhere } from "./programs.ts";

const ZONE = `$TTL 3600
@    SOA ns1 hostmaster 2026010101 14400 3600 1209600 300
     NS  ns1
     NS  ns2
     MX  10 mail
ns1  A   FIRST
ns2  A   SECOND
mail A   192.0.2.5
www  A   192.0.2.6
`;

/** What it holds against every server on loopback addresses, whatever that server does. */
const OF_LOOPBACK = /'Loopback'|without PTR configured/;

/** A tester of delegations speaks to port 53. */
const obstacle =
  programFile("zonemaster-cli") === undefined
    ? "not installed: zonemaster-cli"
    : process.getuid?.() === 0
      ? undefined
      : "needs root for port 53";

testWhere(obstacle)("Zonemaster finds nothing wrong with the servers of a zone", async () => {
  const [first, second] = [ownAddress(), ownAddress()];
  const zone = ZONE.replace("FIRST", first).replace("SECOND", second);
  await startMuster({
    MUSTER_DNS_LISTEN: `${first}:53,${second}:53`,
    MUSTER_ZONES_DIR: directoryWith({ "zm.example.zone": zone }),
    MUSTER_DNS_TRANSFER_TO: "none",
  });
  const servers = [`ns1.zm.example/${first}`, `ns2.zm.example/${second}`].flatMap((server) => ["--ns", server]);
  const report = await run("zonemaster-cli", "--no-ipv6", "--level", "INFO", ...servers, "zm.example");
  expect(report).toContain("All these nameservers are confirmed to be authoritative");
  const complaints = report.split("\n").filter((line) => /\b(WARNING|ERROR|CRITICAL)\b/.test(line));
  expect(complaints.filter((line) => !OF_LOOPBACK.test(line))).toEqual([]);
});
