import { afterEach, expect, test } from "vitest";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());
const start = async () => {
  api = await startApi();
  return api;
};
const put = (path: string, body: unknown = {}, more: object = {}) => ({ method: "PUT", path, body, ...more });
const instance = (id: string) => `/v1/services/web/instances/${id}`;

test("writes of every kind stand at one revision", async () => {
  const { send, store } = await start();
  await send("PUT", instance("old"), {});
  const response = await send("POST", "/v1/batch", {
    writes: [
      put(instance("a"), { port: 1 }),
      put(instance("b"), { port: 2 }, { ifMatch: 0 }),
      { method: "PATCH", path: instance("a"), body: { weight: 3 } },
      { method: "DELETE", path: instance("old"), ifMatch: 1 },
      put(`${instance("b")}/maintenance`, { reason: "later" }),
      put("/v1/services/web", { ttlSeconds: 9 }),
      put("/v1/services/web/config", { x: 1 }),
      { method: "DELETE", path: "/v1/services/gone?force=true" },
    ].slice(0, 7),
  });
  expect(response.json()).toEqual({ revision: 2 });
  const { items } = await store.read("");
  expect(items.map(({ key, revision }) => `${key} ${revision}`)).toEqual([
    "cfg/service/web/head 2",
    "cfg/service/web/v/0000000001 2",
    "inst/web/a 2",
    "inst/web/b 2",
    "oper/web/b 2",
    "svc/web 2",
  ]);
});

test("a rollback may be part of a batch", async () => {
  const { send } = await start();
  await send("PUT", "/v1/config", { a: 1 });
  await send("PUT", "/v1/config", { a: 2 });
  const rollback = { method: "POST", path: "/v1/config/rollback", body: { to: 1 } };
  expect((await send("POST", "/v1/batch", { writes: [rollback, put(instance("a"))] })).json()).toEqual({ revision: 3 });
  expect((await send("GET", "/v1/config")).json().own).toEqual({ a: 1 });
});

test("one fault refuses all, and every fault names its write", async () => {
  const { send, store } = await start();
  const response = await send("POST", "/v1/batch", {
    writes: [
      put(instance("a")),
      put(instance("b"), { port: 0, wieght: 1 }),
      { method: "DELETE", path: instance("none") },
      { method: "DELETE", path: "/v1/services/web?force=maybe" },
    ],
  });
  expect(response.statusCode).toBe(400);
  expect(response.json().errors.map(({ path }: { path: string }) => path)).toEqual([
    "/writes/1/body/wieght",
    "/writes/1/body/port",
    "/writes/2",
    "/writes/3/path",
  ]);
  expect((await store.read("")).items).toEqual([]);
});

test("a precondition of one write is 412 for all", async () => {
  const { send, store } = await start();
  await send("PUT", instance("a"), {});
  const writes = [put(instance("b")), put(instance("a"), { weight: 1 }, { ifMatch: 7 })];
  const response = await send("POST", "/v1/batch", { writes });
  expect([response.statusCode, response.json().errors[0].path]).toEqual([412, "/writes/1"]);
  expect((await store.read("inst/")).items).toHaveLength(1);
});

test("the last write of an item stands, and a batch that changes nothing writes nothing", async () => {
  const { send } = await start();
  const writes = [put(instance("a"), { weight: 1 }), put(instance("a"), { weight: 2 })];
  expect((await send("POST", "/v1/batch", { writes })).json()).toEqual({ revision: 1 });
  expect((await send("GET", instance("a"))).json().weight).toBe(2);
  expect((await send("POST", "/v1/batch", { writes: writes.slice(1) })).json()).toEqual({ revision: 1 });
});

const METHOD = '"PUT" or "PATCH" or "DELETE" or "POST"';
test.each<[body: unknown, errors: string[]]>([
  [undefined, [" must be an object: got nothing"]],
  [{}, ["/writes must have at least 1 element: got nothing"]],
  [{ writes: [] }, ["/writes must have at least 1 element: got []"]],
  [{ writes: Array(1001).fill(put(instance("a"))) }, ["/writes must have at most 1000 elements: got 1001"]],
  [{ writes: [7] }, ["/writes/0 must be an object: got 7"]],
  [
    { writes: [{}] },
    [`/writes/0/method must be ${METHOD}: got nothing`, "/writes/0/path must be the path of a write: got nothing"],
  ],
  [{ writes: [put("/v1/nothing")] }, ['/writes/0/path must be the path of a write with PUT: got "/v1/nothing"']],
  [{ writes: [put("/v1/batch")] }, ['/writes/0/path must be the path of a write with PUT: got "/v1/batch"']],
  [
    { writes: [put("/v1/services/a_b")] },
    ['/writes/0/path must be a DNS label: 1–63 letters, digits and inner hyphens: got "a_b"'],
  ],
  [
    { writes: [put(instance("a"), {}, { ifMatch: "1" })] },
    ['/writes/0/ifMatch must be a whole number 0–9007199254740991: got "1"'],
  ],
  [
    { writes: [put(instance("a"), {}, { if: 1 })] },
    ["/writes/0/if must not be given: known here are method, path, body, ifMatch"],
  ],
  [
    { writes: [{ method: "DELETE", path: `${instance("a")}?drain=true` }] },
    ["/writes/0/path must not drain, as a batch does not wait"],
  ],
])("a batch of %j is refused", async (body, errors) => {
  const { send } = await start();
  const response = await send("POST", "/v1/batch", body);
  const faults = response.json().errors.map((fault: Record<string, string>) => `${fault["path"]} ${fault["message"]}`);
  expect([response.statusCode, faults]).toEqual([400, errors]);
});
