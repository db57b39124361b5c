import { describe, expect, test } from "vitest";
import { refused, terminal } from "./terminal.ts";

const COMMANDS = [
  "serve",
  "ask",
  "resolve",
  "services",
  "register",
  "deregister",
  "heartbeat",
  "config",
  "check-zone",
  "settings",
];

test("muster without a command prints its help", async () => {
  const it = terminal();
  expect(await it.run()).toBe(0);
  for (const command of COMMANDS) expect(it.stdout).toMatch(new RegExp(`^ +${command}\\b`, "m"));
});

test("--version prints the version", async () => {
  const it = terminal();
  expect([await it.run("--version"), it.stdout]).toEqual([0, "1.2.3\n"]);
});

test.each(COMMANDS)("%s --help prints help on stdout", async (command) => {
  const it = terminal();
  expect([await it.run(command, "--help"), it.stderr]).toEqual([0, ""]);
  expect(it.stdout).toContain(`Usage: muster ${command}`);
});

describe("a wrong command line is a usage error on stderr", () => {
  test.each([
    ["nonsense"],
    ["register"],
    ["register", "web", "--nonsense"],
    ["register", "web", "extra"],
    ["register", "web", "--port", "http"],
    ["register", "web", "--meta", "novalue"],
    ["register", "web", "--port-name", "8080"],
    ["heartbeat", "web", "i-1", "--every", "0"],
    ["heartbeat", "web", "i-1", "--state", "splendid"],
    ["deregister", "web", ".."],
    ["deregister", "", "i-1"],
    ["config"],
    ["config", "set"],
    ["config", "get", "--tag", "canary"],
    ["config", "get", "--service", "web", "--tag", "canary", "--instance", "i-1"],
    ["config", "set", "a=b", "--typed"],
    ["resolve", "web", "NONSENSE"],
    ["resolve", "web..x"],
    ["resolve", "web", "--server", "localhost"],
    ["resolve", "web", "--zone", "."],
    ["settings", "--ttl-seconds", "soon"],
    ["settings", "--config", "/nonexistent/muster.toml"],
    ["serve", "--http-listen", "0.0.0.0:0"],
  ])("%s %s %s %s", async (...argv) => {
    const it = terminal();
    expect([await it.run(...argv), it.stdout, it.requests]).toEqual([2, "", []]);
    expect(it.stderr).not.toBe("");
  });
});

describe("what the server says becomes lines for people", () => {
  const errors = [
    { path: "/port", message: "must be 1–65535: got 70000" },
    { path: "/checks/0/url", message: 'must be a URL: got "x"' },
    { path: "", message: "must be an object" },
  ];
  const cannot = 'Cannot register instance "i-1" of "web" as';

  test.each([
    [
      { status: 400, json: { title: "Bad Request", detail: "Cannot register …, and 2 more", errors } },
      1,
      [
        `${cannot} port must be 1–65535: got 70000`,
        `${cannot} checks.0.url must be a URL: got "x"`,
        `${cannot} the body must be an object`,
      ],
    ],
    [
      { status: 404, json: { detail: "Cannot find it as it is away", errors: [] } },
      1,
      ["Cannot find it as it is away"],
    ],
    [
      { status: 401, json: { detail: "Cannot answer as it is secret" } },
      1,
      ["Cannot answer as it is secret; MUSTER_TOKEN is where the token is looked for"],
    ],
    [{ status: 500, text: "<html>" }, 1, [`${cannot} the server answered 500`]],
    [{ status: 503, json: { title: "Unavailable" } }, 3, [`${cannot} the server answered 503 Unavailable`]],
    [
      { fails: refused() },
      3,
      ["Cannot reach http://127.0.0.1:5380 as nothing listens there; MUSTER_URL says where the API is"],
    ],
  ])("%j", async (reply, exitCode, lines) => {
    const it = terminal({ replies: [reply] });
    expect([await it.run("register", "web", "--id", "i-1"), it.stdout]).toEqual([exitCode, ""]);
    expect(it.stderr.trimEnd().split("\n")).toEqual(lines);
  });
});

test("MUSTER_URL and MUSTER_TOKEN say where the API is and open it", async () => {
  const it = terminal({ env: { MUSTER_URL: "http://192.0.2.1/muster/", MUSTER_TOKEN: "s3cr3t" } });
  await it.run("heartbeat", "web", "i-1");
  expect(it.requests).toMatchObject([
    { url: "/muster/v1/services/web/instances/i-1/heartbeat", token: "Bearer s3cr3t" },
  ]);
});

test("a MUSTER_URL that is none is a usage error", async () => {
  const it = terminal({ env: { MUSTER_URL: "127.0.0.1:5380" } });
  expect(await it.run("heartbeat", "web", "i-1")).toBe(2);
});

test("our own bug keeps its stack", async () => {
  const parts = { checkZones: () => Promise.reject(new TypeError("undefined is not a zone")) };
  await expect(terminal({ parts }).run("check-zone", "zones")).rejects.toThrow(TypeError);
});
