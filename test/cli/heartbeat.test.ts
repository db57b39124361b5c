import { expect, test } from "vitest";
import { refused, terminal } from "./terminal.ts";

const NOT_FOUND = { status: 404, json: { detail: "Cannot renew as it is gone" } };

test.each([
  [[], undefined],
  [["--state", "warning"], { state: "warning" }],
  [["--state", "critical", "--output", "disk full"], { state: "critical", output: "disk full" }],
])("heartbeat %j", async (flags, body) => {
  const it = terminal();
  expect(await it.run("heartbeat", "web", "i-1", ...flags)).toBe(0);
  expect(it.requests).toMatchObject([{ method: "POST", url: "/v1/services/web/instances/i-1/heartbeat", body }]);
});

test("heartbeat --every goes on until SIGINT, and that is success", async () => {
  const slept: number[] = [];
  const it = terminal({
    onSleep: (ms, { send }) => {
      slept.push(ms);
      if (slept.length === 3) send("SIGINT");
    },
  });
  expect(await it.run("heartbeat", "web", "i-1", "--every", "2.5")).toBe(0);
  expect([it.requests.length, slept]).toEqual([3, [2500, 2500, 2500]]);
});

test("heartbeat --every outlives a server that is away and ends with 1 where the instance is gone", async () => {
  const it = terminal({
    replies: [{ json: {} }, { fails: refused() }, { status: 503, json: {} }, { json: {} }, NOT_FOUND],
  });
  expect([await it.run("heartbeat", "web", "i-1", "--every", "1"), it.requests.length]).toEqual([1, 5]);
  expect(it.stderr.split("\n").at(-2)).toBe("Cannot renew as it is gone");
});
