import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

// The store was opened before the zones were read, and its thread kept the process alive behind the error.
test("muster ask ends with an error when a zone is faulty and there is a database", async () => {
  const directory = mkdtempSync(join(tmpdir(), "muster-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  await (await openSqliteStore({ file: join(directory, "muster.db") })).close();
  mkdirSync(join(directory, "zones"));
  writeFileSync(join(directory, "zones", "bad.zone"), "@ A 1.2.3\n");
  const flags = ["--data-dir", directory, "--zones-dir", join(directory, "zones")];
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "ask", "web", "A", ...flags], {
    encoding: "utf8",
    timeout: 10_000,
  });
  expect(stderr).toContain("bad.zone:1:5: Cannot read the A record");
  expect(status).toBe(1);
});
