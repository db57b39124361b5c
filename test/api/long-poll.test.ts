import { afterEach, expect, test } from "vitest";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());

const I_1 = "/v1/services/web/instances/i-1";
const I_2 = "/v1/services/web/instances/i-2";

/** i-1 and i-2 of web, and a configuration of web: revisions 1 to 3. */
async function start(): Promise<Harness> {
  api = await startApi();
  await api.send("PUT", I_1, {});
  await api.send("PUT", I_2, {});
  await api.send("PUT", "/v1/services/web/config", { a: 1 });
  return api;
}

/** Resolves once a request waits for a publication. */
async function untilWaiting({ waiting }: Harness): Promise<void> {
  while (waiting() === 0) await new Promise(setImmediate);
}

type Change = readonly [method: "PUT" | "DELETE" | "PATCH", url: string, body?: unknown];

test.each<[url: string, change: Change, unrelated: Change]>([
  [I_1, ["PUT", `${I_1}/maintenance?force=true`], ["PUT", I_2, { weight: 1 }]],
  [I_1, ["DELETE", I_1], ["DELETE", I_2]],
  ["/v1/services/web", ["DELETE", I_2], ["PUT", "/v1/services/api/instances/a", {}]],
  ["/v1/services/web", ["PUT", "/v1/services/web", { ttlSeconds: 1 }], ["PUT", "/v1/services/api", {}]],
  ["/v1/services", ["PUT", "/v1/services/api/instances/a", {}], ["PATCH", "/v1/config", { z: 1 }]],
  ["/v1/services/api", ["PUT", "/v1/services/api", {}], ["PATCH", "/v1/config", { z: 1 }]],
  ["/v1/services/web/config", ["PATCH", "/v1/config", { z: 1 }], ["PUT", `${I_1}/config`, { a: 2 }]],
  [`${I_1}/config`, ["PUT", I_1, { tags: ["canary"] }], ["PUT", `${I_2}/config`, { a: 2 }]],
  ["/v1/services/web/config/history", ["PUT", "/v1/services/web/config", {}], ["DELETE", I_1]],
  ["/v1/services/web/config", ["DELETE", "/v1/services/web?force=true"], ["DELETE", I_1]],
  ["/v1/status", ["DELETE", I_1], ["PUT", I_1, {}]],
])("GET %s?wait waits for %j and sleeps through %j", async (url, change, unrelated) => {
  const harness = await start();
  let isAnswered = false;
  const answer = harness.send("GET", `${url}?wait=30&since=3`).then((response) => {
    isAnswered = true;
    return response;
  });
  await untilWaiting(harness);
  await harness.send(...unrelated);
  expect(isAnswered).toBe(false);
  const { revision } = (await harness.send(...change)).json();
  expect((await answer).headers["muster-revision"] ?? String(revision)).toBe(String(revision));
});

test.each<[query: string]>([["?wait=30&since=1"], ["?since=3"], ["?wait=0"], ["?wait=0.01&since=99"], [""]])(
  "GET %s of what changed at 2 is answered without a change",
  async (query) => {
    const { send } = await start();
    const response = await send("GET", `${I_2}${query}`);
    expect([response.statusCode, response.headers["muster-revision"]]).toEqual([200, "3"]);
  },
);

test("without since, only what comes from now on counts", async () => {
  const harness = await start();
  const answer = harness.send("GET", `${I_1}?wait=30`);
  await untilWaiting(harness);
  await harness.send("PATCH", I_1, { weight: 3 });
  expect((await answer).json().weight).toBe(3);
});

test("closing the API answers those who wait", async () => {
  const harness = await start();
  const answer = harness.send("GET", `${I_1}?wait=300&since=3`);
  await untilWaiting(harness);
  await harness.app.close();
  expect((await answer).statusCode).toBe(200);
});
