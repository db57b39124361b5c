import { afterEach, expect, test } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import { StoreError } from "../../src/catalog/store.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());
const start = async (changes: Partial<ApiOptions> = {}) => {
  api = await startApi(changes);
  return api;
};
const withToken = (token: string) => ({
  settings: {
    checks: { exec: false },
    http: { listen: { address: "127.0.0.1", port: 0 }, token },
    zone: "svc.internal",
  },
});

const I_1 = "/v1/services/web/instances/i-1";

test.each<[method: "GET" | "PUT" | "POST", url: string, body: unknown, status: number, code: string]>([
  ["GET", "/nothing", undefined, 404, "no-such-path"],
  ["GET", "/v1/services/web/nothing", undefined, 404, "no-such-path"],
  ["GET", "/v1/services/web", undefined, 404, "not-found"],
  ["POST", "/v1/services/web", {}, 405, "method-not-allowed"],
  ["GET", "/v1/batch", undefined, 405, "method-not-allowed"],
  ["PUT", I_1, "{", 400, "invalid"],
  ["PUT", I_1, "name=web", 400, "invalid"],
  ["PUT", I_1, undefined, 400, "invalid"],
  ["PUT", I_1, "null", 400, "invalid"],
  ["PUT", "/v1/services/_web/instances/i.1", {}, 400, "invalid"],
  ["PUT", `/v1/services/${"x".repeat(64)}`, {}, 400, "invalid"],
  ["GET", "/v1/services/%zz", undefined, 400, "bad-request"],
  ["PUT", I_1, `{"address":"${" ".repeat(1024 * 1024)}"}`, 413, "payload-too-large"],
])("%s %s of %.30j is a problem document: %i %s", async (method, url, body, status, code) => {
  const { send } = await start();
  const response = await send(method, url, body);
  expect([response.statusCode, response.headers["content-type"]]).toEqual([status, "application/problem+json"]);
  const problem = response.json();
  expect(problem).toMatchObject({ type: `urn:muster:problem:${code}`, status, errors: expect.any(Array) });
  expect(problem.detail).toMatch(/^Cannot /);
  expect(problem.title).toMatch(/^[A-Z]/);
});

test("every faulty name of a path is told", async () => {
  const { send } = await start();
  const { errors } = (await send("PUT", "/v1/services/_web/instances/i.1", {})).json();
  expect(errors.map(({ path }: { path: string }) => path)).toEqual(["/service", "/id"]);
});

test.each(["application/json", "application/x-www-form-urlencoded", "text/plain", "json", "", undefined])(
  "a JSON body is taken with Content-Type %s",
  async (type) => {
    const { send } = await start();
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    expect((await send("PUT", I_1, { port: 80 }, headers)).statusCode).toBe(200);
  },
);

test("what another method would take is 405, with those methods", async () => {
  const { send } = await start();
  expect((await send("POST", "/v1/services/web/config", {})).headers["allow"]).toBe("DELETE, GET, HEAD, PATCH, PUT");
});

test("a store that is away is 503, with its sentence and its code", async () => {
  const full = new StoreError("STORE_FULL", "Cannot commit as the disk is full: make room in ./data");
  const warnings: unknown[] = [];
  const { send } = await start({
    store: { commit: () => Promise.reject(full), read: async () => ({ revision: 0, items: [] }) },
    log: { warn: (details) => warnings.push(details), error() {} },
  });
  const response = await send("PUT", I_1, {});
  expect([response.statusCode, response.json()]).toEqual([
    503,
    {
      type: "urn:muster:problem:store-full",
      title: "Service Unavailable",
      status: 503,
      detail: "Cannot commit as the disk is full: make room in ./data",
      errors: [],
    },
  ]);
  expect(warnings).toEqual([{ err: full }]);
});

test("our own mistake is 500 without its details, which are logged", async () => {
  const errors: unknown[] = [];
  const mistake = new Error("secret detail");
  const { send } = await start({
    status: () => {
      throw mistake;
    },
    log: { warn() {}, error: (details) => errors.push(details) },
  });
  const response = await send("GET", "/v1/status");
  expect([response.statusCode, response.body.includes("secret detail")]).toEqual([500, false]);
  expect(errors).toEqual([{ err: mistake }]);
});

test.each<[header: string | undefined, status: number]>([
  [undefined, 401],
  ["Bearer wrong", 401],
  ["Bearer", 401],
  ["Basic c2VzYW1l", 401],
  ["sesame", 401],
  ["Bearer sesame", 200],
  ["bearer sesame", 200],
])("with a token set, Authorization: %s is %i", async (authorization, status) => {
  const { send } = await start(withToken("sesame"));
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  for (const url of ["/v1/services", "/v1/status", "/config/web"]) {
    const response = await send("GET", url, undefined, headers);
    expect([url, response.statusCode]).toEqual([url, status]);
    if (status === 401) expect(response.headers["www-authenticate"]).toMatch(/^Bearer /);
  }
});

test.each(["/livez", "/readyz", "/metrics", "/openapi.json", "/docs"])("%s needs no token", async (url) => {
  const { send } = await start(withToken("sesame"));
  expect((await send("GET", url)).statusCode).toBe(200);
});
