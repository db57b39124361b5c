import { expect, test } from "vitest";
import { terminal } from "./terminal.ts";

test.each<[line: string, request: string, body: unknown, says: string]>([
  ["maintenance begin web i-1", "PUT /v1/services/web/instances/i-1/maintenance", {}, "web/i-1 in maintenance"],
  [
    "maintenance begin web i-1 --reason disk --author ada --for 60 --force --drain",
    "PUT /v1/services/web/instances/i-1/maintenance?force=true&drain=true",
    { reason: "disk", author: "ada", untilSeconds: 60 },
    "web/i-1 in maintenance",
  ],
  [
    "maintenance begin web --tag canary --state passing --locality eu --meta version=1 --meta rack=a=b",
    "PUT /v1/services/web/maintenance?tag=canary&state=passing&locality=eu&meta.version=1&meta.rack=a%3Db",
    {},
    "web in maintenance",
  ],
  [
    "maintenance end web i-1",
    "DELETE /v1/services/web/instances/i-1/maintenance",
    undefined,
    "web/i-1 out of maintenance",
  ],
  ["maintenance end web", "DELETE /v1/services/web/maintenance", undefined, "web out of maintenance"],
  ["drain web i-1", "DELETE /v1/services/web/instances/i-1?drain=true", undefined, "web/i-1 drained and deregistered"],
  [
    "drain web --meta version=1 --force",
    "DELETE /v1/services/web/instances?meta.version=1&force=true&drain=true",
    undefined,
    "web drained and deregistered",
  ],
])("%s", async (line, request, body, says) => {
  const it = terminal({ replies: [{ json: { revision: 42 } }] });
  expect(await it.run(...line.split(" "))).toBe(0);
  expect(it.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([request]);
  expect(it.requests[0]!.body).toEqual(body);
  expect(it.stdout).toBe(`${says} at revision 42\n`);
});

test.each([
  ["maintenance begin web --tag canary --dry-run --drain", "PUT /v1/services/web/maintenance?tag=canary&dryRun=true"],
  ["maintenance end web --dry-run", "DELETE /v1/services/web/maintenance?dryRun=true"],
  ["drain web --dry-run", "DELETE /v1/services/web/instances?dryRun=true"],
])("%s shows what would be", async (line, request) => {
  const tried = {
    revision: 7,
    dryRun: true,
    instances: [
      { id: "a", state: "passing", becomes: "maintenance" },
      { id: "long-id", state: "critical" },
    ],
    answered: { now: 3, afterwards: 2, rule: "up" },
  };
  const it = terminal({ replies: [{ json: tried }] });
  expect(await it.run(...line.split(" "))).toBe(0);
  expect(it.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([request]);
  expect(it.stdout.split("\n")).toEqual([
    "INSTANCE  STATE     BECOMES",
    "a         passing   maintenance",
    "long-id   critical  deregistered",
    "answered: 3 now, 2 afterwards (up); nothing was written",
    "",
  ]);
  const json = terminal({ replies: [{ json: tried }] });
  await json.run(...line.split(" "), "--json");
  expect(JSON.parse(json.stdout)).toEqual(tried);
});

test("what the server refuses is said in its words, and fails", async () => {
  const detail = 'Cannot put instances of "web" into maintenance as an instance of "web" must be left to answer';
  const it = terminal({ replies: [{ status: 409, json: { detail, errors: [] } }] });
  expect([await it.run("maintenance", "begin", "web"), it.stderr]).toEqual([1, `${detail}\n`]);
});

test("a dry run that is refused tells all the same what would be", async () => {
  const detail = 'Cannot put instances of "web" into maintenance as an instance of "web" must be left to answer';
  const instances = [{ id: "a", state: "passing", becomes: "maintenance" }];
  const answered = { now: 1, afterwards: 0, rule: "out" };
  const it = terminal({ replies: [{ status: 409, json: { detail, errors: [], instances, answered } }] });
  expect(await it.run("maintenance", "begin", "web", "--dry-run")).toBe(1);
  expect(it.stderr.split("\n")).toEqual([
    detail,
    "INSTANCE  STATE    BECOMES",
    "a         passing  maintenance",
    "answered: 1 now, 0 afterwards (out); nothing was written",
    "",
  ]);
});

test("one instance cannot be selected among", async () => {
  const it = terminal();
  expect([await it.run("drain", "web", "a", "--tag", "x"), it.requests]).toEqual([2, []]);
});
