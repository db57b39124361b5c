import { afterEach, expect, test } from "vitest";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());

const NONE = { passing: 0, warning: 0, critical: 0, draining: 0, maintenance: 0 };

/** web with i-1 (canary, passing) and i-2 (critical), api with one in maintenance, db with settings alone. */
async function startServices(): Promise<Harness> {
  api = await startApi();
  await api.send("PUT", "/v1/services/web/instances/i-2", { port: 80, checks: [{ kind: "tcp" }] });
  await api.send("PUT", "/v1/services/web/instances/i-1", { port: 80, tags: ["canary"] });
  await api.send("PUT", "/v1/services/api/instances/a", {});
  await api.send("PUT", "/v1/services/api/instances/a/maintenance?force=true", { reason: "move" });
  await api.send("PUT", "/v1/services/db", { ttlSeconds: 2, failurePolicy: "none" });
  return api;
}

test.each<[query: string, names: string[], next: string | undefined]>([
  ["", ["api", "db", "web"], undefined],
  ["?prefix=W", ["web"], undefined],
  ["?tag=canary", ["web"], undefined],
  ["?tag=nothing", [], undefined],
  ["?limit=2", ["api", "db"], "db"],
  ["?limit=2&after=db", ["web"], undefined],
  ["?limit=3", ["api", "db", "web"], undefined],
])("GET /v1/services%s lists %j", async (query, names, next) => {
  const { send } = await startServices();
  const list = (await send("GET", `/v1/services${query}`)).json();
  expect([list.services.map(({ name }: { name: string }) => name), list.next]).toEqual([names, next]);
});

test("the list counts instances by state, those with the tag when one is given", async () => {
  const { send } = await startServices();
  expect((await send("GET", "/v1/services")).json()).toEqual({
    revision: 5,
    services: [
      { name: "api", instances: 1, states: { ...NONE, maintenance: 1 }, answered: "out", answeredInstances: 0 },
      { name: "db", instances: 0, states: NONE, answered: "empty", answeredInstances: 0 },
      { name: "web", instances: 2, states: { ...NONE, passing: 1, critical: 1 }, answered: "up", answeredInstances: 1 },
    ],
  });
  expect((await send("GET", "/v1/services?tag=canary")).json().services).toEqual([
    { name: "web", instances: 1, states: { ...NONE, passing: 1 }, answered: "up", answeredInstances: 1 },
  ]);
});

test.each([
  ["?limit=0", "?limit must be 1–10000: got 0"],
  ["?limit=x", '?limit must be a whole number 1–10000: got "x"'],
  ["?tag=a&tag=b", '?tag must be given once: got ["a","b"]'],
  ["?state=up", '?state must be "passing" or "warning" or "critical" or "draining" or "maintenance": got "up"'],
  [
    "?zone=a",
    "?zone must not be given: known here are prefix, limit, after, tag, state, locality, meta.*, wait, since",
  ],
  [
    "?meta.=a",
    "?meta. must not be given: known here are prefix, limit, after, tag, state, locality, meta.*, wait, since",
  ],
  ["?wait=x&since=-1", '?wait must be a number 0–300: got "x"'],
])("GET /v1/services%s is 400", async (query, fault) => {
  const { send } = await startServices();
  const response = await send("GET", `/v1/services${query}`);
  const [{ path, message }] = response.json().errors;
  expect([response.statusCode, `${path} ${message}`]).toEqual([400, fault]);
});

test("a service is read with settings, states and instances in order of id, each with its reason", async () => {
  const { send } = await startServices();
  const web = (await send("GET", "/v1/services/Web")).json();
  expect(web).toMatchObject({ name: "web", revision: 0, settings: {}, answered: "up" });
  expect(web.instances.map(({ id, state, reason }: Record<string, string>) => [id, state, reason])).toEqual([
    ["i-1", "passing", "no check"],
    ["i-2", "critical", "critical since registration: nothing has said otherwise yet"],
  ]);
  expect((await send("GET", "/v1/services/none")).statusCode).toBe(404);
});

test("an instance that a brake holds is told from others, with its service too, and one that starts slowly", async () => {
  const { send, store, catalog } = await startServices();
  const vote = { state: "critical", reason: "HTTP 503", hasPassed: true, atMs: 0 };
  const write = (key: string, value: object) => store.commit([{ kind: "put", key, value: JSON.stringify(value) }]);
  const cast = (id: string, changes: object) => {
    const { generation } = catalog.instance("web", id)!.registration;
    return write(`vote/web/${id}/local`, { generation, ...vote, ...changes });
  };
  await cast("i-1", {});
  await write("brake/web", { since: 1, reason: "all fell", atMs: 1, untilMs: 2 });
  await cast("i-2", { state: "passing", weightShare: 0.3 });
  const { instances } = (await send("GET", "/v1/services/web")).json();
  expect(instances).toMatchObject([
    { id: "i-1", state: "critical", isHeld: true },
    { id: "i-2", weightShare: 0.3 },
  ]);
  expect((await send("GET", "/v1/services/web/instances/i-2")).json()).toMatchObject({ weightShare: 0.3 });
  const [web] = (await send("GET", "/v1/services?prefix=web")).json().services;
  expect(web).toMatchObject({ held: 1, answered: "braked", answeredInstances: 2 });
});

test("settings are put under their own revision", async () => {
  const { send } = await startServices();
  const get = await send("GET", "/v1/services/db");
  expect([get.headers.etag, get.json().settings]).toEqual(['"5"', { ttlSeconds: 2, failurePolicy: "none" }]);
  expect((await send("PUT", "/v1/services/db", {}, { "if-match": '"4"' })).statusCode).toBe(412);
  expect((await send("PUT", "/v1/services/db", {}, { "if-match": '"5"' })).headers.etag).toBe('"6"');
  const checks = [
    { kind: "http", url: "/health", intervalSeconds: 1, timeoutSeconds: 0.5, passAfter: 1, failAfter: 2 },
  ];
  await send("PUT", "/v1/services/db", { checks });
  expect((await send("GET", "/v1/services/db")).json().settings).toEqual({ checks });
});

test("settings that are not given are refused, and those that stand are left alone", async () => {
  const { send } = await startServices();
  const refused = await send("PUT", "/v1/services/db");
  expect([refused.statusCode, refused.json().detail]).toEqual([
    400,
    'Cannot change service "db" as the body must be an object: got nothing',
  ]);
  expect((await send("GET", "/v1/services/db")).json().settings).toEqual({ ttlSeconds: 2, failurePolicy: "none" });
});

test("a service is deleted with all that is of it, but while instances pass only by force", async () => {
  const { send, store } = await startServices();
  await send("PUT", "/v1/services/web/config", { a: 1 });
  await send("PUT", "/v1/services/web/tags/canary/config", { a: 2 });
  await send("PUT", "/v1/services/web2/config", { a: 3 });
  const refused = await send("DELETE", "/v1/services/web");
  expect([refused.statusCode, refused.json().detail]).toEqual([
    409,
    'Cannot delete service "web" as no instance of it must pass, or force=true be given: 1 pass',
  ]);
  expect((await send("DELETE", "/v1/services/web?force=maybe")).statusCode).toBe(400);
  expect((await send("DELETE", "/v1/services/web?force=true")).statusCode).toBe(200);
  expect((await send("DELETE", "/v1/services/api")).statusCode).toBe(200);
  const keys = (await store.read("")).items.map(({ key }) => key);
  expect(keys).toEqual(["cfg/service/web2/head", "cfg/service/web2/v/0000000001", "svc/db"]);
});
