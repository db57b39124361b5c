import { afterEach, expect, test } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());

const WEB = "/v1/services/web";

/** web with a and b in eu, a of version 2, and c, which is critical. */
async function startWeb(changes: Partial<ApiOptions> = {}): Promise<Harness> {
  api = await startApi(changes);
  await api.send("PUT", `${WEB}/instances/a`, { locality: "eu", tags: ["canary"], meta: { version: "2" } });
  await api.send("PUT", `${WEB}/instances/b`, { locality: "eu", meta: { version: "1" } });
  await api.send("PUT", `${WEB}/instances/c`, { initialState: "critical", meta: { version: "1" } });
  return api;
}

const statesIn = async ({ send }: Harness) =>
  (await send("GET", WEB)).json().instances.map(({ id, state }: Record<string, string>) => `${id} ${state}`);

test.each([
  ["?tag=canary", ["a"]],
  ["?tag=CANARY", ["a"]],
  ["?state=critical", ["c"]],
  ["?state=passing,critical", ["a", "b", "c"]],
  ["?locality=eu", ["a", "b"]],
  ["?meta.version=1", ["b", "c"]],
  ["?meta.version=1&locality=eu", ["b"]],
  ["?meta.version=3", []],
  ["", ["a", "b", "c"]],
])("a service read with %s shows and counts %j", async (query, ids) => {
  const { send } = await startWeb();
  const { instances, states, answered } = (await send("GET", `${WEB}${query}`)).json();
  expect(instances.map(({ id }: { id: string }) => id)).toEqual(ids);
  const counted = Object.values<number>(states).reduce((sum, count) => sum + count);
  expect([counted, answered]).toEqual([ids.length, "up"]);
  const listed = (await send("GET", `/v1/services${query}`)).json().services;
  expect(listed.map(({ instances: count }: { instances: number }) => count)).toEqual(ids.length === 0 ? [] : [counted]);
});

test.each([
  ["?version=1", "?version must not be given: known here are tag, state, locality, meta.*, wait, since"],
  ["?meta=1", "?meta must not be given: known here are tag, state, locality, meta.*, wait, since"],
  ["?tag=a.b", '?tag must be a DNS label: 1–63 letters, digits and inner hyphens: got "a.b"'],
  ["?meta.a=1&meta.a=2", '?meta.a must be given once: got ["1","2"]'],
])("a service read with %s is 400", async (query, fault) => {
  const { send } = await startWeb();
  const response = await send("GET", `${WEB}${query}`);
  const [{ path, message }] = response.json().errors;
  expect([response.statusCode, `${path} ${message}`]).toEqual([400, fault]);
});

test("maintenance of a service's selected instances shows who says so, and ends", async () => {
  const it = await startWeb();
  const body = { reason: "rollout", author: "ada", untilSeconds: 60 };
  expect((await it.send("PUT", `${WEB}/maintenance?meta.version=1`, body)).json()).toEqual({ revision: 4 });
  expect(await statesIn(it)).toEqual(["a passing", "b maintenance", "c maintenance"]);
  expect((await it.send("GET", `${WEB}/instances/b`)).json()).toMatchObject({
    reason: "rollout",
    author: "ada",
    untilMs: 1_700_000_060_000,
  });
  expect((await it.send("DELETE", `${WEB}/maintenance`)).statusCode).toBe(200);
  expect(await statesIn(it)).toEqual(["a passing", "b passing", "c critical"]);
});

test("maintenance that changes nothing answers the revision at which it is so", async () => {
  const { send, catalog } = await startWeb();
  expect((await send("DELETE", `${WEB}/maintenance`)).json()).toEqual({ revision: 3 });
  await send("DELETE", `${WEB}/instances/a?drain=true`);
  expect(catalog.revision).toBe(5);
  expect((await send("DELETE", `${WEB}/maintenance`)).json()).toEqual({ revision: 5 });
});

test("a dry run tells what would be, writes nothing, and is refused as the thing itself", async () => {
  const { send, catalog } = await startWeb();
  const tried = await send("PUT", `${WEB}/maintenance?tag=canary&dryRun=true`, { reason: "x" });
  expect([tried.statusCode, tried.json()]).toEqual([
    200,
    {
      revision: 3,
      dryRun: true,
      instances: [{ id: "a", state: "passing", becomes: "maintenance" }],
      answered: { now: 2, afterwards: 1, rule: "up" },
    },
  ]);
  const refused = await send("PUT", `${WEB}/maintenance?locality=eu&dryRun=true`);
  expect([refused.statusCode, refused.json()]).toMatchObject([
    409,
    {
      type: "urn:muster:problem:conflict",
      instances: [
        { id: "a", state: "passing", becomes: "maintenance" },
        { id: "b", state: "passing", becomes: "maintenance" },
      ],
      answered: { now: 2, afterwards: 0 },
    },
  ]);
  const forced = await send("PUT", `${WEB}/maintenance?locality=eu&dryRun=true&force=true`);
  expect(forced.json().answered).toEqual({ now: 2, afterwards: 0, rule: "notReady" });
  expect((await send("DELETE", `${WEB}/instances/a?dryRun=true&drain=true`)).json().instances).toEqual([
    { id: "a", state: "passing" },
  ]);
  for (const flag of ["dryRun", "drain", "force"])
    expect((await send("PUT", `${WEB}/maintenance?tag=canary&${flag}=perhaps`)).statusCode).toBe(400);
  expect(catalog.revision).toBe(3);
});

test("what would leave nobody to answer is 409 unless it is forced, by instance too", async () => {
  const it = await startWeb();
  expect((await it.send("PUT", `${WEB}/instances/a/maintenance`)).statusCode).toBe(200);
  const refused = await it.send("PUT", `${WEB}/instances/b/maintenance`);
  expect([refused.statusCode, refused.json().detail]).toEqual([
    409,
    'Cannot put instance "b" of "web" into maintenance as an instance of "web" must be left to answer, or force=true be given: of 1 none would be',
  ]);
  expect((await it.send("PUT", `${WEB}/instances/b/maintenance?force=true`)).statusCode).toBe(200);
  expect(await statesIn(it)).toEqual(["a maintenance", "b maintenance", "c critical"]);
});

test("of two that are taken out at the same moment, one is refused", async () => {
  const { send } = await startWeb();
  const answers = await Promise.all(["a", "b"].map((id) => send("PUT", `${WEB}/instances/${id}/maintenance`)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
});

test("a batch takes out several, but neither waits nor tries", async () => {
  const { send } = await startWeb();
  const batch = (...paths: string[]) =>
    send("POST", "/v1/batch", { writes: paths.map((path) => ({ method: "PUT", path: `${WEB}${path}` })) });
  expect((await batch("/instances/a/maintenance", "/instances/b/maintenance")).statusCode).toBe(409);
  expect((await batch("/maintenance?tag=canary&drain=true")).statusCode).toBe(400);
  expect((await batch("/maintenance?tag=canary&dryRun=true")).statusCode).toBe(400);
  expect((await batch("/maintenance?tag=canary")).statusCode).toBe(200);
});

test("a lame duck's maintenance is answered when nobody can hold it any more", async () => {
  const asked: string[] = [];
  const it = await startWeb({
    drainSeconds: (_service, id) => {
      asked.push(`${id} ${it.catalog.instance("web", id)?.operator?.state}`);
      return 0.01;
    },
  });
  expect((await it.send("PUT", `${WEB}/maintenance?tag=canary&drain=true`)).json()).toEqual({ revision: 4 });
  expect(asked).toEqual(["a maintenance"]);
});

test("selected instances are drained and deregistered", async () => {
  const it = await startWeb({ drainSeconds: () => 0.01 });
  expect((await it.send("DELETE", `${WEB}/instances?locality=eu&drain=true`)).statusCode).toBe(409);
  expect((await it.send("DELETE", `${WEB}/instances?tag=canary&drain=true`)).json()).toEqual({ revision: 5 });
  expect(await statesIn(it)).toEqual(["b passing", "c critical"]);
  expect((await it.send("DELETE", `${WEB}/instances?state=draining`)).statusCode).toBe(404);
  expect((await it.send("DELETE", `${WEB}/instances?force=true`)).statusCode).toBe(200);
  expect((await it.send("GET", WEB)).statusCode).toBe(404);
});

test("brakes are shown with the service and the status, and released", async () => {
  const { send, store, catalog } = await startWeb();
  const brake = { since: 4, reason: "3 of 4 fell", atMs: 1, untilMs: 2 };
  const engage = (of: string) => store.commit([{ kind: "put", key: `brake/${of}`, value: JSON.stringify(brake) }]);
  await engage("web");
  await engage("*");
  expect(catalog.revision).toBe(5);
  expect((await send("GET", WEB)).json()).toMatchObject({
    brakes: [
      { of: "web", ...brake },
      { of: "*", ...brake },
    ],
    held: 0,
  });
  expect((await send("GET", "/v1/status")).json().brakes.map(({ of }: { of: string }) => of)).toEqual(["*", "web"]);
  expect((await send("DELETE", `${WEB}/brake`)).json()).toEqual({ revision: 6 });
  const again = await send("DELETE", `${WEB}/brake`);
  expect([again.statusCode, again.json().detail]).toEqual([
    404,
    'Cannot release the brake of "web" as it is not engaged',
  ]);
  expect((await send("DELETE", "/v1/brake")).statusCode).toBe(200);
  expect((await send("DELETE", "/v1/brake")).statusCode).toBe(404);
  expect((await send("GET", WEB)).json()).not.toHaveProperty("brakes");
});

test("the brake of a service that the brake of all holds too is released after that one", async () => {
  const { send, store, catalog } = await startWeb();
  const { generation } = catalog.instance("web", "a")!.registration;
  const vote = { generation, state: "critical", reason: "refused", hasPassed: true };
  const brake = { since: 4, reason: "3 of 4 fell", atMs: 1, untilMs: 2 };
  const put = (key: string, value: object) => store.commit([{ kind: "put", key, value: JSON.stringify(value) }]);
  await put("vote/web/a/here", vote);
  await put("brake/web", brake);
  await put("brake/*", brake);
  const refused = await send("DELETE", `${WEB}/brake`);
  expect([refused.statusCode, refused.json().detail]).toEqual([
    409,
    'Cannot release the brake of "web" as that of all services holds it too: release that first, by DELETE /v1/brake',
  ]);
  expect((await send("DELETE", "/v1/brake")).statusCode).toBe(200);
  expect((await send("DELETE", `${WEB}/brake`)).statusCode).toBe(200);
  await put("brake/web", brake);
  await put("brake/*", brake);
  await put("svc/web", { brake: { aboveShare: 1 } });
  expect((await send("GET", WEB)).json().brakes.map(({ of }: { of: string }) => of)).toEqual(["web"]);
  expect((await send("DELETE", `${WEB}/brake`)).statusCode, "that of all leaves it alone").toBe(200);
});
