import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { expect, test } from "vitest";
import type { Check } from "../../src/catalog/model.ts";
import { cut } from "../../src/health/cut.ts";
import { probeHttp } from "../../src/health/http-probe.ts";
import type { ProbeResult } from "../../src/health/probe.ts";
import { probeTcp } from "../../src/health/tcp-probe.ts";
import { closedPort, listen, never, shown, sockets, TIMING } from "./probe-servers.ts";
import { selfSigned } from "./self-signed.ts";

function http(url: string, signal = never, instance: { host?: string; port?: number } = {}): Promise<ProbeResult> {
  const check: Check = { kind: "http", url, ...TIMING };
  return probeHttp({ check, host: instance.host ?? "127.0.0.1", port: instance.port }, signal);
}

function tcp(at: { address?: string; port?: number }, signal = never, instance: { host?: string; port?: number } = {}) {
  const check: Check = { kind: "tcp", ...at, ...TIMING };
  return probeTcp({ check, host: instance.host ?? "127.0.0.1", port: instance.port }, signal);
}

const long = "x".repeat(10_000);

test.each<[string, RequestListener]>([
  ["passing: HTTP 200 OK", (_, answer) => answer.end()],
  ["passing: HTTP 200 OK: ready", (_, answer) => answer.end("\n ready \nmore")],
  ["passing: HTTP 204 No Content", (_, answer) => answer.writeHead(204).end()],
  ["warning: HTTP 429 Too Many Requests: busy", (_, answer) => answer.writeHead(429).end("busy")],
  ["failing: HTTP 500 Internal Server Error", (_, answer) => answer.writeHead(500).end()],
  ["failing: HTTP 503 Service Unavailable: no database", (_, it) => it.writeHead(503).end("no database\r\nat x.js:1")],
  ["failing: HTTP 404 Not Found", (_, answer) => answer.writeHead(404).end()],
  ["failing: HTTP 599", (_, answer) => answer.writeHead(599).end()],
  [
    "failing: HTTP 302 Found: redirects to http://10.0.0.1/login, not followed",
    (_, answer) => answer.writeHead(302, { location: "http://10.0.0.1/login?token=secret" }).end("moved"),
  ],
  [`passing: ${cut(`HTTP 200 OK: ${long}`)}`, (_, answer) => answer.end(long)],
  ["failing: connection closed before an answer", (request) => request.socket.destroy()],
  ["failing: connection reset", (request) => request.socket.resetAndDestroy()],
  ["failing: not an HTTP answer", (request) => request.socket.end("SSH-2.0-OpenSSH_9.6\r\n")],
])("an http check says %j", async (expected, listener) => {
  const port = await listen(createHttpServer(listener));
  expect(shown(await http(`http://127.0.0.1:${port}/health`))).toBe(expected);
});

test("an http check needs no more of an endless body than its first line", async () => {
  const server = createHttpServer((_, answer) => answer.write("alive\n"));
  const port = await listen(server);
  expect(shown(await http(`http://127.0.0.1:${port}/events`))).toBe("passing: HTTP 200 OK: alive");
});

test("an http check leaves no connection open", async () => {
  const port = await listen(createHttpServer((_, answer) => answer.end()));
  await http(`http://127.0.0.1:${port}/`);
  await Promise.all(Array.from(sockets, (socket) => new Promise((resolve) => socket.on("close", resolve))));
  expect(sockets.size).toBe(0);
});

test.each([
  ["::1", "127.0.0.1"],
  ["127.0.0.1", "::1"],
])("a path is asked for at the instance's own address and port: %s", async (host) => {
  let asked = "";
  const port = await listen(
    createHttpServer((request, answer) => {
      asked = `${request.headers.host}${request.url}`;
      answer.end();
    }),
    host,
  );
  const result = await http("/health?deep=1", never, { host, port });
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  expect(shown(result)).toBe("passing: HTTP 200 OK");
  expect(asked).toBe(`${authority}/health?deep=1`);
  expect(result.asked).toBe(`http://${authority}/health`);
});

test("a path of an instance with a host name is asked for at that name", async () => {
  const port = await listen(createHttpServer((_, answer) => answer.end()));
  expect(shown(await http("/", never, { host: "localhost", port }))).toBe("passing: HTTP 200 OK");
});

test("what was asked is shown without credentials and query", async () => {
  const port = await closedPort();
  const result = await http(`http://user:password@127.0.0.1:${port}/health?token=secret`);
  expect(result).toEqual({
    kind: "failing",
    asked: `http://127.0.0.1:${port}/health`,
    reason: "connection refused",
  });
});

test("a check with neither a port of its own nor one of the instance fails in words", async () => {
  expect(shown(await http("/health"))).toBe("failing: URL is a path, and the instance has no port");
  expect(shown(await tcp({}))).toBe("failing: neither check nor instance names a port");
});

test("an https check refuses a certificate nobody vouches for, and a server that speaks no TLS", async () => {
  const secure = await listen(createHttpsServer(selfSigned("localhost"), (_, answer) => answer.end()));
  const plain = await listen(createHttpServer((_, answer) => answer.end()));
  expect(shown(await http(`https://localhost:${secure}/`))).toBe("failing: certificate is self-signed");
  expect(shown(await http(`https://localhost:${plain}/`))).toBe("failing: no TLS there");
});

test.each<[string, () => Promise<[(signal: AbortSignal) => Promise<ProbeResult>, Promise<void>]>]>([
  [
    "the answer",
    async () => {
      const [reached, isReached] = signalled();
      const port = await listen(createHttpServer(() => reached()));
      return [(signal) => http(`http://127.0.0.1:${port}/`, signal), isReached];
    },
  ],
  [
    "the rest of the body",
    async () => {
      const [reached, isReached] = signalled();
      const port = await listen(createHttpServer((_, answer) => void answer.write("wait", reached)));
      return [(signal) => http(`http://127.0.0.1:${port}/`, signal), isReached];
    },
  ],
  [
    "TLS",
    async () => {
      const [reached, isReached] = signalled();
      const port = await listen(createTcpServer((socket) => void socket.once("data", reached)));
      return [(signal) => http(`https://127.0.0.1:${port}/`, signal), isReached];
    },
  ],
])("an http check whose time is over fails, although it waits for %s", async (_, prepare) => {
  const [probe, isReached] = await prepare();
  const abort = new AbortController();
  const result = probe(abort.signal);
  await isReached;
  abort.abort();
  expect(shown(await result)).toBe("failing: timed out after 2 s");
});

function signalled(): [() => void, Promise<void>] {
  let signal = () => {};
  const promise = new Promise<void>((resolve) => {
    signal = resolve;
  });
  return [signal, promise];
}

test("probes whose time is over before they begin fail", async () => {
  const signal = AbortSignal.abort();
  expect(shown(await http("http://127.0.0.1:1/", signal))).toBe("failing: timed out after 2 s");
  expect(shown(await tcp({ port: 1 }, signal))).toBe("failing: timed out after 2 s");
});

test.each(["127.0.0.1", "::1"])("a tcp check passes when %s takes the connection", async (host) => {
  const port = await listen(createTcpServer(), host);
  expect(shown(await tcp({ port }, never, { host }))).toBe("passing: connected");
  expect(shown(await tcp({}, never, { host, port }))).toBe("passing: connected");
  expect(shown(await tcp({ address: host, port }, never, { host: "192.0.2.1", port: 1 }))).toBe("passing: connected");
});

test("a tcp check fails where nobody listens, and says where that was", async () => {
  const port = await closedPort();
  expect(await tcp({ port })).toEqual({ kind: "failing", asked: `127.0.0.1:${port}`, reason: "connection refused" });
});

test("a tcp check says when a host name is not found", async () => {
  expect(shown(await tcp({ port: 1 }, never, { host: "nobody.invalid" }))).toMatch(
    /^failing: host name (not found|lookup failed)$/,
  );
});

test.each([
  ["", ""],
  ["short", "short"],
  ["x".repeat(4096), "x".repeat(4096)],
  ["x".repeat(4097), `${"x".repeat(4093)}…`],
  [`xx${"€".repeat(2000)}`, `xx${"€".repeat(1363)}…`],
])("outputs are cut to 4 KiB of UTF-8, never within a character (case %#)", (text, expected) => {
  expect(cut(text)).toBe(expected);
});
