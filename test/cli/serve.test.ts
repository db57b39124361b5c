import { expect, test } from "vitest";
import { CommandError } from "../../src/cli/io.ts";
import type { Parts } from "../../src/cli/parts.ts";
import { type Terminal, terminal } from "./terminal.ts";

/** A server that notes what is done to it; `starting` is what happens while it starts. */
function fakeServer(events: string[], starting: () => Promise<void> | void = () => {}): Pick<Parts, "serve"> {
  return {
    serve: async ({ settings, reread }) => {
      events.push(`start ${settings.zone}`);
      await starting();
      return {
        reload: async () => {
          events.push(`reload ${reread().zone}`);
        },
        close: async () => {
          events.push("close");
        },
      };
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each(["SIGTERM", "SIGINT"])("serve closes at %s and ends with 0", async (signal) => {
  const events: string[] = [];
  const it = terminal({ parts: fakeServer(events) });
  const exitCode = it.run("serve", "--zone", "svc.test");
  await settled();
  it.send(signal);
  expect([await exitCode, events]).toEqual([0, ["start svc.test", "close"]]);
});

test("serve keeps a stop that comes while it starts", async () => {
  const events: string[] = [];
  const it: Terminal = terminal({ parts: fakeServer(events, () => it.send("SIGTERM")) });
  expect([await it.run("serve"), events]).toEqual([0, ["start svc.internal", "close"]]);
});

test("the second signal ends the process at once", async () => {
  const it: Terminal = terminal({ parts: { serve: () => new Promise(() => {}) } });
  void it.run("serve");
  await settled();
  it.send("SIGINT");
  expect(it.exits).toEqual([]);
  it.send("SIGTERM");
  expect(it.exits).toEqual([1]);
});

test("SIGHUP reads the settings again, and a fault in them is told, not fatal", async () => {
  const events: string[] = [];
  const env: Record<string, string> = {};
  const it = terminal({ env, parts: fakeServer(events) });
  const exitCode = it.run("serve");
  await settled();
  env["MUSTER_ZONE"] = "svc.test";
  it.send("SIGHUP");
  env["MUSTER_ZONE"] = "..";
  it.send("SIGHUP");
  await settled();
  expect(it.stderr).toMatch(/^Cannot reload: MUSTER_ZONE: Cannot set zone/);
  it.send("SIGTERM");
  expect([await exitCode, events]).toEqual([0, ["start svc.internal", "reload svc.test", "close"]]);
});

test("every problem of the settings is listed, and the server does not start", async () => {
  const it = terminal({ env: { MUSTER_ZONE: "..", MUSTER_TTL: "5" } });
  expect([await it.run("serve", "--log-level", "loud"), it.stderr.trimEnd().split("\n").length]).toEqual([2, 3]);
});

test("a start that fails says why and ends with 1", async () => {
  const failure = Object.assign(new Error("Cannot listen on 127.0.0.1:53 as it needs root"), { code: "EACCES" });
  const it = terminal({ parts: { serve: () => Promise.reject(failure) } });
  expect([await it.run("serve"), it.stderr]).toEqual([1, `${failure.message}\n`]);
  const exits = terminal({ parts: { serve: () => Promise.reject(new CommandError(3, "away")) } });
  expect(await exits.run("serve")).toBe(3);
});
