import { join } from "node:path";
import { expect } from "vitest";
import { RECORDS_TEXT, ZONE_TEXT } from "../fuzz/world.ts";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, run } from "./processes.ts";
import { testWith } from "./programs.ts";

const ZONE = "svc.internal";
const KEY = "hmac-sha512:transfer.example:bXVzdGVyIGludGVyb3AgdGVzdCBrZXkgb2YgMzIgb2M=";
const OTHER_KEY = "hmac-sha512:transfer.example:bm90IHRoZSBrZXkgdGhhdCB0aGUgc2VydmVyIGhhcw==";

testWith("dig", "named-compilezone")(
  "AXFR gives dig what BIND reads in the zone's file, all of it and no more",
  async () => {
    // BIND wants a ZONEMD digest of its algorithm's length, and dig an NSEC3 owner that is a hash.
    const text = (ZONE_TEXT.split("$ORIGIN child")[0] + RECORDS_TEXT).replace(/^.*(ZONEMD|NSEC3 ).*\n/gm, "");
    const directory = directoryWith({ "z.zone": text });
    const muster = await startMuster({ MUSTER_ZONES_DIR: directory });
    const lenient = ["-i", "none", ..."kmnrMSW".split("").flatMap((check) => [`-${check}`, "ignore"])];
    const file = join(directory, "z.zone");
    const compiled = await run("named-compilezone", "-q", ...lenient, "-s", "full", "-o", "-", "z.test", file);
    expect(await recordsOf(muster, "z.test", "AXFR")).toEqual(linesOf(compiled));
  },
);

testWith(
  "curl",
  "dig",
  "kdig",
)("IXFR gives dig and kdig what has changed, over TCP and over UDP", async () => {
  const muster = await startMuster();
  await register(muster, "a", "10.0.0.1");
  await register(muster, "b", "10.0.0.2");
  const [serial, before] = [await serialOf(muster), await recordsOf(muster, ZONE, "AXFR")];
  await register(muster, "a", "10.0.0.3");
  const [now, after] = [await serialOf(muster), await recordsOf(muster, ZONE, "AXFR")];
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  const soa = come.filter((line) => line.includes(" SOA "));
  const changes = [...gone, ...come, ...soa, ...soa].sort();
  const kdig = [`@${muster.address}`, "-p", String(muster.port), "+noall", "+answer", ZONE];
  for (const output of [
    await muster.dig("+noall", "+answer", ZONE, `IXFR=${serial}`),
    await muster.dig("+noall", "+answer", "-t", `IXFR=${serial}`, "+notcp", ZONE),
    await run("kdig", ...kdig, `IXFR=${serial}`),
  ]) {
    expect(linesOf(output)).toEqual(changes);
  }
  expect(linesOf(await muster.dig("+noall", "+answer", ZONE, `IXFR=${now}`))).toEqual(soa);
});

testWith("dig")("a transfer fails without the key that is granted, and where no zone begins", async () => {
  const muster = await startMuster({ MUSTER_DNS_KEYS: KEY, MUSTER_DNS_TRANSFER_TO: "key transfer.example" });
  const transfer = (...question: string[]) => muster.dig(...question, "AXFR");
  expect(await transfer("-y", KEY, ZONE)).toContain("XFR size: 4 records");
  expect(await transfer(ZONE)).toContain("Transfer failed");
  expect(await transfer("-y", OTHER_KEY, ZONE)).toMatch(/BADSIG.*Transfer failed/s);
  expect(await transfer("-y", KEY, `web.${ZONE}`)).toContain("Transfer failed");
});

async function register({ curl }: Muster, id: string, address: string): Promise<void> {
  await curl("PUT", `/v1/services/web/instances/${id}`, { address, port: 8080 });
}

async function serialOf({ dig }: Muster): Promise<string> {
  return (await dig("+short", ZONE, "SOA")).split(" ")[2] ?? "";
}

async function recordsOf({ dig }: Muster, ...question: string[]): Promise<string[]> {
  return linesOf(await dig("+noall", "+answer", "+onesoa", ...question));
}

/** The records of a text in master-file format, as sorted lines. */
function linesOf(text: string): string[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
  return lines.map((line) => line.split(/\s+/).join(" ")).sort();
}
