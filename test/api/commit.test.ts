import { afterEach, expect, test, vi } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());

const I_1 = "/v1/services/web/instances/i-1";

/** The API over a store in which somebody else gives i-1 another weight right before each of the next `times` commits. */
async function startContended(): Promise<Harness & { contend(times: number): void }> {
  let left = 0;
  const store: ApiOptions["store"] = {
    read: (prefix) => harness.store.read(prefix),
    commit: async (writes, guards) => {
      if (left-- > 0) {
        const { registration } = harness.catalog.instance("web", "i-1")!;
        const value = JSON.stringify({ ...registration, weight: registration.weight + 1 });
        await harness.store.commit([{ kind: "put", key: "inst/web/i-1", value }]);
      }
      return harness.store.commit(writes, guards);
    },
  };
  const harness = await startApi({ store });
  api = harness;
  await harness.send("PUT", I_1, { weight: 100 });
  return { ...harness, contend: (times) => (left = times) };
}

test("a change that somebody else was faster than is made anew on what they left", async () => {
  const { send, contend } = await startContended();
  contend(3);
  expect((await send("PATCH", I_1, { priority: 5 })).json()).toEqual({ revision: 5 });
  expect((await send("GET", I_1)).json()).toMatchObject({ weight: 103, priority: 5 });
});

test("a change that somebody else is always faster than is 409 in the end", async () => {
  const { send, contend } = await startContended();
  contend(1000);
  expect((await send("PATCH", I_1, { priority: 5 })).statusCode).toBe(409);
});

test("with If-Match, somebody faster makes it 412", async () => {
  const { send, contend } = await startContended();
  contend(1);
  expect((await send("PATCH", I_1, { priority: 5 }, { "if-match": '"1"' })).statusCode).toBe(412);
  expect((await send("GET", I_1)).json()).toMatchObject({ weight: 101, priority: 10 });
});

test("an If-Match that this server's catalog has yet to hear of is looked up in the store", async () => {
  const { send, store, catalog } = await startContended();
  const value = JSON.stringify({ ...catalog.instance("web", "i-1")!.registration, weight: 7 });
  const elsewhere = store.commit([{ kind: "put", key: "inst/web/i-1", value }]);
  const patched = send("PATCH", I_1, { priority: 5 }, { "if-match": '"2"' });
  await elsewhere;
  expect((await patched).json()).toEqual({ revision: 3 });
});

test("a change that somebody else made a moment ago is answered no sooner than DNS has it", async () => {
  const published: (() => void)[] = [];
  const harness = await startApi({ reached: () => new Promise((resolve) => published.push(resolve)) });
  api = harness;
  const first = harness.send("PUT", I_1, { weight: 7 });
  await vi.waitFor(() => expect(published.length).toBe(1));
  let isAnswered = false;
  const second = harness.send("PUT", I_1, { weight: 7 }).finally(() => (isAnswered = true));
  await vi.waitFor(() => expect(published.length).toBe(2));
  expect(isAnswered).toBe(false);
  for (const resolve of published) resolve();
  expect((await first).json()).toEqual((await second).json());
});

test("parallel changes of one item all happen", async () => {
  const { send } = await startContended();
  const metas = Array.from({ length: 8 }, (_, i) => ({ meta: { [`k${i}`]: "x" } }));
  const responses = await Promise.all(metas.map((patch) => send("PATCH", I_1, patch)));
  expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200));
  expect(Object.keys((await send("GET", I_1)).json().meta)).toHaveLength(8);
});
