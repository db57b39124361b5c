import { afterEach, expect, test } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());
const start = async (changes: Partial<ApiOptions> = {}) => {
  api = await startApi(changes);
  return api;
};

test("readyz is 503 with the parts that are not ready", async () => {
  const parts = [
    { name: "store", isReady: true },
    { name: "zones", isReady: false, detail: "zones/a.zone:3:1 is wrong" },
  ];
  const { send } = await start({ readiness: () => ({ isReady: false, parts }) });
  const response = await send("GET", "/readyz");
  expect([response.statusCode, response.json()]).toEqual([503, { isReady: false, parts: [parts[1]] }]);
  expect((await send("GET", "/livez")).statusCode).toBe(200);
});

test("metrics are passed on as they are", async () => {
  const { send } = await start();
  const response = await send("GET", "/metrics");
  expect([response.headers["content-type"], response.body]).toEqual(["text/plain; version=0.0.4", "muster_up 1\n"]);
});

test("each request is reported by its route's pattern", async () => {
  const seen: unknown[] = [];
  const { send } = await start({ onRequest: (method, route, status) => seen.push([method, route, status]) });
  await send("GET", "/v1/services/web");
  await send("PUT", "/v1/services/web/instances/i-1", {});
  await send("GET", "/nothing");
  expect(seen).toEqual([
    ["GET", "/v1/services/:service", 404],
    ["PUT", "/v1/services/:service/instances/:id", 200],
    ["GET", "", 404],
  ]);
});

test("the OpenAPI document describes every route of the API, with its bodies and problems", async () => {
  const { send } = await start();
  const { openapi, paths } = (await send("GET", "/openapi.json")).json();
  expect(openapi).toBe("3.1.0");
  const operations = Object.entries<object>(paths).flatMap(([path, item]) =>
    Object.keys(item).map((m) => `${m} ${path}`),
  );
  for (const url of [
    "/v1",
    "/v1/services/{service}",
    "/v1/services/{service}/tags/{tag}",
    "/v1/services/{service}/instances/{id}",
  ])
    for (const method of ["get", "put", "patch", "delete"]) expect(operations).toContain(`${method} ${url}/config`);
  for (const operation of [
    "post /v1/batch",
    "get /v1/services",
    "post /register",
    "delete /unregister/{name}",
    "get /livez",
  ])
    expect(operations).toContain(operation);
  const { put } = paths["/v1/services/{service}/instances/{id}"];
  const body = put.requestBody.content["application/json"].schema;
  expect(Object.keys(body.properties)).toEqual(expect.arrayContaining(["address", "ports", "leaseSeconds", "checks"]));
  expect(put.responses["4XX"].content["application/problem+json"].schema.properties).toHaveProperty("errors");
});

test("the documents are browsable without anything from elsewhere", async () => {
  const { send } = await start();
  const page = (await send("GET", "/docs")).body;
  for (const [, url] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect(url).toMatch(/^\/docs\//);
    expect([url, (await send("GET", url!)).statusCode]).toEqual([url, 200]);
  }
});
