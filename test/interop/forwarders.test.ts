import { expect } from "vitest";
import { FORWARDERS, type Forwarder, startForwarder } from "./forwarders.ts";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, run } from "./processes.ts";
import { testWith } from "./programs.ts";

const INSTANCES = 250;
/** What one answer holds of them (DNS.md §2.10: BIND makes SERVFAIL of more than 100). */
const ANSWERED = 100;
const ZONE_FILE = `$ORIGIN svc.internal.
$TTL 60
gateway 60 A 192.0.2.1
www     60 CNAME gateway
tree    60 DNAME i.web
`;

for (const name of Object.keys(FORWARDERS) as (keyof typeof FORWARDERS)[]) {
  testWith(
    "curl",
    "dig",
    FORWARDERS[name].file,
  )(`${name} in front resolves every kind of answer`, async () => {
    const { forwarder } = await startBehind(name, 3);
    const rows: readonly (readonly [question: string, status: string, answer: readonly string[]])[] = [
      ["web.svc.internal A", "NOERROR", ["10.0.0.0", "10.0.0.1", "10.0.0.2"]],
      ["i-1.i.web.svc.internal A", "NOERROR", ["10.0.0.1"]],
      ["i-1.i.web.svc.internal TXT", "NOERROR", ['"zone=a"']],
      ["_web._tcp.svc.internal SRV", "NOERROR", [0, 1, 2].map((i) => `10 2560 8080 i-${i}.i.web.svc.internal.`)],
      ["www.svc.internal A", "NOERROR", ["192.0.2.1", "gateway.svc.internal."]],
      ["i-1.tree.svc.internal A", "NOERROR", ["10.0.0.1", "i-1.i.web.svc.internal.", "i.web.svc.internal."]],
      ["web.svc.internal AAAA", "NOERROR", []],
      ["i.web.svc.internal A", "NOERROR", []],
      ["gateway.svc.internal TYPE731", "NOERROR", []],
      ["none.svc.internal A", "NXDOMAIN", []],
      ["none.web.svc.internal SRV", "NXDOMAIN", []],
    ];
    const seen = [];
    for (const [question] of rows) seen.push([question, ...summary(await forwarder.dig(...question.split(" ")))]);
    expect(seen).toEqual(rows);
  });

  testWith(
    "curl",
    "dig",
    FORWARDERS[name].file,
  )(`${name} in front resolves a service of ${INSTANCES} instances, over UDP and TCP`, async () => {
    const { forwarder } = await startBehind(name, INSTANCES);
    for (const question of ["web.svc.internal SRV", "_web._tcp.svc.internal SRV", "web.svc.internal A"]) {
      for (const options of [[], ["+tcp"], ["+bufsize=512"], ["+noedns"]]) {
        const [status, answer] = summary(await forwarder.dig(...options, ...question.split(" ")));
        expect([question, options, status, new Set(answer).size]).toEqual([question, options, "NOERROR", ANSWERED]);
      }
    }
  });
}

testWith(
  "curl",
  "dig",
  "unbound",
  "delv",
)("delv takes the answers for what they are", async () => {
  const { muster, forwarder } = await startBehind("Unbound", 2);
  for (const [{ address, port }, what] of [
    [muster, "; authoritative"],
    [forwarder, "; answer not validated"],
  ] as const) {
    const output = await run("delv", `@${address}`, "-p", String(port), "-i", "+noroot", "web.svc.internal", "A");
    const [remark, ...records] = output.trimEnd().split("\n");
    expect([remark, records.length]).toEqual([what, 2]);
  }
});

/** Muster with so many instances of `web` and a few names of a file, and a forwarder in front of it. */
async function startBehind(
  name: keyof typeof FORWARDERS,
  instances: number,
): Promise<{ muster: Muster; forwarder: Forwarder }> {
  const muster = await startMuster({ MUSTER_ZONES_DIR: directoryWith({ "svc.internal.zone": ZONE_FILE }) });
  const writes = Array.from({ length: instances }, (_, i) => ({
    method: "PUT",
    path: `/v1/services/web/instances/i-${i}`,
    body: { address: `10.0.${i >> 8}.${i & 0xff}`, port: 8080, meta: { zone: "a" } },
  }));
  await muster.curl("POST", "/v1/batch", { writes });
  return { muster, forwarder: await startForwarder(name, muster) };
}

/** Status and sorted RDATA of what dig printed. */
function summary(output: string): [status: string, answer: readonly string[]] {
  const section = /^;; ANSWER SECTION:\n((?:[^;\n].*\n)*)/m.exec(output)?.[1] ?? "";
  const rdatas = section
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(/\s+/).slice(4).join(" "));
  return [/status: ([A-Z]+)/.exec(output)?.[1] ?? "", rdatas.sort()];
}
