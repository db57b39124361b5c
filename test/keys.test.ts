import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nameText } from "../src/dns/name.ts";
import { readKeys } from "../src/keys.ts";
import { readSettings, type SettingKey } from "../src/settings.ts";

const directory = mkdtempSync(join(tmpdir(), "muster-keys-"));
afterAll(() => rmSync(directory, { recursive: true }));

function keysOf(flags: Partial<Record<SettingKey, string>>, keyFile?: string) {
  const file = join(directory, "keys.conf");
  if (keyFile !== undefined) writeFileSync(file, keyFile);
  const read = readSettings({ flags: { ...flags, ...(keyFile && { "dns.keyFile": file }) }, env: {}, isTty: false });
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return readKeys(read.settings);
}

const KEY = "hmac-sha256:a:c2VjcmV0";
const IN_FILE = 'key "b" { algorithm hmac-sha512; secret "c2VjcmV0"; };';

test("keys come from the settings and from their file", async () => {
  const keys = await keysOf({ "dns.keys": KEY, "dns.notify": "127.0.0.1:53 key b" }, IN_FILE);
  expect([...keys.keys()].map(nameText)).toEqual(["a.", "b."]);
});

test.each([
  [{ "dns.keys": `${KEY},${KEY}` }, undefined, "Cannot use the key a. as it must be given once"],
  [
    { "dns.update": "c subtree example.org" },
    IN_FILE,
    "Cannot set dns.update as the key c. must be in dns.keys or in dns.keyFile",
  ],
  [{ "dns.keyFile": "/nowhere/keys" }, undefined, "Cannot read dns.keyFile as it must be readable"],
  [{}, 'key "b" { algorithm hmac-md5; secret "c2VjcmV0"; };', "keys.conf:1"],
] as const)("%j is refused, without a word of the secret", async (flags, file, message) => {
  const problem = await keysOf(flags, file).catch((error: Error) => error.message);
  expect(problem).toContain(message);
  expect(problem).not.toContain("c2VjcmV0");
});
