import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { terminal } from "./terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "muster-settings-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, "muster.toml");
writeFileSync(file, '[http]\nlisten = "0.0.0.0:80"\ntoken = "s3cr3t"\n');

function rowsOf(stdout: string): Record<string, readonly string[]> {
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  return Object.fromEntries(rows.map(([key, ...rest]) => [key, rest]));
}

test.each([
  [["--config", file], {}],
  [[], { MUSTER_CONFIG: file }],
])("settings prints each value with its origin, and never the token: %j %j", async (argv, env) => {
  const it = terminal({ env });
  expect(await it.run("settings", ...argv, "--zone", "svc.test")).toBe(0);
  expect(rowsOf(it.stdout)).toMatchObject({
    "http.listen": ["0.0.0.0:80", `${file}:2:1`],
    "http.token": ["set", `${file}:3:1`],
    zone: ["svc.test", "--zone"],
    ttlSeconds: ["5", "default"],
  });
  expect(it.stdout).not.toContain("s3cr3t");
});

test("settings --json prints the same", async () => {
  const it = terminal();
  await it.run("settings", "--json");
  expect(JSON.parse(it.stdout)).toContainEqual({ key: "zone", value: "svc.internal", origin: "default" });
});

test("a list may be given by repeating its flag, one value may not", async () => {
  const it = terminal();
  await it.run("settings", "--dns-listen", "127.0.0.1:1", "--dns-listen", "[::1]:2,[::1]:3");
  expect(rowsOf(it.stdout)["dns.listen"]).toEqual(["127.0.0.1:1,[::1]:2,[::1]:3", "--dns-listen"]);
  expect(await terminal().run("settings", "--zone", "a.test", "--zone", "b.test")).toBe(2);
});
