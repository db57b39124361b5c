import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import { instanceKey, operatorKey, serviceKey } from "../../src/catalog/keys.ts";
import type { OperatorState } from "../../src/catalog/model.ts";
import type { Item } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { aliasProbe } from "../../src/health/alias-probe.ts";
import { probeExec, refuseExec } from "../../src/health/exec-probe.ts";
import { never, shown, TIMING } from "./probe-servers.ts";
import { REGISTRATION } from "./world.ts";

const AT = { host: "10.0.0.5", port: 8080 };
const directory = mkdtempSync(join(tmpdir(), "muster-exec-"));
afterAll(() => rmSync(directory, { recursive: true }));

function exec(command: readonly string[], signal = never) {
  return probeExec({ check: { kind: "exec", command, ...TIMING }, ...AT }, signal);
}

const sh = (script: string) => ["sh", "-c", script];

test.each<[command: readonly string[], result: string]>([
  [["true"], "passing: exit 0"],
  [["/bin/echo", "a b", "$HOME", "*"], "passing: exit 0: a b $HOME *"],
  [sh("echo low disk; exit 1"), "warning: exit 1: low disk"],
  [sh("echo out; echo err >&2; exit 2"), "failing: exit 2: out\nerr"],
  [sh("exit 255"), "failing: exit 255"],
  [sh("kill -SEGV $$"), "failing: killed by SIGSEGV"],
  [sh("echo $MUSTER_ADDRESS $MUSTER_PORT"), "passing: exit 0: 10.0.0.5 8080"],
  [sh("pwd; cat"), "passing: exit 0: /"],
  [["no-such-program"], "failing: no such program"],
  [["/"], "failing: permission denied"],
])("an exec check of %j is %j", async (command, result) => {
  expect(shown(await exec(command))).toBe(result);
});

test("a program sees nothing of the server's environment", async () => {
  vi.stubEnv("MUSTER_HTTP_TOKEN", "s3cret");
  expect(shown(await exec(["env"]))).not.toContain("s3cret");
  vi.unstubAllEnvs();
});

test("a program that says too much is heard out, and cut", async () => {
  const result = shown(await exec(sh("yes | head -c 300000")));
  expect(result).toMatch(/^passing: exit 0: y\n.*…$/s);
  expect(Buffer.byteLength(result)).toBe("passing: ".length + 4096);
});

test("a program whose time is over is killed with all it started", async () => {
  const file = join(directory, "pids");
  const abort = new AbortController();
  const result = exec(sh(`sleep 600 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`), abort.signal);
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 5000 });
  abort.abort();
  expect(shown(await result)).toBe("failing: timed out after 2 s");
  await vi.waitFor(() => expect(isAlive(Number(readFileSync(file, "utf8")))).toBe(false), { timeout: 5000 });
});

test("what a program leaves behind ends with it", async () => {
  const result = shown(await exec(sh("sleep 600 & echo $!")));
  const pid = Number(/\d+$/.exec(result)?.[0]);
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 });
});

/** A zombie that nobody has reaped yet is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("nothing is run when time is over before, nor where settings do not allow it", async () => {
  const file = join(directory, "ran");
  expect(shown(await exec(["touch", file], AbortSignal.abort()))).toBe("failing: timed out after 2 s");
  expect(await refuseExec({ check: { kind: "exec", command: ["touch", file], ...TIMING }, ...AT }, never)).toEqual({
    kind: "failing",
    asked: "touch",
    reason: "the setting checks.exec does not allow it",
  });
  expect(existsSync(file)).toBe(false);
});

function catalogOf(items: Readonly<Record<string, object>>): Catalog {
  const catalog = new Catalog();
  const list: Item[] = Object.entries(items).map(([key, value]) => ({
    key,
    value: JSON.stringify(value),
    revision: 1,
  }));
  catalog.apply({ kind: "reset", revision: 1, items: list, why: "" }, nothingTouched());
  return catalog;
}

const maintenance: OperatorState = { state: "maintenance", reason: "new disk", atMs: 0 };
const catalog = catalogOf({
  [instanceKey("db", "a")]: { ...REGISTRATION, initialState: "passing" },
  [instanceKey("db", "b")]: { ...REGISTRATION, initialState: "warning" },
  [instanceKey("db", "c")]: { ...REGISTRATION, initialState: "passing" },
  [operatorKey("db", "c")]: maintenance,
  [instanceKey("slow", "a")]: { ...REGISTRATION, initialState: "warning" },
  [instanceKey("down", "a")]: REGISTRATION,
  [serviceKey("bare")]: { ttlSeconds: 1 },
});

test.each([
  ["db", undefined, "passing: 2 of 3 instances pass"],
  ["slow", undefined, "warning: 1 of 1 instances pass"],
  ["down", undefined, "failing: 0 of 1 instances pass"],
  ["bare", undefined, "failing: 0 of 0 instances pass"],
  ["none", undefined, "failing: not registered"],
  ["db", "a", "passing: passing: no check"],
  ["db", "b", "warning: warning: no check"],
  ["db", "c", "failing: maintenance: new disk"],
  ["down", "a", "failing: critical: critical since registration: nothing has said otherwise yet"],
  ["db", "x", "failing: not registered"],
])("an alias of %s %s is %s", async (service, instance, result) => {
  const check = { kind: "alias", service, ...(instance !== undefined && { instance }), ...TIMING } as const;
  expect(shown(await aliasProbe(() => catalog)({ check, ...AT }, never))).toBe(result);
});
