import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import type { StreamTimes } from "../../src/server/stream-times.ts";
import { type Credentials, listenTls, type TlsListener } from "../../src/server/tls.ts";
import type { Responder } from "../../src/server/transport.ts";
import { selfSigned } from "../health/self-signed.ts";
import { framed, type TcpClient, tcpClient, tlsClient } from "./clients.ts";
import { echo, echoOf, laterIfOdd, message } from "./responders.ts";

const clients: TcpClient[] = [];
const listeners: TlsListener[] = [];

function credentialsOf(name: string): Credentials {
  const { cert: certificate, key } = selfSigned(name);
  return { certificate, key };
}

const OLD = credentialsOf("old.test");
const NEW = credentialsOf("new.test");

async function serve(times: Partial<StreamTimes> = {}, responder: Responder = echo) {
  const counters = new DnsCounters();
  const listener = await listenTls({ address: "127.0.0.1", port: 0 }, responder, { ...OLD, counters, times });
  listeners.push(listener);
  const kept = <T extends TcpClient>(client: T): T => {
    clients.push(client);
    return client;
  };
  return {
    listener,
    counters,
    connect: async (options = {}) => kept(await tlsClient(listener.endpoint, options)),
    connectMute: async () => kept(await tcpClient(listener.endpoint)),
  };
}

async function roundTrip(client: TcpClient): Promise<void> {
  client.send(message(2, 12));
  expect(await client.receive()).toEqual(echoOf(message(2, 12)));
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

test.each(["TLSv1.2", "TLSv1.3"] as const)("answers over %s, and says that it speaks dot", async (version) => {
  const { connect } = await serve();
  const client = await connect({ minVersion: version, maxVersion: version });
  expect([client.socket.getProtocol(), client.socket.alpnProtocol]).toEqual([version, "dot"]);
  await roundTrip(client);
});

test("a client that does not negotiate what it will speak is answered", async () => {
  const { connect } = await serve();
  await roundTrip(await connect({ ALPNProtocols: [] }));
});

test.each([
  ["an older TLS", { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }],
  ["another protocol", { ALPNProtocols: ["h2"] }],
] as const)("a client that offers %s is turned away", async (_, options) => {
  const { connect, counters } = await serve();
  await expect(connect(options)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SSL_TLSV1_ALERT/) });
  await vi.waitFor(() => expect(counters).toMatchObject({ tcpConnections: 0, faults: 0 }));
});

test("a client that speaks without TLS is turned away", async () => {
  const { connectMute, connect } = await serve();
  const client = await connectMute();
  client.send(message(2, 12));
  await client.closed;
  await roundTrip(await connect());
});

test("a client that does not finish its handshake is closed after the idle time", async () => {
  const { connectMute, counters } = await serve({ idleMs: 20 });
  const client = await connectMute();
  client.write(Uint8Array.of(22, 3, 1, 1, 0)); // a handshake record, and nothing in it
  await client.closed;
  await vi.waitFor(() => expect(counters.tcpConnections).toBe(0));
});

test("a client that breaks off in its handshake leaves the listener alive", async () => {
  const { connectMute, connect, counters } = await serve();
  for (let round = 0; round < 20; round++) {
    const client = await connectMute();
    client.write(Uint8Array.of(22, 3, 1, 1, 0));
    client.socket.resetAndDestroy();
  }
  await roundTrip(await connect());
  await vi.waitFor(() => expect(counters.tcpConnections).toBe(1));
});

test("closing does not wait for handshakes", async () => {
  const { connectMute, listener } = await serve({ graceMs: 60_000 });
  const client = await connectMute();
  await Promise.all([client.closed, listener.close()]);
});

test("renewed credentials are shown to who comes next, and who is there stays", async () => {
  const { listener, connect } = await serve();
  const nameSeenBy = async () => (await connect()).socket.getPeerCertificate().subject.CN;
  const before = await connect();
  expect(await nameSeenBy()).toBe("old.test");
  listener.renew(NEW);
  expect(await nameSeenBy()).toBe("new.test");
  await roundTrip(before);
});

const UNUSABLE: readonly (readonly [string, Credentials])[] = [
  ["a key of another certificate", { ...OLD, key: NEW.key }],
  ["no certificate", { ...OLD, certificate: "" }],
  ["no key", { ...OLD, key: "" }],
  ["what is no PEM", { certificate: "certificate", key: "key" }],
];

test.each(UNUSABLE)("%s is refused, and what was shown is shown on", async (_, unusable) => {
  const error = {
    code: "MUSTER_CERTIFICATE",
    message: expect.stringMatching(/^Cannot use the TLS certificate and key as they must fit and be PEM: got /),
  };
  await expect(listenTls({ address: "127.0.0.1", port: 0 }, echo, unusable)).rejects.toMatchObject(error);
  const { listener, connect } = await serve();
  expect(() => listener.renew(unusable)).toThrow(expect.objectContaining(error));
  expect((await connect()).socket.getPeerCertificate().subject.CN).toBe("old.test");
});

test("a session is resumed", async () => {
  const { connect } = await serve();
  const first = await connect();
  const sessions = once(first.socket, "session");
  await roundTrip(first);
  const [session] = await sessions;
  const second = await connect({ session });
  expect(second.socket.isSessionReused()).toBe(true);
  await roundTrip(second);
});

test("a handshake cannot be begun anew", async () => {
  const { connect } = await serve();
  const client = await connect({ maxVersion: "TLSv1.2" });
  client.socket.renegotiate({}, () => {});
  await client.closed;
  await roundTrip(await connect());
});

test("a transfer arrives whole, also when the client closes its side first", async () => {
  const responder = laterIfOdd(async function* (request) {
    for (let nth = 0; nth < 100; nth++) yield message(request[1]!, 60_000 + nth);
  });
  const { connect } = await serve({}, responder);
  const client = await connect({ allowHalfOpen: true });
  client.socket.end(framed(message(1, 12)));
  for (let nth = 0; nth < 100; nth++) {
    expect(Buffer.from(message(1, 60_000 + nth)).equals(await client.receive())).toBe(true);
  }
});

test("a client that never reads is put out, and its transfer ends", async () => {
  let made = 0;
  let ended = false;
  const responder = laterIfOdd(async function* () {
    try {
      for (;;) yield message(made++, 60_000);
    } finally {
      ended = true;
    }
  });
  const { connect, counters } = await serve({ drainMs: 50 }, responder);
  const client = await connect();
  client.socket.pause();
  for (let id = 0; id < 100; id++) client.send(message(1, 12));
  await vi.waitFor(() => expect(counters.dropped["slow-reader"]).toBe(1));
  await vi.waitFor(() => expect(ended).toBe(true));
  await vi.waitFor(() => expect(counters.tcpConnections).toBe(0));
  expect(made).toBeLessThan(500);
});
