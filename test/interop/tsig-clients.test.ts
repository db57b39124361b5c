import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { nameText } from "../../src/dns/name.ts";
import { base64Text } from "../../src/dns/text-encodings.ts";
import { KEY, keyText, keyWith } from "../support/tsig-ends.ts";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith } from "./processes.ts";
import { testWith } from "./programs.ts";

const OTHER_KEY = keyWith("hmac-sha512", { name: "other." });
const SHA1_KEY = keyWith("hmac-sha1", { name: "sha1." });
const WRONG_KEY = keyWith("hmac-sha256", { secret: "AAAA" });
const UNKNOWN_KEY = keyWith("hmac-sha256", { name: "unknown." });

const OUTPUT_OCTETS_MAX = 4 * 1024 * 1024;
/** More than one message holds. */
const HOSTS = 5000;
const ZONE = [
  "$ORIGIN signed.test.",
  "@ 5 IN SOA ns.signed.test. host.signed.test. 1 60 60 60 5",
  "@ 5 IN NS ns.signed.test.",
  "ns 5 IN A 192.0.2.1",
  ...Array.from({ length: HOSTS }, (_, i) => `a-host-with-the-number-${i} 5 IN A 192.0.2.2`),
].join("\n");

/** A server that knows two keys from its settings and one from a file; only the first may transfer. */
function startSigned(env: Readonly<Record<string, string>> = {}): Promise<Muster> {
  const { algorithm, name, secret } = OTHER_KEY;
  const clause = `key "${nameText(name)}" {\n\talgorithm ${algorithm};\n\tsecret "${base64Text(secret)}";\n};\n`;
  return startMuster({
    MUSTER_DNS_KEYS: [KEY, SHA1_KEY].map(keyText).join(),
    MUSTER_DNS_KEY_FILE: join(directoryWith({ "other.key": clause }), "other.key"),
    MUSTER_DNS_TRANSFER_TO: `key ${nameText(KEY.name)}`,
    MUSTER_ZONES_DIR: directoryWith({ "signed.test.zone": ZONE }),
    ...env,
  });
}

/** All that a client says, on stdout and on stderr, whether it is content or not. */
async function asked(client: "dig" | "kdig", { address, port }: Muster, ...args: string[]): Promise<string> {
  const command = [`@${address}`, "-p", String(port), "+time=3", ...args];
  const said = await promisify(execFile)(client, command, { maxBuffer: OUTPUT_OCTETS_MAX }).catch((failed) => failed);
  return said.stdout + said.stderr;
}

/** The error of the response's TSIG record, and whether the client could verify the response. */
function verdict(output: string): string {
  const [, error = "no TSIG"] = /\sTSIG\s.* (NOERROR|BAD[A-Z]+) \d/.exec(output) ?? [];
  return /verif/.test(output) ? `${error}, not verified` : error;
}

testWith("dig", "kdig")("dig and kdig verify what is answered to signed questions, over UDP and TCP", async () => {
  const muster = await startSigned();
  const rows: [key: string, expected: string][] = [
    [keyText(KEY), "NOERROR"],
    [keyText(KEY).replace("key", "KEY"), "NOERROR"],
    [keyText(SHA1_KEY), "NOERROR"],
    [keyText(OTHER_KEY), "NOERROR"],
    [keyText(WRONG_KEY), "BADSIG, not verified"],
    [keyText(UNKNOWN_KEY), "BADKEY, not verified"],
    [keyText(KEY).replace("sha256", "sha512"), "BADKEY, not verified"],
    [keyText(KEY).replace("sha256", "md5"), "BADKEY, not verified"],
  ];
  for (const [key, expected] of rows) {
    for (const client of ["dig", "kdig"] as const) {
      for (const transport of ["+notcp", "+tcp"]) {
        const output = await asked(client, muster, "-y", key, "ns.signed.test", "A", transport);
        expect(`${client} ${transport} ${verdict(output)}`, output).toBe(`${client} ${transport} ${expected}`);
      }
    }
  }
});

testWith("dig")("a MAC that dig cuts to half is accepted", async () => {
  const muster = await startSigned();
  const key = keyText(KEY).replace("sha256", "sha256-128");
  expect(verdict(await asked("dig", muster, "-y", key, "ns.signed.test", "A"))).toBe("NOERROR");
});

testWith("dig", "kdig")("dig and kdig verify each message of a transfer", async () => {
  const muster = await startSigned();
  for (const client of ["dig", "kdig"] as const) {
    const output = await asked(client, muster, "-y", keyText(KEY), "signed.test", "AXFR");
    expect(verdict(output), output.slice(-1000)).toBe("NOERROR");
    expect(output.match(/a-host-with-the-number-/g)).toHaveLength(HOSTS);
    const [, messages] = /\b(?:messages )?(\d+)(?: messages)?, (?:bytes|\d+ records)/.exec(output) ?? [];
    expect(Number(messages)).toBeGreaterThan(1);
  }
});

testWith("dig")("a transfer that only a key may have is refused without it and with another one", async () => {
  const muster = await startSigned();
  for (const keyArgs of [[], ["-y", keyText(OTHER_KEY)]]) {
    expect(await asked("dig", muster, ...keyArgs, "signed.test", "AXFR")).toContain("Transfer failed.");
  }
});

testWith("dig")("no secret is logged, whatever is asked and however much is logged", async () => {
  const muster = await startSigned({ MUSTER_LOG_LEVEL: "trace" });
  for (const key of [KEY, WRONG_KEY, OTHER_KEY]) await asked("dig", muster, "-y", keyText(key), "signed.test", "AXFR");
  for (const form of [base64Text(KEY.secret), KEY.secret]) expect(muster.lines.join("\n")).not.toContain(form);
});
