import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { terminal } from "./terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "muster-register-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, "instance.json");
writeFileSync(file, JSON.stringify({ address: "10.0.0.5", port: 80, weight: 7, meta: { version: "1" } }));

describe("register sends what the flags say", () => {
  test.each<[string, string, unknown]>([
    ["", "build-7", {}],
    ["--port 8080", "build-7-8080", { port: 8080 }],
    ["--id i-1 --port 8080", "i-1", { port: 8080 }],
    ["--address 10.0.0.5 --port 8080", "10-0-0-5-8080", { addresses: ["10.0.0.5"], port: 8080 }],
    ["--address 10.0.0.5 --address ::1", "10-0-0-5", { addresses: ["10.0.0.5", "::1"] }],
    ["--address 2001:DB8::5 --port 1", "2001-db8--5-1", { addresses: ["2001:DB8::5"], port: 1 }],
    ["--address ::1", "1", { addresses: ["::1"] }],
    ["--host db.example.com", "db-example-com", { host: "db.example.com" }],
    [
      "--id a --port-name http=80 --port-name dns=53/udp",
      "a",
      { ports: { http: 80, dns: { port: 53, protocol: "udp" } } },
    ],
    ["--id a --tag x --tag y --meta k=v=w --meta e=", "a", { tags: ["x", "y"], meta: { k: "v=w", e: "" } }],
    ["--id a --priority 1 --weight 0 --locality eu-1a", "a", { priority: 1, weight: 0, locality: "eu-1a" }],
    [
      "--id a --lease 15 --deregister-after 0 --initial-state passing",
      "a",
      { leaseSeconds: 15, deregisterAfterSeconds: 0, initialState: "passing" },
    ],
    [
      "--id a --http-check /health --http-check http://10.0.0.5/ --tcp-check --check-interval 0.5",
      "a",
      {
        checks: [
          { kind: "http", url: "/health", intervalSeconds: 0.5 },
          { kind: "http", url: "http://10.0.0.5/", intervalSeconds: 0.5 },
          { kind: "tcp", intervalSeconds: 0.5 },
        ],
      },
    ],
    [`--file ${file}`, "10-0-0-5-80", { address: "10.0.0.5", port: 80, weight: 7, meta: { version: "1" } }],
    [
      `--file ${file} --address 10.0.0.6 --weight 1`,
      "10-0-0-6-80",
      { addresses: ["10.0.0.6"], port: 80, weight: 1, meta: { version: "1" } },
    ],
  ])("%s", async (flags, id, body) => {
    const it = terminal({ replies: [{ json: { revision: 42 } }] });
    expect(await it.run("register", "web", ...flags.split(" ").filter((word) => word !== ""))).toBe(0);
    expect(it.requests).toEqual([{ method: "PUT", url: `/v1/services/web/instances/${id}`, token: null, body }]);
    expect(it.stdout).toBe(`web/${id} registered at revision 42\n`);
    expect(it.stderr.includes(id)).toBe(!flags.includes("--id"));
  });
});

test.each([
  ["--port 8080", "build-7-8080, after this host and port"],
  ["--address 10.0.0.5 --port 8080", "10-0-0-5-8080, after its address and port"],
  ["--address 10.0.0.5", "10-0-0-5, after its address"],
])("register %s says what it calls the instance", async (flags, name) => {
  const it = terminal();
  await it.run("register", "web", ...flags.split(" "));
  expect(it.stderr).toBe(`Without --id the instance is called ${name}\n`);
});

test("register --json prints what was registered", async () => {
  const it = terminal({ replies: [{ json: { revision: 42 } }] });
  await it.run("register", "web", "--id", "i-1", "--json");
  expect(JSON.parse(it.stdout)).toEqual({ service: "web", id: "i-1", revision: 42 });
});

test.each([
  ["not there", undefined],
  ["no JSON", "{"],
  ["no object", "[]"],
])("register --file refuses a file that is %s", async (_, text) => {
  const path = join(directory, "bad.json");
  if (text === undefined) rmSync(path, { force: true });
  else writeFileSync(path, text);
  const it = terminal();
  expect([await it.run("register", "web", "--file", path), it.requests]).toEqual([2, []]);
  expect(it.stderr).toContain(`Cannot register from ${path} as it must be a readable JSON object`);
});

test.each([
  [[], "/v1/services/web/instances/i-1"],
  [["--drain"], "/v1/services/web/instances/i-1?drain=true"],
])("deregister %j", async (flags, url) => {
  const it = terminal({ replies: [{ json: { revision: 43 } }] });
  expect([await it.run("deregister", "web", "i-1", ...flags), it.stdout]).toEqual([
    0,
    "web/i-1 deregistered at revision 43\n",
  ]);
  expect(it.requests).toMatchObject([{ method: "DELETE", url }]);
  expect(it.stderr).toBe("");
});

test("deregister --drain shows progress on a terminal only, and cleans it up", async () => {
  const it = terminal({ replies: [{ json: { revision: 43 } }], isTTY: true });
  await it.run("deregister", "web", "i-1", "--drain");
  expect(it.stderr).toMatch(/draining web\/i-1/);
  expect(it.stderr.endsWith("\r\x1b[K")).toBe(true);
});
