import { once } from "node:events";
import { createServer } from "node:net";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import type { GrpcCheck } from "../../src/catalog/check.ts";
import { probeGrpc } from "../../src/health/grpc-probe.ts";
import { closedPort, listen, never, shown, TIMING } from "./probe-servers.ts";
import { selfSigned } from "./self-signed.ts";

const host = "127.0.0.1";
const tls = selfSigned("web.test");
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.forceShutdown();
});

/** The bytes of a HealthCheckResponse by the bytes of the request, in hexadecimal. */
const ANSWERS: Readonly<Record<string, string>> = {
  "": "0801",
  "0a01": "0802",
  [`0a03${Buffer.from("a.B").toString("hex")}`]: "0802",
  [`0ac801${"78".repeat(200)}`]: "0801",
  [`0a04${Buffer.from("mute").toString("hex")}`]: "",
  [`0a03${Buffer.from("odd").toString("hex")}`]: "0809",
};

async function serve(credentials = ServerCredentials.createInsecure(), path = "/grpc.health.v1.Health/Check") {
  const server = new Server();
  servers.push(server);
  const [requestDeserialize, responseSerialize] = [(bytes: Buffer) => bytes, (bytes: Buffer) => bytes];
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestDeserialize,
    requestSerialize: responseSerialize,
  };
  server.addService(
    { Check: { ...method, responseSerialize, responseDeserialize: requestDeserialize } },
    {
      Check: (call: { request: Buffer }, answer: (error: object | null, bytes?: Buffer) => void) => {
        const known = ANSWERS[call.request.toString("hex")];
        if (known === undefined) answer({ code: status.NOT_FOUND, details: "unknown service" });
        else answer(null, Buffer.from(known, "hex"));
      },
    },
  );
  return new Promise<number>((resolve, reject) =>
    server.bindAsync(`${host}:0`, credentials, (error, port) => (error ? reject(error) : resolve(port))),
  );
}

async function probe(port: number, options: Partial<GrpcCheck> = {}, signal = never, at = host): Promise<string> {
  return shown(await probeGrpc({ check: { kind: "grpc", ...options, ...TIMING }, host: at, port }, signal));
}

test.each([
  [undefined, "passing: SERVING"],
  ["a.B", "failing: NOT_SERVING"],
  ["x".repeat(200), "passing: SERVING"],
  ["mute", "failing: UNKNOWN"],
  ["odd", "failing: status 9"],
  ["none", "failing: NOT_FOUND: unknown service"],
])("a grpc check of %s is %s", async (service, expected) => {
  expect(await probe(await serve(), service === undefined ? {} : { service })).toBe(expected);
});

test("a grpc check finds an instance by its host name", async () => {
  expect(await probe(await serve(), {}, never, "localhost")).toBe("passing: SERVING");
});

test("a grpc check fails where the health service is not there, and where nobody listens", async () => {
  const port = await serve(ServerCredentials.createInsecure(), "/other.Service/Method");
  expect(await probe(port)).toMatch(/^failing: UNIMPLEMENTED: /);
  expect(await probe(await closedPort())).toBe("failing: connection refused");
});

test.each<[GrpcCheck["tls"], RegExp]>([
  [{ ca: tls.cert, serverName: "web.test" }, /^passing: SERVING$/],
  [{ skipVerify: true }, /^passing: SERVING$/],
  [{}, /^failing: self-signed certificate$/],
  [{ ca: tls.cert, serverName: "api.test" }, /^failing: .*api\.test/],
])("a grpc check with TLS options %# is %s", async (options, expected) => {
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
  const port = await serve(ServerCredentials.createSsl(null, [pair]));
  expect(await probe(port, { tls: options! })).toMatch(expected);
});

test("a grpc check ends with its time", async () => {
  const mute = createServer();
  const port = await listen(mute);
  const abort = new AbortController();
  const connected = once(mute, "connection");
  const result = probe(port, {}, abort.signal);
  await connected;
  abort.abort();
  expect(await result).toBe("failing: timed out after 2 s");
  expect(await probe(port, {}, AbortSignal.abort())).toBe("failing: timed out after 2 s");
});
