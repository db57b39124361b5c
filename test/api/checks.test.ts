import { afterEach, expect, test } from "vitest";
import { selfSigned } from "../health/self-signed.ts";
import { type Harness, startApi } from "./harness.ts";

const { cert: certificate, key } = selfSigned("client");
const TIMING = { intervalSeconds: 10, timeoutSeconds: 5, passAfter: 1, failAfter: 2 };
const CHECKS: readonly object[] = [
  {
    kind: "http",
    url: "https://a:b@a.test/",
    method: "POST",
    headers: { accept: "*/*", authorization: "Bearer abcdef" },
    body: "x",
    expectStatus: ["200-299", "404"],
    expectBody: { pointer: "/n", equals: 1 },
    redirects: 1,
    tls: { certificate, key },
  },
  { kind: "http", url: "/", expectBody: { pointer: "/n", equals: "1" } },
  { kind: "http", url: "/", expectBody: { pointer: "/n", equals: true } },
  { kind: "http", url: "/", expectBody: { pointer: "/n", equals: null } },
  { kind: "http", url: "/", expectBody: { pattern: "a|b" } },
  { kind: "tcp", send: "x", expect: { hex: "00 ff" } },
  { kind: "tls", address: "10.0.0.1", port: 443, tls: { skipVerify: true }, warningDays: 14 },
  { kind: "udp", send: { hex: "ff" } },
  { kind: "dns", name: "web.test", type: "TXT", expectRcode: "NOERROR", expectAnswer: '"x"' },
  { kind: "grpc", service: "a.B", tls: {} },
  { kind: "exec", command: ["/bin/true", "x"] },
  { kind: "alias", service: "db", instance: "i-1" },
].map((check) => ({ ...check, ...TIMING }));
const SHOWN = CHECKS.map((check, i) =>
  i > 0
    ? check
    : {
        ...check,
        url: "https://a:***@a.test/",
        headers: { accept: "*/*", authorization: "***" },
        tls: { certificate, key: "***" },
      },
);

let api: Harness;
afterEach(() => api.close());

const http = { listen: { address: "127.0.0.1", port: 0 }, token: undefined };
const withExec = (exec: boolean) => startApi({ settings: { checks: { exec }, http, zone: "svc.internal" } });

test("checks of every kind are shown as they were registered, but for secrets, and put back unchanged", async () => {
  api = await withExec(true);
  const url = "/v1/services/web/instances/i-1";
  expect((await api.send("PUT", url, { port: 80, checks: CHECKS })).json()).toEqual({ revision: 1 });
  const { checks } = (await api.send("GET", url)).json();
  expect(checks).toEqual(SHOWN);
  expect((await api.send("PUT", url, { port: 80, checks })).json()).toEqual({ revision: 1 });
  expect((await api.send("PATCH", url, { weight: 20 })).json()).toEqual({ revision: 2 });
  expect(api.catalog.instance("web", "i-1")?.registration.checks).toEqual(CHECKS);
  const service = (await api.send("GET", "/v1/services/web")).body;
  for (const secret of ["abcdef", key.split("\n")[1]!]) expect(service).not.toContain(secret);
});

test("checks of a service are shown and put back in the same way", async () => {
  api = await withExec(true);
  const url = "/v1/services/web";
  await api.send("PUT", url, { checks: CHECKS });
  const { settings } = (await api.send("GET", url)).json();
  expect(settings).toEqual({ checks: SHOWN });
  expect((await api.send("PUT", url, settings)).json()).toEqual({ revision: 1 });
});

test.each(["/v1/services/web", "/v1/services/web/instances/i-1"])(
  "PUT %s with an exec check is refused where settings do not allow it",
  async (url) => {
    api = await withExec(false);
    const answer = await api.send("PUT", url, { checks: [{ kind: "exec", command: ["true"] }] });
    expect([answer.statusCode, answer.json().errors]).toEqual([
      400,
      [{ path: "/checks/0/kind", message: 'must not be "exec" as the setting checks.exec does not allow it' }],
    ]);
  },
);
