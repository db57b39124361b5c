import { expect, test } from "vitest";
import { terminal } from "./terminal.ts";

const states = { passing: 2, warning: 0, critical: 1, draining: 0, maintenance: 0 };

test("services lists every page with counts by state", async () => {
  const it = terminal({
    replies: [
      {
        json: {
          revision: 9,
          services: [{ name: "api", instances: 3, states, held: 1, answered: "braked", answeredInstances: 3 }],
          next: "api",
        },
      },
      {
        json: {
          revision: 9,
          services: [{ name: "long-name", instances: 3, states, answered: "up", answeredInstances: 2 }],
        },
      },
    ],
  });
  expect(await it.run("services", "--tag", "canary", "--prefix", "a")).toBe(0);
  expect(it.requests.map(({ url }) => url)).toEqual([
    "/v1/services?tag=canary&prefix=a",
    "/v1/services?tag=canary&prefix=a&after=api",
  ]);
  expect(it.stdout.split("\n")).toEqual([
    "SERVICE    PASSING  WARNING  CRITICAL  DRAINING  MAINTENANCE  HELD  ANSWERED  RULE",
    "api        2        0        1         0         0            1     3         braked",
    "long-name  2        0        1         0         0            0     2         up",
    "",
  ]);
});

test("services NAME shows its instances, their states and why", async () => {
  const instances = [
    {
      id: "a",
      state: "passing",
      reason: "HTTP 200",
      addresses: ["10.0.0.5", "::1"],
      ports: { http: { port: 80 }, m: { port: 9 } },
    },
    { id: "b", state: "critical", isHeld: true, reason: "HTTP 503", addresses: [], host: "db.test", ports: {} },
  ];
  const it = terminal({ replies: [{ json: { name: "web", answered: "up", instances } }] });
  expect(await it.run("services", "web")).toBe(0);
  expect(it.stdout.split("\n")).toEqual(
    [
      "INSTANCE  ADDRESS       PORTS       STATE           REASON",
      "a         10.0.0.5,::1  http=80,m=9  passing         HTTP 200",
      "b         db.test                    critical, held  HTTP 503",
      "answered: up",
      "",
    ].map((line, i) => (i === 0 ? line.replace("PORTS       ", "PORTS        ") : line)),
  );
});

test("services --json prints what the server says", async () => {
  const list = terminal({ replies: [{ json: { services: [{ name: "api", states }] } }] });
  await list.run("services", "--json");
  expect(JSON.parse(list.stdout)).toEqual([{ name: "api", states }]);
  const show = terminal({ replies: [{ json: { name: "web", instances: [] } }] });
  await show.run("services", "web", "--json");
  expect(JSON.parse(show.stdout)).toEqual({ name: "web", instances: [] });
});

test("services NAME shows the selected instances", async () => {
  const it = terminal({ replies: [{ json: { name: "web", answered: "up", instances: [] } }] });
  await it.run("services", "web", "--state", "critical", "--meta", "version=1");
  expect(it.requests.map(({ url }) => url)).toEqual(["/v1/services/web?state=critical&meta.version=1"]);
});
