import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, expect, test, vi } from "vitest";
import type { DnsCheck, Payload, TlsCheck } from "../../src/catalog/check.ts";
import { bytesOf, octetsOf } from "../../src/dns/octets.ts";
import { probeDns } from "../../src/health/dns-probe.ts";
import { probeTcp } from "../../src/health/tcp-probe.ts";
import { probeTls } from "../../src/health/tls-probe.ts";
import { probeUdp } from "../../src/health/udp-probe.ts";
import { closedPort, listen, never, shown, TIMING } from "./probe-servers.ts";
import { selfSigned } from "./self-signed.ts";

const host = "127.0.0.1";

afterEach(() => void vi.useRealTimers());

test.each<[greet: (socket: Socket) => void, send: Payload | undefined, expect: Payload, result: string]>([
  [(socket) => socket.write("SSH-2.0-x\r\n"), undefined, "SSH-", "passing: answered: SSH-2.0-x"],
  [
    (socket) => socket.once("data", (ping) => socket.write(`+${ping}`)),
    "PING\r\n",
    "+PING",
    "passing: answered: +PING",
  ],
  [(socket) => socket.write(Buffer.of(0xff, 0)), { hex: "01" }, { hex: "ff 00" }, "passing: answered: \ufffd·"],
  [(socket) => socket.end("-ERR\r\n"), "PING\r\n", "+PONG", "failing: not the expected answer: -ERR"],
  [(socket) => socket.end(), undefined, "+PONG", "failing: connection closed before an answer"],
  [(socket) => socket.resetAndDestroy(), undefined, "+PONG", "failing: connection reset"],
  [
    (socket) => socket.write("x".repeat(70_000)),
    undefined,
    "y",
    `failing: ${"not the expected answer: ".padEnd(4093, "x")}…`,
  ],
])("a tcp check with an expectation (%#) is as answered", async (greet, send, expected, result) => {
  const port = await listen(createServer(greet));
  const check = { kind: "tcp", ...(send !== undefined && { send }), expect: expected, ...TIMING } as const;
  expect(shown(await probeTcp({ check, host, port }, never))).toBe(result);
});

test("a tcp check finds what comes in two pieces", async () => {
  const port = await listen(
    createServer((socket) => void socket.write("re", () => setImmediate(() => socket.write("ady")))),
  );
  expect(shown(await probeTcp({ check: { kind: "tcp", expect: "ready", ...TIMING }, host, port }, never))).toBe(
    "passing: answered: ready",
  );
});

test("a tcp check without an expectation has sent what it sends", async () => {
  const heard = vi.fn();
  const server = createServer((socket) => void socket.on("data", (data) => heard(String(data))));
  const port = await listen(server);
  const result = await probeTcp({ check: { kind: "tcp", send: "QUIT\r\n", ...TIMING }, host, port }, never);
  expect(shown(result)).toBe("passing: connected");
  await vi.waitFor(() => expect(heard).toHaveBeenCalledWith("QUIT\r\n"));
});

const { cert, key } = selfSigned("web.test");

/** The certificate of tests ends with the year 2049: so many days before that. */
function daysBefore(days: number): number {
  return Date.UTC(2050, 0, 1) - 1000 - days * 86_400_000;
}

test.each<[Partial<TlsCheck>, days: number, result: string]>([
  [{}, 30, "passing: TLSv1.3, certificate until 2049-12-31: 30 days left"],
  [{ warningDays: 30, criticalDays: 7 }, 30, "passing: TLSv1.3, certificate until 2049-12-31: 30 days left"],
  [{ warningDays: 30, criticalDays: 7 }, 29, "warning: TLSv1.3, certificate until 2049-12-31: 29 days left"],
  [{ warningDays: 30, criticalDays: 7 }, 6, "failing: TLSv1.3, certificate until 2049-12-31: 6 days left"],
  [{}, 0, "passing: TLSv1.3, certificate until 2049-12-31: 0 days left"],
  [{}, -1, "failing: TLSv1.3, certificate until 2049-12-31: -1 days left"],
  [{ tls: { ca: cert, serverName: "web.test" } }, 30, "passing: TLSv1.3, certificate until 2049-12-31: 30 days left"],
  [{ tls: { ca: cert, serverName: "api.test" } }, 30, "failing: certificate is for another name"],
  [{ tls: {} }, 30, "failing: certificate is self-signed"],
])("a tls check with %j and %i days to go is %s", async (options, days, result) => {
  const port = await listen(createTlsServer({ cert, key }));
  vi.useFakeTimers({ toFake: ["Date"], now: daysBefore(days) });
  const check = { kind: "tls", tls: { skipVerify: true }, ...options, ...TIMING } as const;
  expect(shown(await probeTls({ check, host, port }, never))).toBe(result);
});

test("a tls check fails where no TLS is spoken, and where its time is over", async () => {
  const plain = await listen(createServer((socket) => socket.end("220 hello\r\n")));
  const mute = await listen(createServer());
  const check = { kind: "tls", ...TIMING } as const;
  expect(shown(await probeTls({ check, host, port: plain }, never))).toBe("failing: no TLS there");
  const abort = new AbortController();
  const result = probeTls({ check, host, port: mute }, abort.signal);
  abort.abort();
  expect(shown(await result)).toBe("failing: timed out after 2 s");
});

/** A port where each datagram is answered with what `answer` makes of it. */
async function answering(answer: (datagram: Buffer) => readonly Uint8Array[], at = host): Promise<number> {
  const socket = createSocket(at === "::1" ? "udp6" : "udp4");
  socket.on("message", (datagram, { port, address }) => {
    for (const one of answer(datagram)) socket.send(one, port, address);
  });
  socket.bind(0, at);
  await once(socket, "listening");
  closing.push(() => socket.close());
  return socket.address().port;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const udp = { kind: "udp", send: "ping", ...TIMING } as const;

test.each([host, "::1", "localhost"])("a udp check at %s passes when the expected datagram comes back", async (at) => {
  const port = await answering(
    (datagram) => [Buffer.from("other"), Buffer.from(`>${datagram}\n`)],
    at === "localhost" ? host : at,
  );
  expect(shown(await probeUdp({ check: { ...udp, expect: ">ping" }, host: at, port }, never))).toBe(
    "passing: answered: >ping",
  );
});

test("a udp check without an expectation takes any answer, and silence, for life", async () => {
  const loud = await answering(() => [Buffer.from("what?")]);
  const mute = await answering(() => []);
  const check = { ...udp, timeoutSeconds: 0.1 };
  expect(shown(await probeUdp({ check, host, port: loud }, never))).toBe("passing: answered: what?");
  expect(shown(await probeUdp({ check, host, port: mute }, never))).toBe(
    "passing: neither answered nor refused within 50 ms",
  );
});

test.each([undefined, "pong"])("a udp check that expects %j fails when it is refused", async (expected) => {
  const check = { ...udp, ...(expected !== undefined && { expect: expected }) };
  expect(shown(await probeUdp({ check, host, port: await closedPort() }, never))).toBe("failing: connection refused");
});

test("a udp check whose answer does not come ends with its time", async () => {
  const abort = new AbortController();
  const port = await answering(() => [abort.abort()].slice(1) as []);
  expect(shown(await probeUdp({ check: { ...udp, expect: "pong" }, host, port }, abort.signal))).toBe(
    "failing: timed out after 2 s",
  );
  expect(shown(await probeUdp({ check: udp, host, port }, AbortSignal.abort()))).toBe("failing: timed out after 2 s");
});

/** The query as its own answer: flags, records in the answer section, and those. */
function dnsAnswer(query: Buffer, flags: number, count: number, records: string): Uint8Array {
  const octets = octetsOf(query);
  const header = octets.slice(0, 2) + String.fromCharCode(flags >> 8, flags & 0xff, 0, 1, 0, count, 0, 0, 0, 0);
  return bytesOf(header + octets.slice(12) + records);
}

const A = (last: number) => `\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\x0a\0\0${String.fromCharCode(last)}`;

test.each<[Partial<DnsCheck>, flags: number, answers: readonly number[], result: string]>([
  [{}, 0x8180, [5, 6], "passing: NOERROR: 10.0.0.5, 10.0.0.6"],
  [{}, 0x8180, [], "passing: NOERROR: no such record"],
  [{}, 0x8183, [], "failing: NXDOMAIN: no such record; expected NOERROR"],
  [{ expectRcode: "REFUSED" }, 0x8185, [], "passing: REFUSED: no such record"],
  [{ expectAnswer: "10.0.0.6" }, 0x8180, [5, 6], "passing: NOERROR: 10.0.0.5, 10.0.0.6"],
  [{ expectAnswer: "10.0.0.7" }, 0x8180, [5], "failing: NOERROR: 10.0.0.5; expected 10.0.0.7"],
  [{ expectAnswer: "10.0.0.7" }, 0x8380, [5], "failing: NOERROR: 10.0.0.5, truncated; expected 10.0.0.7"],
])("a dns check with %j answered %i with %j is %s", async (options, flags, answers, result) => {
  const port = await answering((query) => {
    const right = dnsAnswer(query, flags, answers.length, answers.map(A).join(""));
    const stray = Buffer.from(right);
    stray[0]! ^= 1;
    return [Buffer.from("noise"), query, stray, right];
  });
  const check = { kind: "dns", name: "web.test", ...options, ...TIMING } as const;
  expect(shown(await probeDns({ check, host, port }, never))).toBe(result);
});

test("names in an expected answer are compared without regard to case", async () => {
  const port = await answering((query) => [
    dnsAnswer(query, 0x8180, 1, "\xc0\x0c\0\x05\0\x01\0\0\0\x05\0\x08\x01A\x04TEST\0"),
  ]);
  const check = { kind: "dns", name: "web.test", type: "CNAME", expectAnswer: "a.test", ...TIMING } as const;
  expect(shown(await probeDns({ check, host, port }, never))).toBe("passing: NOERROR: A.TEST.");
});

test("a dns check fails where nobody listens", async () => {
  const check = { kind: "dns", name: "web.test", ...TIMING } as const;
  expect(shown(await probeDns({ check, host, port: await closedPort() }, never))).toBe("failing: connection refused");
});
