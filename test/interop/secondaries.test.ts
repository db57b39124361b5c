import { expect } from "vitest";
import type { Endpoint } from "../../src/server/transport.ts";
import { type Muster, startMuster } from "./muster.ts";
import { eventually } from "./processes.ts";
import { testWith } from "./programs.ts";
import { type Key, type PROGRAMS, type Secondary, seatFor, startSecondary } from "./secondaries.ts";

const ZONE = "svc.internal";
const CHANGES = 1000;
const CONVERGED_MS = 2000;
const KEY: Key = { name: "transfer.example", secret: "bXVzdGVyIGludGVyb3AgdGVzdCBrZXkgb2YgMzIgb2M=" };
type Program = keyof typeof PROGRAMS;

testWith(
  "nsd",
  "knotd",
  "named",
  "dig",
)(
  `NSD, Knot and BIND follow ${CHANGES} changes by NOTIFY and IXFR, one of them with TSIG, and hold the same records`,
  async () => {
    const keyOf: Readonly<Record<Program, Key | undefined>> = { NSD: undefined, Knot: undefined, BIND: KEY };
    const { muster, secondaries } = await startAll(keyOf);
    const before = await transfersOf(muster);
    await churn(muster);
    const startMs = performance.now();
    const serial = await serialOf(muster);
    await Promise.all(secondaries.map((secondary) => untilSerial(secondary, serial)));
    const tookMs = performance.now() - startMs;
    const expected = await recordsOf(muster);
    expect(expected.length).toBeGreaterThan(100);
    for (const secondary of secondaries) expect(await recordsOf(secondary)).toEqual(expected);
    expect(tookMs).toBeLessThan(CONVERGED_MS);
    const after = await transfersOf(muster);
    console.log(tookMs, before, after);
    for (const { lines } of secondaries) console.log(lines.filter((l) => /xfr|transfer/i.test(l)).slice(-25).join("\n"));
  },
);

async function startAll(keyOf: Readonly<Record<Program, Key | undefined>>) {
  const programs = Object.keys(keyOf) as Program[];
  const seats = await Promise.all(programs.map(seatFor));
  const targets = programs.map((program, i) => targetText(seats[i]!, keyOf[program]));
  const muster = await startMuster({
    MUSTER_DNS_KEYS: `hmac-sha256:${KEY.name}:${KEY.secret}`,
    MUSTER_DNS_NOTIFY: targets.join(","),
  });
  const secondaries = await Promise.all(
    programs.map((program, i) =>
      startSecondary(program, seats[i]!, { primary: muster, zone: ZONE, key: keyOf[program] }),
    ),
  );
  const serial = await serialOf(muster);
  await Promise.all(secondaries.map((secondary) => untilSerial(secondary, serial)));
  return { muster, secondaries };
}

function targetText({ address, port }: Endpoint, key: Key | undefined): string {
  return `${address}:${port}${key === undefined ? "" : ` key ${key.name}`}`;
}

/** Registers, changes and takes away instances, one after the other. */
async function churn(muster: Muster): Promise<void> {
  for (let i = 0; i < CHANGES; i++) {
    const url = `${muster.url}/v1/services/web-${i % 3}/instances/i-${i % 37}`;
    const isGone = i % 5 === 4;
    const body = JSON.stringify({ address: `10.0.${i % 251}.${i % 7}`, port: 8000 + (i % 11) });
    const response = await fetch(url, isGone ? { method: "DELETE" } : { method: "PUT", body, headers: JSON_TYPE });
    if (!response.ok && response.status !== 404) throw new Error(`${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
}

const JSON_TYPE = { "content-type": "application/json" };

type Server = Pick<Secondary, "dig">;

async function serialOf({ dig }: Server): Promise<string> {
  return (await dig("+short", ZONE, "SOA")).split(" ")[2] ?? "";
}

async function untilSerial(server: Server & { lines: readonly string[] }, serial: string): Promise<void> {
  let seen = "";
  await eventually(
    async () => {
      seen = await serialOf(server).catch(() => "");
      return seen === serial ? true : undefined;
    },
    () => `the serial is ${serial}: got ${seen}\n${server.lines.join("\n")}`,
  );
}

/** What dig transfers, as sorted lines; NSD and Knot keep names in lower case. */
async function recordsOf({ dig }: Server): Promise<string[]> {
  const output = await dig("+noall", "+answer", "+onesoa", ZONE, "AXFR");
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.toLowerCase().split(/\s+/).join(" "))
    .sort();
}

/** How many transfers clients have taken, by form. */
async function transfersOf(muster: Muster): Promise<Record<string, number>> {
  const metrics = await muster.curl("GET", "/metrics");
  return Object.fromEntries(
    [...metrics.matchAll(/^muster_dns_transfers_total\{form="(\w+)"\} (\d+)/gm)].map(([, form, count]) => [
      form,
      Number(count),
    ]),
  );
}
