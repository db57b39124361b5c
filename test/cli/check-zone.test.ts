import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkZones } from "../../src/check-zones.ts";
import { terminal } from "./terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "muster-check-zone-"));
afterAll(() => rmSync(directory, { recursive: true }));
const parts = { checkZones };

function put(name: string, ...lines: string[]): string {
  const file = join(directory, name);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

const APEX = ["@ 60 IN SOA ns hostmaster 7 1 1 1 1", "@ 60 IN NS ns"];
const good = put("good.test.zone", ...APEX, "ns 60 IN A 192.0.2.1");
const internal = put("svc.internal.zone", "db 60 IN A 192.0.2.2");
const broken = put("broken.test.zone.off", ...APEX, "ns 60 IN A 192.0.2.256");
const missing = join(directory, "missing.test.zone");

test("check-zone tells each zone of a directory, the discovery zone among them without an SOA", async () => {
  const it = terminal({ parts });
  expect([await it.run("check-zone", directory), it.stderr]).toEqual([0, ""]);
  const lines = it.stdout.trimEnd().split("\n");
  expect(lines.sort()).toEqual(["good.test.     serial 7  records 3", "svc.internal.  serial 0  records 1"]);
});

test.each([
  [["--zone", "Good.Test."], {}, 1],
  [[], { MUSTER_ZONE: "svc.internal" }, 0],
  [[], { MUSTER_ZONE: "svc.other" }, 1],
])("check-zone of files with %j %j knows the discovery zone", async (flags, env, exitCode) => {
  expect(await terminal({ parts, env }).run("check-zone", good, internal, ...flags)).toBe(exitCode);
});

test("check-zone --json", async () => {
  const it = terminal({ parts });
  await it.run("check-zone", good, "--json");
  expect(JSON.parse(it.stdout)).toEqual({ zones: [{ origin: "good.test.", serial: 7, records: 3 }], problems: [] });
});

test("check-zone tells every problem with its place and fails", async () => {
  const it = terminal({ parts });
  expect(await it.run("check-zone", broken, good, missing)).toBe(1);
  expect(it.stdout.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/broken\.test\.zone\.off:3:\d+: .*192\.0\.2\.256/),
    expect.stringContaining(`${missing}:1:1: Cannot read the file`),
  ]);
  expect(it.stderr).toBe("Cannot load the zones as there must be no problem: got 2\n");
});
