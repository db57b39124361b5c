import { afterEach, expect, test } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());
const start = async (changes: Partial<ApiOptions> = {}) => {
  api = await startApi(changes);
  return api;
};

const I_1 = "/v1/services/web/instances/i-1";

test("a registered instance is read back with its state, its reason and its revision as tag", async () => {
  const { send } = await start();
  const put = await send("PUT", "/v1/services/Web/instances/I-1", {
    address: "10.0.0.5",
    port: 8080,
    tags: ["canary"],
  });
  expect([put.statusCode, put.json(), put.headers.etag]).toEqual([200, { revision: 1 }, '"1"']);
  const get = await send("GET", I_1);
  expect([get.statusCode, get.headers.etag, get.headers["muster-revision"]]).toEqual([200, '"1"', "1"]);
  expect(get.json()).toEqual({
    service: "web",
    id: "i-1",
    revision: 1,
    state: "passing",
    reason: "no check",
    addresses: ["10.0.0.5"],
    ports: { web: { port: 8080, protocol: "tcp" } },
    tags: ["canary"],
    meta: {},
    priority: 10,
    weight: 10,
    initialState: "passing",
    deregisterAfterSeconds: 0,
    checks: [],
    checkResults: [],
  });
});

test("a registration without an address has the caller's, and the order of ports is kept", async () => {
  const { send } = await start();
  await send("PUT", I_1, { ports: { metrics: 9100, admin: { port: 9, protocol: "udp", alpn: ["x"] } } });
  const instance = (await send("GET", I_1)).json();
  expect(instance.addresses).toEqual(["127.0.0.1"]);
  expect(Object.entries(instance.ports)).toEqual([
    ["metrics", { port: 9100, protocol: "tcp" }],
    ["admin", { port: 9, protocol: "udp", alpn: ["x"] }],
  ]);
});

test("the same registration again writes nothing but is a sign of life", async () => {
  const { send, heard } = await start();
  const revisions = [];
  for (let i = 0; i < 3; i++) revisions.push((await send("PUT", I_1, { leaseSeconds: 5 })).json().revision);
  expect(revisions).toEqual([1, 1, 1]);
  expect(heard).toEqual(Array(3).fill(["web", "i-1"]));
});

test("what GET answers can be put back, for an instance with a host name too", async () => {
  const { send } = await start();
  await send("PUT", I_1, {
    host: "db.example.com",
    port: 5432,
    checks: [{ kind: "tcp" }],
    leaseSeconds: 5,
    locality: "eu",
  });
  const { service, id, revision, state, reason, checkResults, ...body } = (await send("GET", I_1)).json();
  expect((await send("PUT", I_1, body)).json()).toEqual({ revision: 1 });
});

test("PATCH merges, DELETE deregisters, and each is 404 for what is not registered", async () => {
  const { send } = await start();
  expect((await send("PATCH", I_1, {})).statusCode).toBe(404);
  await send("PUT", I_1, { port: 80, meta: { a: "1" } });
  expect((await send("PATCH", I_1, { weight: 0, meta: { b: "2" } })).json()).toEqual({ revision: 2 });
  expect((await send("GET", I_1)).json()).toMatchObject({ weight: 0, meta: { a: "1", b: "2" } });
  expect((await send("DELETE", I_1)).json()).toEqual({ revision: 3 });
  expect((await send("GET", I_1)).statusCode).toBe(404);
  expect((await send("DELETE", I_1)).statusCode).toBe(404);
});

test.each<[headers: Record<string, string>, status: number]>([
  [{ "if-match": '"1"' }, 200],
  [{ "if-match": "1" }, 200],
  [{ "if-match": 'W/"1"' }, 200],
  [{ "if-match": '"9", "1"' }, 200],
  [{ "if-match": "*" }, 200],
  [{ "if-match": '"9"' }, 412],
  [{ "if-match": "0" }, 412],
  [{ "if-none-match": "*" }, 412],
  [{ "if-match": "yesterday" }, 400],
])("a change with %j of an item at revision 1 is answered %i", async (headers, status) => {
  const { send } = await start();
  await send("PUT", I_1, {});
  for (const [method, body] of [
    ["PUT", { weight: 1 }],
    ["PATCH", { weight: 1 }],
    ["DELETE", undefined],
  ] as const) {
    const response = await send(method, I_1, body, headers);
    if (status === 200) return expect(response.statusCode).toBe(200);
    expect([method, response.statusCode]).toEqual([method, status]);
  }
  expect((await send("GET", I_1)).json().revision).toBe(1);
});

test.each<[headers: Record<string, string>, status: number]>([
  [{ "if-match": "*" }, 412],
  [{ "if-match": '"1"' }, 412],
  [{ "if-none-match": "*" }, 200],
])("a registration with %j of what does not exist is answered %i", async (headers, status) => {
  const { send } = await start();
  expect((await send("PUT", I_1, {}, headers)).statusCode).toBe(status);
});

test("GET is 304 for a tag it still has, but not when the state has changed meanwhile", async () => {
  const { send } = await start();
  await send("PUT", I_1, {});
  const same = await send("GET", I_1, undefined, { "if-none-match": '"1"' });
  expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, "", '"1"']);
  expect((await send("GET", I_1, undefined, { "if-none-match": '"7"' })).statusCode).toBe(200);
  await send("PUT", `${I_1}/maintenance?force=true`);
  expect((await send("GET", I_1, undefined, { "if-none-match": '"1"' })).statusCode).toBe(200);
});

test("maintenance shows with its reason and end until it is ended", async () => {
  const { send } = await start();
  await send("PUT", I_1, {});
  expect((await send("PUT", `${I_1}/maintenance?force=true`, { reason: "disk", untilSeconds: 1.5 })).json()).toEqual({
    revision: 2,
  });
  expect((await send("GET", I_1)).json()).toMatchObject({
    state: "maintenance",
    reason: "disk",
    untilMs: 1_700_000_001_500,
  });
  expect((await send("DELETE", `${I_1}/maintenance`)).statusCode).toBe(200);
  expect((await send("GET", I_1)).json()).toMatchObject({ state: "passing" });
  expect((await send("PUT", "/v1/services/web/instances/none/maintenance")).statusCode).toBe(404);
});

test("a heartbeat renews a lease with the state it brings", async () => {
  const { send, heard } = await start();
  await send("PUT", I_1, { leaseSeconds: 5 });
  heard.length = 0;
  expect((await send("POST", `${I_1}/heartbeat`)).json()).toEqual({ revision: 1 });
  const long = "x".repeat(5000);
  expect((await send("POST", `${I_1}/heartbeat`, { state: "warning", output: long })).statusCode).toBe(200);
  expect(heard).toEqual([
    ["web", "i-1", "passing", ""],
    ["web", "i-1", "warning", long.slice(0, 4096)],
  ]);
});

test.each<[name: string, body: object | undefined, body2: unknown, status: number]>([
  ["an instance nobody registered", undefined, {}, 404],
  ["an instance without a lease", {}, {}, 409],
  ["a state there is not", { leaseSeconds: 5 }, { state: "fine" }, 400],
  ["an output that is no text", { leaseSeconds: 5 }, { output: 1 }, 400],
])("a heartbeat for %s is refused", async (_name, registration, heartbeat, status) => {
  const { send } = await start();
  if (registration !== undefined) await send("PUT", I_1, registration);
  expect((await send("POST", `${I_1}/heartbeat`, heartbeat)).statusCode).toBe(status);
});

test("a lease that the monitor does not know is 404: register again", async () => {
  const { send } = await start({ heartbeat: async () => ({ kind: "unknown" }) });
  await send("PUT", I_1, { leaseSeconds: 5 });
  expect((await send("POST", `${I_1}/heartbeat`)).statusCode).toBe(404);
});

test("a heartbeat, a drain and a deregistration that come late do not touch the successor", async () => {
  const { send, heard } = await start();
  const registered = (await send("PUT", I_1, { leaseSeconds: 5 })).json().revision;
  expect((await send("POST", `${I_1}/heartbeat`, { registered })).statusCode).toBe(200);
  await send("DELETE", `${I_1}?registered=${registered}`);
  expect((await send("POST", `${I_1}/heartbeat`, { registered })).statusCode).toBe(404);
  const successor = (await send("PUT", I_1, { leaseSeconds: 5 })).json().revision;
  heard.length = 0;
  const late = await send("POST", `${I_1}/heartbeat`, { registered });
  expect([late.statusCode, late.json().detail]).toEqual([
    412,
    'Cannot renew the lease of an instance as another "i-1" has been registered since revision 1',
  ]);
  expect((await send("DELETE", `${I_1}?registered=${registered}`)).statusCode).toBe(412);
  expect((await send("DELETE", `${I_1}?drain=true&registered=${registered}`)).statusCode).toBe(412);
  expect((await send("DELETE", `${I_1}?registered=x`)).statusCode).toBe(400);
  expect(heard).toEqual([]);
  expect((await send("GET", I_1)).json()).toMatchObject({ state: "passing", revision: successor });
  expect((await send("DELETE", `${I_1}?registered=${successor}`)).statusCode).toBe(200);
});

test("an instance that flaps shows how much", async () => {
  const flapping = { penalty: 5.5, isHeldOut: true, reuseInSeconds: 175 };
  const { send } = await start({ flapping: () => flapping });
  await send("PUT", I_1, { leaseSeconds: 5, heartbeat: { failAfter: 3 } });
  expect((await send("GET", I_1)).json()).toMatchObject({ flapping, heartbeat: { passAfter: 1, failAfter: 3 } });
});

test("a drain takes the instance out, waits for the last TTL, and only then deregisters", async () => {
  const asked: unknown[] = [];
  const states: unknown[] = [];
  const { send, catalog } = await start({
    drainSeconds: (...target) => {
      asked.push(target);
      states.push(catalog.instance("web", "i-1")?.operator?.state);
      return 0.01;
    },
  });
  await send("PUT", I_1, {});
  expect((await send("DELETE", `${I_1}?drain=true`)).json()).toEqual({ revision: 3 });
  expect([asked, states]).toEqual([
    [
      ["web", "i-1"],
      ["web", "i-1"],
    ],
    [undefined, "draining"],
  ]);
  expect((await send("GET", I_1)).statusCode).toBe(404);
});

test("a drain does not take away what was registered anew meanwhile", async () => {
  let again: Promise<unknown> | undefined;
  const { send, catalog } = await start({
    drainSeconds: () => {
      if (catalog.instance("web", "i-1")?.operator !== undefined) again = send("PUT", I_1, { weight: 1 });
      return 0.02;
    },
  });
  await send("PUT", I_1, {});
  expect((await send("DELETE", `${I_1}?drain=true`)).statusCode).toBe(412);
  await again;
  expect((await send("GET", I_1)).json()).toMatchObject({ state: "passing", weight: 1 });
});

test("a drain that something else finished in the meantime is done", async () => {
  const { send, catalog, store } = await start({
    drainSeconds: () => {
      if (catalog.instance("web", "i-1")?.operator !== undefined)
        void store.commit([{ kind: "delete", key: "inst/web/i-1" }]);
      return 0.02;
    },
  });
  await send("PUT", I_1, {});
  expect((await send("DELETE", `${I_1}?drain=true`)).json()).toEqual({ revision: 3 });
});

test("a drain that the server's end breaks off leaves the instance registered, and out of DNS", async () => {
  let isDraining = () => {};
  const draining = new Promise<void>((resolve) => (isDraining = resolve));
  const { send, app, store, catalog } = await start({
    drainSeconds: () => {
      if (catalog.instance("web", "i-1")?.operator !== undefined) isDraining();
      return 3600;
    },
  });
  await send("PUT", I_1, {});
  const drained = send("DELETE", `${I_1}?drain=true`);
  await draining;
  await app.close();
  expect((await drained).statusCode).toBe(503);
  expect((await store.read("")).items.map(({ key }) => key)).toEqual(["inst/web/i-1", "oper/web/i-1"]);
  const { atMs, untilMs } = catalog.instance("web", "i-1")!.operator!;
  expect(untilMs! - atMs, "whoever starts again finishes it then").toBe(3_601_000);
});

test("a name that static data forbids is 409, with the sentence", async () => {
  const { send } = await start({ clash: (service) => `${service}.svc.internal is a CNAME in zones/a.zone:3` });
  const response = await send("PUT", I_1, {});
  expect([response.statusCode, response.json().detail]).toEqual([
    409,
    'Cannot register instance "i-1" of "web" as web.svc.internal is a CNAME in zones/a.zone:3',
  ]);
});
