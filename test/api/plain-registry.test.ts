import { afterEach, expect, test } from "vitest";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());
const start = async () => {
  api = await startApi();
  return api;
};

test("a service is registered, discovered and unregistered", async () => {
  const { send } = await start();
  const entry = { name: "users", address: "10.0.0.5", port: 8080 };
  const registered = await send("POST", "/register", entry);
  expect([registered.statusCode, registered.json()]).toEqual([201, { ...entry, id: "10-0-0-5-8080", revision: 1 }]);
  const again = await send("POST", "/register", entry);
  expect([again.statusCode, again.json().revision]).toEqual([200, 1]);
  expect((await send("GET", "/discover/users")).json()).toEqual(entry);
  expect((await send("DELETE", "/unregister/users")).json()).toEqual({ revision: 2 });
  expect((await send("GET", "/discover/users")).statusCode).toBe(404);
  expect((await send("DELETE", "/unregister/users")).statusCode).toBe(404);
});

test.each<[body: object, found: object, id: string]>([
  [{ address: "10.0.0.5" }, { address: "10.0.0.5" }, "10-0-0-5"],
  [{ address: "10.0.0.5:80" }, { address: "10.0.0.5", port: 80 }, "10-0-0-5-80"],
  [{ address: "2001:DB8::5", port: 80 }, { address: "2001:db8::5", port: 80 }, "2001-db8-0-0-0-0-0-5-80"],
  [{ address: "[::1]:80" }, { address: "::1", port: 80 }, "0-0-0-0-0-0-0-1-80"],
  [{ address: "::1:80" }, { address: "::1:80" }, "0-0-0-0-0-0-1-80"],
  [{ address: "localhost", port: 3000 }, { address: "localhost", port: 3000 }, "localhost-3000"],
  [{ address: "Db-1.example.com:5432" }, { address: "db-1.example.com", port: 5432 }, "db--1-example-com-5432"],
  [{}, { address: "127.0.0.1" }, "127-0-0-1"],
])("registering %j makes it discoverable as %j with id %s", async (body, found, id) => {
  const { send } = await start();
  expect((await send("POST", "/register", { name: "a", ...body })).json().id).toBe(id);
  expect((await send("GET", "/discover/A")).json()).toEqual({ name: "a", ...found });
});

test.each<[body: unknown, path: string]>([
  ["no object", ""],
  [{ address: "10.0.0.5" }, "/name"],
  [{ name: "a_b", address: "10.0.0.5" }, "/name"],
  [{ name: "a", address: "http://10.0.0.5:80" }, "/address"],
  [{ name: "a", address: "10.0.0.256" }, "/address"],
  [{ name: "a", address: "0.0.0.0" }, "/address"],
  [{ name: "a", address: 7 }, "/address"],
  [{ name: "a", address: "10.0.0.5:70000" }, "/address"],
  [{ name: "a", address: "10.0.0.5:80", port: 80 }, "/port"],
  [{ name: "a", address: "10.0.0.5", port: "80" }, "/port"],
  [{ name: "a", address: `${"x".repeat(63)}.example` }, "/address"],
  [{ name: "a", address: "10.0.0.5", ttl: 3 }, "/ttl"],
])("registering %j is 400 for %s", async (body, path) => {
  const { send } = await start();
  const response = await send("POST", "/register", body);
  const paths = response.json().errors.map((fault: { path: string }) => fault.path);
  expect([response.statusCode, paths]).toEqual([400, [path]]);
});

test("several addresses of one name are discovered in turn, but for those that do not pass", async () => {
  const { send } = await start();
  for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) await send("POST", "/register", { name: "a", address });
  await send("PUT", "/v1/services/a/instances/10-0-0-2/maintenance");
  const found = [];
  for (let i = 0; i < 4; i++) found.push((await send("GET", "/discover/a")).json().address);
  expect(found).toEqual(["10.0.0.1", "10.0.0.3", "10.0.0.1", "10.0.0.3"]);
  await send("PUT", "/v1/services/a/instances/10-0-0-1/maintenance");
  await send("PUT", "/v1/services/a/instances/10-0-0-3/maintenance?force=true");
  expect((await send("GET", "/discover/a")).statusCode).toBe(404);
});

test("configuration gives back what was posted: C' = C ∪ U", async () => {
  const { send } = await start();
  expect((await send("GET", "/config/a")).json()).toEqual({});
  const first = { level: "info", limits: { value: 3, secret: true }, list: [1, { b: null }], none: null, n: 1.5 };
  expect((await send("POST", "/config/a", first)).json()).toEqual({ revision: 1 });
  await send("POST", "/config/a", { level: "debug", more: true });
  expect((await send("GET", "/config/a")).json()).toEqual({ ...first, level: "debug", more: true });
  expect((await send("POST", "/config/a", [1])).statusCode).toBe(400);
});
