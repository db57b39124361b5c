import { afterEach, expect, test } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import { History } from "../../src/catalog/history.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { type Change, operate, putInstance } from "../support/registry.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
afterEach(() => api?.close());

const URL = "/v1/services/web/history";
const HOUR_MS = 3_600_000;

/** The table comes at 1970-01-01T00:00Z, and each change an hour later than the one before. */
async function startHistory(...commits: readonly Change[][]): Promise<Harness> {
  const [catalog, history] = [new Catalog(), new History()];
  const fold = (revision: number, item: Parameters<Catalog["apply"]>[0]) => {
    const touched = nothingTouched();
    catalog.apply(item, touched);
    history.fold(catalog, touched, revision * HOUR_MS);
  };
  fold(0, { kind: "reset", revision: 0, items: [], why: "start" });
  for (const [index, changes] of commits.entries()) {
    const revision = index + 1;
    const puts = changes
      .filter((change) => typeof change !== "string")
      .map(([key, value]) => ({ key, value: JSON.stringify(value), revision }));
    fold(revision, { kind: "change", revision, puts, deletes: [] });
  }
  api = await startApi({ catalog: () => catalog, history });
  return api;
}

const NIGHT = [[putInstance("web", "a")], [putInstance("web", "b")], [operate("web", "a", "maintenance")]];

test("it tells what happened, newest first", async () => {
  const { send } = await startHistory(...NIGHT);
  expect((await send("GET", `${URL}?limit=2`)).json()).toEqual({
    revision: 3,
    service: "web",
    rememberedFromMs: 0,
    events: [
      {
        revision: 3,
        atMs: 3 * HOUR_MS,
        rule: "up",
        was: "up",
        came: [],
        left: [{ id: "a", why: "maintenance: work" }],
      },
      {
        revision: 2,
        atMs: 2 * HOUR_MS,
        rule: "up",
        was: "up",
        came: [{ id: "b", why: "registered: passing: no check" }],
        left: [],
      },
    ],
  });
});

test.each<[query: string, revisions: number[]]>([
  ["", [3, 2, 1]],
  ["?from=1970-01-01T02:00:00Z", [3, 2]],
  ["?from=1970-01-01T02:30:00%2B00:30&until=7200000", [2]],
  ["?until=1970-01-01T00:59Z", []],
  ["?since=2", [3]],
])("GET history%s lists revisions %j", async (query, revisions) => {
  const { send } = await startHistory(...NIGHT);
  const { events } = (await send("GET", URL + query)).json();
  expect(events.map(({ revision }: { revision: number }) => revision)).toEqual(revisions);
});

test.each<[at: string, rule: string, answered: string[]]>([
  ["1970-01-01T00:59:59.999Z", "empty", []],
  ["1970-01-01T02:12:00Z", "up", ["a", "b"]],
  ["1970-01-01T03:12:00Z", "up", ["b"]],
  [String(HOUR_MS), "up", ["a"]],
])("who was answered at %s", async (at, rule, answered) => {
  const { send } = await startHistory(...NIGHT);
  expect((await send("GET", `${URL}?at=${at}`)).json().at).toMatchObject({ rule, answered });
});

test("a time before what is remembered is 410", async () => {
  const { send } = await startHistory(...NIGHT);
  const response = await send("GET", `${URL}?at=1969-12-31T23:59:00Z`);
  expect([response.statusCode, response.json().detail]).toEqual([
    410,
    "Cannot tell who was answered at 1969-12-31T23:59:00.000Z as nothing before 1970-01-01T00:00:00.000Z is remembered",
  ]);
});

test("a service of which nothing is known is 404, and times that are none are 400", async () => {
  const { send } = await startHistory(...NIGHT);
  expect((await send("GET", "/v1/services/none/history")).statusCode).toBe(404);
  const response = await send("GET", `${URL}?at=03:12&from=2026-11-20&until=x&limit=0`);
  const paths = response.json().errors.map(({ path }: { path: string }) => path);
  expect([response.statusCode, paths]).toEqual([400, ["?at", "?from", "?until", "?limit"]]);
});
