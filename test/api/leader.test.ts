import { afterEach, expect, test } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());

const URL = "/v1/services/web/leader";

/** web with a and b, at revision 2. */
async function startWeb(changes: Partial<ApiOptions> = {}): Promise<Harness> {
  api = await startApi(changes);
  await api.send("PUT", "/v1/services/web/instances/a", { address: "10.0.0.1" });
  await api.send("PUT", "/v1/services/web/instances/b", { address: "10.0.0.2" });
  api.heard.length = 0;
  return api;
}

test("the first to ask leads; the token is the revision of the lease", async () => {
  const { send } = await startWeb();
  const acquired = await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  expect([acquired.statusCode, acquired.json(), acquired.headers["etag"]]).toEqual([
    201,
    { revision: 3, token: 3 },
    '"3"',
  ]);
  expect((await send("GET", URL)).json()).toEqual({
    service: "web",
    id: "a",
    token: 3,
    leaseSeconds: 15,
    secondsLeft: 7.25,
    atMs: 1_700_000_000_000,
    isAnswered: true,
  });
});

test.each<[what: string, body: object]>([
  ["with its token", { id: "a", leaseSeconds: 15, token: 3 }],
  ["without one", { id: "a", leaseSeconds: 15 }],
])("the holder renews %s, and nothing is written", async (_, body) => {
  const { send, heard, catalog } = await startWeb();
  await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  const renewed = await send("PUT", URL, body);
  expect([renewed.statusCode, renewed.json(), heard, catalog.revision]).toEqual([
    200,
    { revision: 3, token: 3 },
    [["web"]],
    3,
  ]);
});

test("a renewal for another time is a new lease, with a greater token", async () => {
  const { send } = await startWeb();
  await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  const renewed = await send("PUT", URL, { id: "a", leaseSeconds: 20, token: 3 });
  expect([renewed.statusCode, renewed.json()]).toEqual([200, { revision: 4, token: 4 }]);
});

test.each<[what: string, body: object]>([
  ["somebody else", { id: "b", leaseSeconds: 15 }],
  ["an earlier leader of the same id", { id: "a", leaseSeconds: 15, token: 2 }],
])("%s is told who leads and for how long", async (_, body) => {
  const { send } = await startWeb();
  await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  const refused = await send("PUT", URL, body);
  expect([refused.statusCode, refused.json().detail]).toEqual([
    409,
    'Cannot acquire the leader lease of "web" as "a" holds it with token 3 for another 7.3 s',
  ]);
});

test("one of many who ask at once leads", async () => {
  const { send } = await startWeb();
  const answers = await Promise.all(["a", "b", "a", "b", "b"].map((id) => send("PUT", URL, { id, leaseSeconds: 15 })));
  const acquired = answers.filter(({ statusCode }) => statusCode === 201);
  expect([acquired.length, acquired[0]!.json()]).toEqual([1, { revision: 3, token: 3 }]);
});

test("a renewal that comes when the lease is just ending acquires a new one", async () => {
  const harness: Harness = await startWeb({
    // Its end was under way when the renewal came: the commit is sent before anything that follows.
    lead: () => void harness.store.commit([{ kind: "delete", key: "lead/web" }]),
  });
  await harness.send("PUT", URL, { id: "a", leaseSeconds: 15 });
  const renewed = await harness.send("PUT", URL, { id: "a", leaseSeconds: 15, token: 3 });
  expect([renewed.statusCode, renewed.json()]).toEqual([201, { revision: 5, token: 5 }]);
});

test.each<[body: unknown, status: number, errors: string[]]>([
  [
    {},
    400,
    [
      "/id must be a DNS label: 1–63 letters, digits and inner hyphens: got nothing",
      "/leaseSeconds must be a number 1–86400: got nothing",
    ],
  ],
  [
    { id: "a", leaseSeconds: 0, token: 0.5, x: 1 },
    400,
    [
      "/x must not be given: known here are id, leaseSeconds, token",
      "/leaseSeconds must be 1–86400: got 0",
      "/token must be a whole number 1–9007199254740991: got 0.5",
    ],
  ],
  [{ id: "c", leaseSeconds: 5 }, 404, []],
])("PUT %j is %i", async (body, status, errors) => {
  const { send } = await startWeb();
  const refused = await send("PUT", URL, body);
  const told = refused
    .json()
    .errors.map(({ path, message }: { path: string; message: string }) => `${path} ${message}`);
  expect([refused.statusCode, told]).toEqual([status, errors]);
});

test.each<[query: string, status: number, isLed: boolean]>([
  ["?token=3", 200, false],
  ["", 200, false],
  ["?token=2", 412, true],
  ["?token=x", 400, true],
])("DELETE %s is %i", async (query, status, isLed) => {
  const { send, catalog } = await startWeb();
  await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  const released = await send("DELETE", `${URL}${query}`);
  expect([released.statusCode, catalog.leader("web") !== undefined]).toEqual([status, isLed]);
});

test("a lease that nobody holds is 404, also for a service that does not exist", async () => {
  const { send } = await startWeb();
  const answers = [await send("GET", URL), await send("DELETE", URL), await send("GET", "/v1/services/none/leader")];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404]);
});

test("a leader that is deregistered leads no more, and its successor's token is greater", async () => {
  const { send, catalog } = await startWeb();
  await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  await send("DELETE", "/v1/services/web/instances/a");
  expect(catalog.leader("web")).toBe(undefined);
  expect((await send("PUT", URL, { id: "b", leaseSeconds: 15 })).json()).toEqual({ revision: 5, token: 5 });
});

test("a leader that is not answered is shown with the reason", async () => {
  const { send } = await startWeb();
  await send("PUT", URL, { id: "a", leaseSeconds: 15 });
  await send("PUT", "/v1/services/web/instances/a/maintenance?force=true", { reason: "move" });
  expect((await send("GET", URL)).json()).toMatchObject({ id: "a", isAnswered: false, reason: "is maintenance" });
});

test("who is not answered neither acquires the lease nor renews it, and says why", async () => {
  const { send, store, heard, catalog } = await startWeb();
  const refusal = async (id: string) => {
    const refused = await send("PUT", URL, { id, leaseSeconds: 15 });
    return [refused.statusCode, refused.json().detail];
  };
  await send("PUT", "/v1/services/web/instances/a/maintenance", {});
  expect(await refusal("a")).toEqual([409, 'Cannot acquire the leader lease of "web" as "a" is maintenance']);
  expect((await send("PUT", URL, { id: "b", leaseSeconds: 15 })).statusCode).toBe(201);
  const { generation } = catalog.instance("web", "b")!.registration;
  const fallen = { generation, state: "critical", reason: "HTTP 503", hasPassed: true, atMs: 0 };
  await store.commit([{ kind: "put", key: "vote/web/b/local", value: JSON.stringify(fallen) }]);
  expect(await refusal("b")).toEqual([409, 'Cannot acquire the leader lease of "web" as "b" is critical']);
  expect(heard).toEqual([]);
  const brake = { since: 5, reason: "all fell", atMs: 1, untilMs: 2 };
  await store.commit([{ kind: "put", key: "brake/web", value: JSON.stringify(brake) }]);
  expect((await send("PUT", URL, { id: "b", leaseSeconds: 15 })).statusCode).toBe(200);
  expect([heard, catalog.leader("web")?.id]).toEqual([[["web"]], "b"]);
});

test("GET waits for the next leader", async () => {
  const harness = await startWeb();
  await harness.send("PUT", URL, { id: "a", leaseSeconds: 15 });
  const next = harness.send("GET", `${URL}?wait=30&since=3`);
  while (harness.waiting() === 0) await new Promise((resolve) => setImmediate(resolve));
  await harness.send("DELETE", `${URL}?token=3`);
  expect((await next).statusCode).toBe(404);
});
