import { describe, expect, test } from "vitest";
import { terminal } from "./terminal.ts";

const LAYER = {
  revision: 7,
  own: { "log.level": "debug" },
  effective: { "log.level": "debug", limit: 5, on: true },
  secret: [],
};

describe("config get reads a layer", () => {
  test.each([
    [[], "/v1/config", "log.level=debug\nlimit=5\non=true\n"],
    [["--service", "web"], "/v1/services/web/config", "log.level=debug\nlimit=5\non=true\n"],
    [["--service", "web", "--tag", "canary", "--own"], "/v1/services/web/tags/canary/config", "log.level=debug\n"],
    [["--service", "web", "--instance", "i-1", "limit"], "/v1/services/web/instances/i-1/config", "5\n"],
    [["--json", "--own"], "/v1/config", '{\n  "log.level": "debug"\n}\n'],
    [["--json", "log.level"], "/v1/config", '"debug"\n'],
  ])("%j", async (argv, url, stdout) => {
    const it = terminal({ replies: [{ json: LAYER }] });
    expect([await it.run("config", "get", ...argv), it.stdout]).toEqual([0, stdout]);
    expect(it.requests).toMatchObject([{ method: "GET", url }]);
  });

  test("and ends with 1 for a key that is not there", async () => {
    const it = terminal({ replies: [{ json: LAYER }] });
    expect([await it.run("config", "get", "toString"), it.stdout]).toEqual([1, ""]);
    expect(it.stderr).toBe("Cannot read toString as the configuration of all services has no such key\n");
  });
});

describe("config writes one release", () => {
  test.each<[string[], string, string, unknown]>([
    [["set", "a=1", "b=x=y", "c="], "PATCH", "/v1/config", { a: "1", b: "x=y", c: "" }],
    [["set", "a=1", "b=true", 'c="t"', "--typed"], "PATCH", "/v1/config", { a: 1, b: true, c: "t" }],
    [
      ["set", "a=1", "--secret", "--service", "web"],
      "PATCH",
      "/v1/services/web/config",
      { a: { value: "1", secret: true } },
    ],
    [["unset", "a", "b"], "PATCH", "/v1/config", { a: null, b: null }],
    [["rollback", "--to", "7", "--service", "web"], "POST", "/v1/services/web/config/rollback", { to: 7 }],
  ])("%j", async (argv, method, url, body) => {
    const it = terminal({ replies: [{ json: { revision: 8 } }] });
    expect(await it.run("config", ...argv)).toBe(0);
    expect(it.requests).toMatchObject([{ method, url, body }]);
    expect(it.stdout).toMatch(/^the configuration of (all services|web) published at revision 8\n$/);
  });
});

test("config history lists the releases", async () => {
  const releases = [
    { revision: 12, release: 2, atMs: 1_700_000_001_000, values: { a: "2" }, secret: [] },
    { revision: 7, release: 1, atMs: 1_700_000_000_000, values: { a: "1" }, secret: [] },
  ];
  const it = terminal({ replies: [{ json: { revision: 12, releases } }] });
  expect(await it.run("config", "history", "--service", "web")).toBe(0);
  expect(it.requests[0]!.url).toBe("/v1/services/web/config/history");
  expect(it.stdout.split("\n")).toEqual([
    "REVISION  AT                        VALUES",
    '12        2023-11-14T22:13:21.000Z  {"a":"2"}',
    '7         2023-11-14T22:13:20.000Z  {"a":"1"}',
    "",
  ]);
});
