import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import type { HttpCheck } from "../../src/catalog/check.ts";
import { probeHttp } from "../../src/health/http-probe.ts";
import type { ProbeResult } from "../../src/health/probe.ts";
import { listen, never, shown, TIMING } from "./probe-servers.ts";
import { selfSigned } from "./self-signed.ts";

function probe(port: number, options: Partial<HttpCheck> = {}, host = "127.0.0.1"): Promise<ProbeResult> {
  return probeHttp({ check: { kind: "http", url: "/", ...options, ...TIMING }, host, port }, never);
}

/** What a check finds where the body is always this. */
async function found(options: Partial<HttpCheck>, body: string, status = 200): Promise<string> {
  const port = await listen(createServer((_, answer) => answer.writeHead(status).end(body)));
  return shown(await probe(port, options));
}

const html = "<a>";
const nested = JSON.stringify({ a: { "b/c": [1, { d: "up" }] }, no: false });

test.each<[options: Partial<HttpCheck>, status: number, body: string, expected: string]>([
  [{ expectStatus: ["404"] }, 404, "", "passing: HTTP 404 Not Found"],
  [{ expectStatus: ["200-204", "301"] }, 301, "", "passing: HTTP 301 Moved Permanently"],
  [{ expectStatus: ["200"] }, 204, "", "failing: HTTP 204 No Content"],
  [{ expectStatus: ["200"] }, 429, "", "warning: HTTP 429 Too Many Requests"],
  [{ expectStatus: ["400-499"] }, 429, "", "passing: HTTP 429 Too Many Requests"],
  [{ expectBody: { text: "rea" } }, 200, "x\nready", "passing: HTTP 200 OK: x"],
  [{ expectBody: { text: "up" } }, 200, "down", 'failing: HTTP 200 OK: body does not contain "up"'],
  [{ expectBody: { text: "up" } }, 503, "up", "failing: HTTP 503 Service Unavailable: up"],
  [{ expectBody: { pattern: "^(up|ready)$" } }, 200, "ready", "passing: HTTP 200 OK: ready"],
  [{ expectBody: { pattern: "^up" } }, 200, "set up", 'failing: HTTP 200 OK: body does not match "^up"'],
  [{ expectBody: { pointer: "/a/b~1c/1/d", equals: "up" } }, 200, nested, `passing: HTTP 200 OK: ${nested}`],
  [{ expectBody: { pointer: "/no", equals: false } }, 200, nested, `passing: HTTP 200 OK: ${nested}`],
  [
    { expectBody: { pointer: "/no", equals: true } },
    200,
    nested,
    'failing: HTTP 200 OK: body has false at "/no", expected true',
  ],
  [{ expectBody: { pointer: "/a/x" } }, 200, nested, 'failing: HTTP 200 OK: body has nothing at "/a/x"'],
  [{ expectBody: { pointer: "/a/toString" } }, 200, nested, 'failing: HTTP 200 OK: body has nothing at "/a/toString"'],
  [{ expectBody: { pointer: "" } }, 200, "3", "passing: HTTP 200 OK: 3"],
  [{ expectBody: { pointer: "" } }, 200, html, "failing: HTTP 200 OK: body is not JSON"],
])("an http check with %j at HTTP %i %j is %s", async (options, status, body, expected) => {
  expect(await found(options, body, status)).toBe(expected);
});

test("a pattern that would hold up everybody is stopped", async () => {
  const body = `${"a".repeat(64)}b`;
  expect(await found({ expectBody: { pattern: "^(a+)+$" } }, body)).toBe(
    'failing: HTTP 200 OK: matching "^(a+)+$" took more than 20 ms',
  );
});

test("an http check sends its method, headers and body", async () => {
  const [request, body] = await heard({ method: "PUT", headers: { host: "a.test", "x-key": "k" }, body: '{"ü":1}' });
  expect([request.method, request.headers.host, request.headers["x-key"], body]).toEqual([
    "PUT",
    "a.test",
    "k",
    '{"ü":1}',
  ]);
});

test("a body goes with any method", async () => {
  expect((await heard({ method: "GET", body: "query" }))[1]).toBe("query");
});

async function heard(options: Partial<HttpCheck>): Promise<[IncomingMessage, string]> {
  let request: IncomingMessage | undefined;
  let body = "";
  const server = createServer(async (incoming, answer) => {
    request = incoming;
    for await (const chunk of incoming) body += chunk;
    answer.end();
  });
  expect(shown(await probe(await listen(server), options))).toBe("passing: HTTP 200 OK");
  return [request!, body];
}

test("what an instance echoes of a check's secrets is masked", async () => {
  const server = createServer((request, answer) => {
    answer.end(`${request.method} ${request.url} with ${request.headers.authorization}`);
  });
  const headers = { authorization: "Bearer abcdef" };
  const result = await probe(await listen(server), { url: "/health?token=t0ken", headers });
  expect(shown(result)).toBe("passing: HTTP 200 OK: GET /health?*** with ***");
});

/** `/0` passes, `/2` leads there by two redirects of this status. */
function countdown(status: number, said: string[]): RequestListener {
  return (request, answer) => {
    const left = Number(request.url?.slice(1));
    said.push(`${request.method} ${request.url} ${request.headers["x-key"] ?? "no key"}`);
    if (left > 0) answer.writeHead(status, { location: `/${left - 1}` });
    answer.end();
  };
}

test.each([
  [302, 0, "failing: HTTP 302 Found: redirects to /1, not followed"],
  [302, 1, "failing: HTTP 302 Found: redirects to /0, not followed"],
  [302, 2, "passing: HTTP 200 OK"],
  [308, 10, "passing: HTTP 200 OK"],
])("of two redirects with %i a check that follows %i is %s", async (status, redirects, expected) => {
  const port = await listen(createServer(countdown(status, [])));
  expect(shown(await probe(port, { url: "/2", redirects }))).toBe(expected);
});

test.each([
  [303, ["POST /1 k", "GET /0 k"]],
  [307, ["POST /1 k", "POST /0 k"]],
])("a POST redirected with %i is %j", async (status, expected) => {
  const said: string[] = [];
  const port = await listen(createServer(countdown(status, said)));
  await probe(port, { url: "/1", method: "POST", body: "x", headers: { "x-key": "k" }, redirects: 1 });
  expect(said).toEqual(expected);
});

test("headers do not follow a redirect to somebody else", async () => {
  const said: string[] = [];
  const other = await listen(createServer(countdown(302, said)));
  const port = await listen(
    createServer((_, answer) => answer.writeHead(302, { location: `http://127.0.0.1:${other}/0` }).end()),
  );
  await probe(port, { headers: { "x-key": "k" }, redirects: 1 });
  expect(said).toEqual(["GET /0 no key"]);
});

test.each(["ftp://127.0.0.1/", "http://[", ""])("a redirect to %j is not followed", async (location) => {
  const port = await listen(createServer((_, answer) => answer.writeHead(302, { location }).end()));
  expect(shown(await probe(port, { redirects: 1 }))).toMatch(/^failing: HTTP 302 Found/);
});

const server = selfSigned("web.test");
const client = selfSigned("client.test");

test.each<[HttpCheck["tls"], string]>([
  [{}, "failing: certificate is self-signed"],
  [{ ca: server.cert }, "failing: certificate is for another name"],
  [{ ca: server.cert, serverName: "web.test" }, "passing: HTTP 200 OK: web.test"],
  [{ ca: server.cert, serverName: "api.test" }, "failing: certificate is for another name"],
  [{ skipVerify: true, serverName: "api.test" }, "passing: HTTP 200 OK: api.test"],
  [{ skipVerify: true, certificate: client.cert, key: client.key }, "passing: HTTP 200 OK: false client.test"],
])("a path with TLS options %# is %s", async (tls, expected) => {
  const options = { ...server, requestCert: true, rejectUnauthorized: false };
  const port = await listen(
    createHttpsServer(options, ({ socket }, answer) => {
      const { servername, getPeerCertificate } = socket as TLSSocket & { servername: string | false };
      const name = getPeerCertificate.call(socket).subject?.CN;
      answer.end(`${servername}${name === undefined ? "" : ` ${name}`}`);
    }),
  );
  expect(shown(await probe(port, { tls: tls! }))).toBe(expected);
});
