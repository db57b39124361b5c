import { expect } from "vitest";
import { type Muster, startMuster } from "./muster.ts";
import { run } from "./processes.ts";
import { testWith } from "./programs.ts";

const INSTANCES = 100;
const NAME = "web.svc.internal";
const UDP = ["+notcp", "+ignore"];

/** Of one SRV record here: compressed owner, fixed part, priority to port, and the target, which is not compressed. */
const SRV_OCTETS = 2 + 10 + 6 + "i-000.i.web.svc.internal.".length + 1;
const QUESTION_OCTETS = 12 + NAME.length + 2 + 4;
const OPT_OCTETS = 11;
const fitting = (octets: number) => Math.floor((octets - QUESTION_OCTETS) / SRV_OCTETS);

for (const [options, records] of [
  [["+noedns"], fitting(512)],
  [["+bufsize=512"], fitting(512 - OPT_OCTETS)],
  [["+bufsize=1232"], fitting(1232 - OPT_OCTETS)],
  // We send no more than 1232 octets over UDP, whatever a client says it takes (RFC 9715 §3.1).
  [["+bufsize=4096"], fitting(1232 - OPT_OCTETS)],
] as const) {
  testWith("curl", "dig")(
    `${INSTANCES} instances over UDP with ${options[0]}: ${records} whole records and TC`,
    async () => {
      const muster = await startWithInstances();
      const first = sectionsOf(await muster.dig(...UDP, ...options, NAME, "SRV"));
      expect([first.flags, first.answer.length, first.additional.length]).toEqual(["qr aa tc", records, 0]);
      for (let again = 0; again < 5; again++) {
        expect(sectionsOf(await muster.dig(...UDP, ...options, NAME, "SRV"))).toEqual(first);
      }
    },
  );
}

testWith("curl", "dig")(
  `${INSTANCES} instances over TCP: all, with all their addresses, with EDNS and without`,
  async () => {
    const muster = await startWithInstances();
    for (const options of [["+tcp"], ["+tcp", "+noedns"], ["+bufsize=4096"], ["+noedns"]]) {
      const { flags, answer, additional } = sectionsOf(await muster.dig(...options, NAME, "SRV"));
      expect([flags, new Set(answer).size]).toEqual(["qr aa", INSTANCES]);
      expect(new Set(additional).size).toBe(INSTANCES);
    }
    expect(await muster.rdata(NAME, "A")).toHaveLength(INSTANCES);
  },
);

testWith("curl", "kdig")("kdig sees the same: a part over UDP with TC, all over TCP", async () => {
  const muster = await startWithInstances();
  const kdig = async (...options: string[]) =>
    sectionsOf(await run("kdig", `@${muster.address}`, "-p", String(muster.port), "+norec", ...options, NAME, "SRV"));
  const over = { udp: await kdig("+notcp", "+ignore", "+bufsize=1232"), tcp: await kdig("+tcp") };
  expect([over.udp.flags, over.udp.answer.length]).toEqual(["qr aa tc", fitting(1232 - OPT_OCTETS)]);
  expect([over.tcp.flags, over.tcp.answer.length, over.tcp.additional.length]).toEqual(["qr aa", INSTANCES, INSTANCES]);
});

async function startWithInstances(): Promise<Muster> {
  const muster = await startMuster();
  const writes = Array.from({ length: INSTANCES }, (_, i) => ({
    method: "PUT",
    path: `/v1/services/web/instances/i-${String(i).padStart(3, "0")}`,
    body: { address: `10.0.${i >> 8}.${i & 0xff}`, port: 8080 },
  }));
  await muster.curl("POST", "/v1/batch", { writes });
  return muster;
}

/** Flags and records, as lines, of what dig or kdig printed. */
function sectionsOf(output: string): { flags: string; answer: readonly string[]; additional: readonly string[] } {
  const flags = /^;; [Ff]lags: ([a-z ]*);/m.exec(output)?.[1] ?? "";
  const linesOf = (title: string) => {
    const section = new RegExp(`^;; ${title} SECTION:\\n((?:[^;\\n].*\\n)*)`, "m").exec(output)?.[1] ?? "";
    return section.split("\n").filter((line) => line !== "");
  };
  return { flags, answer: linesOf("ANSWER"), additional: linesOf("ADDITIONAL") };
}
