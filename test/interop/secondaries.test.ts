import { expect } from "vitest";
import type { Endpoint } from "../../src/server/transport.ts";
import { type Muster, startMuster } from "./muster.ts";
import { eventually } from "./processes.ts";
import { testWith } from "./programs.ts";
import { type Key, PROGRAMS, type Secondary, type SecondaryProgram, seatFor, startSecondary } from "./secondaries.ts";

const ZONE = "svc.internal";
const KEY: Key = { name: "transfer.example", secret: "bXVzdGVyIGludGVyb3AgdGVzdCBrZXkgb2YgMzIgb2M=" };

/** Registered before anybody transfers: more than the changes of a moment, so that these are worth an IXFR. */
const SERVICES = 8;
const INSTANCES = 60;
const CHANGES = 1000;
const CONVERGED_MS = 2000;

testWith(
  "curl",
  "dig",
  "nsd",
  "knotd",
  "named",
)(
  `NSD, Knot, and BIND with TSIG follow ${CHANGES} changes by NOTIFY and IXFR and then hold the same records`,
  async () => {
    const { muster, secondaries } = await startAll({ NSD: undefined, Knot: undefined, BIND: KEY });
    await change(muster, CHANGES);
    const changedMs = performance.now();
    const serial = await serialOf(muster);
    for (const secondary of secondaries) await untilSerial(secondary, serial);
    const convergedMs = performance.now() - changedMs;
    const records = await recordsOf(muster);
    expect(records.length).toBeGreaterThan(SERVICES * INSTANCES);
    for (const secondary of secondaries) expect(await recordsOf(secondary)).toEqual(records);
    const { full, incremental } = await transfersOf(muster);
    // One at each one's start, and this test's own.
    expect(full).toBe(secondaries.length + 1);
    expect(incremental).toBeGreaterThan(2 * secondaries.length);
    expect(convergedMs).toBeLessThan(CONVERGED_MS);
  },
);

for (const program of Object.keys(PROGRAMS) as SecondaryProgram[]) {
  testWith(
    "curl",
    "dig",
    PROGRAMS[program].file,
  )(`${program}, whom only its key entitles, stopped for 300 versions, catches up by one IXFR`, async () => {
    const { muster, secondaries } = await startAll({ [program]: KEY });
    const secondary = secondaries[0]!;
    secondary.signal("SIGSTOP");
    await change(muster, 300);
    expect(await transfersOf(muster)).toMatchObject({ full: 1, incremental: 0 });
    secondary.signal("SIGCONT");
    await untilSerial(secondary, await serialOf(muster));
    expect(await recordsOf(secondary)).toEqual(await recordsOf(muster, "-y", `hmac-sha256:${KEY.name}:${KEY.secret}`));
    expect(await transfersOf(muster)).toMatchObject({ full: 2, incremental: 1 });
  });
}

/** The primary with its instances, and these secondaries holding them, each with its key. */
async function startAll(keys: Partial<Readonly<Record<SecondaryProgram, Key | undefined>>>) {
  const programs = Object.keys(keys) as SecondaryProgram[];
  const seats = programs.map(seatFor);
  const muster = await startMuster({
    MUSTER_DNS_KEYS: `hmac-sha256:${KEY.name}:${KEY.secret}`,
    MUSTER_DNS_TRANSFER_TO: programs.every((program) => keys[program]) ? `key ${KEY.name}` : "127.0.0.0/8",
    MUSTER_DNS_NOTIFY: programs.map((program, i) => targetText(seats[i]!, keys[program])).join(","),
  });
  await registerAll(muster);
  const start = async (program: SecondaryProgram, i: number) =>
    startSecondary(program, seats[i]!, { primary: muster, zone: ZONE, key: keys[program] });
  const secondaries = await Promise.all(programs.map(start));
  const serial = await serialOf(muster);
  for (const secondary of secondaries) await untilSerial(secondary, serial);
  return { muster, secondaries };
}

function targetText({ address, port }: Endpoint, key: Key | undefined): string {
  return `${address}:${port}${key === undefined ? "" : ` key ${key.name}`}`;
}

const pathOf = (service: number, instance: number) => `/v1/services/web-${service}/instances/i-${instance}`;
const bodyOf = (i: number) => ({ address: `10.${i % 7}.${i % 251}.${i % 241}`, port: 8000 + (i % 11) });

async function registerAll(muster: Muster): Promise<void> {
  const writes = Array.from({ length: SERVICES * INSTANCES }, (_, i) => ({
    method: "PUT",
    path: pathOf(i % SERVICES, Math.floor(i / SERVICES)),
    body: bodyOf(i),
  }));
  await muster.curl("POST", "/v1/batch", { writes });
}

/** Changes instances and takes some away, one after the other. */
async function change({ url }: Muster, changes: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  for (let i = 0; i < changes; i++) {
    const isGone = i % 5 === 4;
    const init = isGone ? { method: "DELETE" } : { method: "PUT", headers, body: JSON.stringify(bodyOf(i * 7)) };
    const response = await fetch(url + pathOf(i % 3, i % 37), init);
    const text = await response.text();
    if (!response.ok && response.status !== 404) throw new Error(`${response.status} ${text}`);
  }
}

type Server = Pick<Secondary, "dig">;

async function serialOf({ dig }: Server): Promise<string> {
  return (await dig("+short", ZONE, "SOA")).split(" ")[2] ?? "";
}

async function untilSerial(secondary: Secondary, serial: string): Promise<void> {
  let seen = "";
  await eventually(
    async () => {
      seen = await serialOf(secondary);
      return seen === serial ? true : undefined;
    },
    () => `the serial is ${serial}: got ${seen}\n${secondary.lines.join("\n")}`,
  );
}

/** What dig transfers, as sorted lines. In lower case, as NSD and Knot keep names. */
async function recordsOf({ dig }: Server, ...options: string[]): Promise<string[]> {
  const output = await dig("+noall", "+answer", "+onesoa", ...options, ZONE, "AXFR");
  const lines = output.split("\n").filter((line) => line !== "" && !line.includes("\tTSIG\t"));
  return lines.map((line) => line.toLowerCase().split(/\s+/).join(" ")).sort();
}

/** How many transfers clients have taken to the end, by form. */
async function transfersOf(muster: Muster): Promise<Readonly<Record<string, number>>> {
  const metrics = await muster.curl("GET", "/metrics");
  const counts = metrics.matchAll(/^muster_dns_transfers_total\{form="(\w+)"\} (\d+)/gm);
  return Object.fromEntries([...counts].map(([, form, count]) => [form, Number(count)]));
}
