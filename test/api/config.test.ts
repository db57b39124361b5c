import { afterEach, expect, test } from "vitest";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());
const start = async () => {
  api = await startApi();
  return api;
};

const LAYERS = [
  "/v1/config",
  "/v1/services/web/config",
  "/v1/services/web/tags/canary/config",
  "/v1/services/web/instances/i-1/config",
];

test.each(LAYERS)("%s is put, patched, read, emptied and rolled back", async (url) => {
  const { send } = await start();
  expect((await send("GET", url)).json()).toEqual({ revision: 0, own: {}, effective: {}, secret: [] });
  expect((await send("PUT", url, { a: 1, "log.level": "info" })).json()).toEqual({ revision: 1 });
  expect((await send("PATCH", url, { a: null, b: [true, null] })).headers.etag).toBe('"2"');
  const own = { "log.level": "info", b: [true, null] };
  const get = await send("GET", url);
  expect([get.headers.etag, get.json()]).toEqual(['"2"', { revision: 2, own, effective: own, secret: [] }]);
  expect((await send("DELETE", url)).json()).toEqual({ revision: 3 });
  expect((await send("POST", `${url}/rollback`, { to: 1 })).json()).toEqual({ revision: 4 });
  expect((await send("GET", url)).json().own).toEqual({ a: 1, "log.level": "info" });
  const { releases } = (await send("GET", `${url}/history`)).json();
  expect(releases.map(({ revision, release }: Record<string, number>) => [revision, release])).toEqual([
    [4, 4],
    [3, 3],
    [2, 2],
    [1, 1],
  ]);
});

test("a service's configuration in force merges over that of all", async () => {
  const { send } = await start();
  await send("PUT", "/v1/config", { a: "all", b: "all" });
  await send("PUT", "/v1/services/web/config", { b: "web" });
  expect((await send("GET", "/v1/services/web/config")).json()).toMatchObject({
    revision: 2,
    own: { b: "web" },
    effective: { a: "all", b: "web" },
  });
});

test("a secret is shown nowhere, and putting back what was shown changes nothing", async () => {
  const { send } = await start();
  const url = "/v1/services/web/config";
  await send("PUT", url, { user: "u", pw: { value: "hunter2", secret: true } });
  const shown = await send("GET", url);
  expect(shown.json()).toEqual({
    revision: 1,
    own: { pw: "***", user: "u" },
    effective: { pw: "***", user: "u" },
    secret: ["pw"],
  });
  expect((await send("PUT", url, shown.json().own)).json()).toEqual({ revision: 1 });
  for (const other of [`${url}/history`, "/config/web", "/v1/services/web/instances/i-1/config"])
    expect((await send("GET", other)).body).not.toContain("hunter2");
});

test("a stale If-Match is 412 and writes nothing; the tag of GET holds", async () => {
  const { send } = await start();
  const [url] = LAYERS;
  await send("PUT", url!, { a: 1 });
  await send("PUT", url!, { a: 2 });
  expect((await send("PATCH", url!, { a: 3 }, { "if-match": '"1"' })).statusCode).toBe(412);
  const { etag } = (await send("GET", url!)).headers;
  expect((await send("PATCH", url!, { a: 3 }, { "if-match": String(etag) })).json()).toEqual({ revision: 3 });
});

test.each<[method: "PUT" | "POST", suffix: string, body: unknown, status: number, path: string | undefined]>([
  ["PUT", "", { "a b": 1 }, 400, "/a b"],
  ["PUT", "", [], 400, ""],
  ["POST", "/rollback", { to: 7 }, 400, "/to"],
  ["POST", "/rollback", {}, 400, "/to"],
])("%s %s of %j is %i", async (method, suffix, body, status, path) => {
  const { send } = await start();
  const response = await send(method, `/v1/config${suffix}`, body);
  expect([response.statusCode, response.json().errors[0].path]).toEqual([status, path]);
});
