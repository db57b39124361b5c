import { afterEach, expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { type ConnectionLimits, Connections } from "../../src/server/connections.ts";
import { listenTcp } from "../../src/server/stream.ts";
import { listenTls } from "../../src/server/tls.ts";
import type { Listener } from "../../src/server/transport.ts";
import { selfSigned } from "../health/self-signed.ts";
import { framed, type TcpClient, tcpClient, tlsClient } from "./clients.ts";
import { echo, echoOf, message } from "./responders.ts";

const clients: TcpClient[] = [];
const listeners: Listener[] = [];

async function serve(limits: Partial<ConnectionLimits>) {
  const counters = new DnsCounters();
  const connections = new Connections(counters, limits);
  const at = { address: "127.0.0.1", port: 0 };
  const { cert: certificate, key } = selfSigned("ns.test");
  const tcp = await listenTcp(at, echo, { counters, connections });
  const tls = await listenTls(at, echo, { counters, connections, certificate, key });
  listeners.push(tcp, tls);
  const kept = <T extends TcpClient>(client: T): T => {
    clients.push(client);
    return client;
  };
  return {
    counters,
    connect: async (from?: string) => kept(await tcpClient(tcp.endpoint, from)),
    connectTls: async () => kept(await tlsClient(tls.endpoint)),
    /** Does not begin the handshake. */
    connectMute: async () => kept(await tcpClient(tls.endpoint)),
  };
}

async function roundTrip(client: TcpClient): Promise<void> {
  client.send(message(1, 12));
  expect(await client.receive()).toEqual(echoOf(message(1, 12)));
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

for (const limit of ["connectionsMax", "connectionsPerClientMax"] as const) {
  test(`at ${limit} the connection that was idle longest makes room`, async () => {
    const { connect, counters } = await serve({ [limit]: 3 });
    const first = await connect();
    const second = await connect();
    const third = await connect();
    for (const client of [second, third, first]) await roundTrip(client);
    const fourth = await connect();
    await roundTrip(fourth);
    await second.closed;
    for (const client of [first, third, fourth]) await roundTrip(client);
    expect(counters.dropped["connection-limit"]).toBe(1);
  });

  test(`at ${limit} a newcomer is turned away while every connection is busy`, async () => {
    const { connect, counters } = await serve({ [limit]: 2 });
    const busy = [await connect(), await connect()];
    for (const client of busy) {
      client.write(Buffer.concat([framed(message(1, 12)), Uint8Array.of(0, 12)]));
      await client.receive();
    }
    await (await connect()).closed;
    for (const client of busy) {
      client.write(message(2, 12));
      expect(await client.receive()).toEqual(echoOf(message(2, 12)));
    }
    expect(counters.tcpConnections).toBe(2);
  });
}

test.runIf(process.platform === "linux")("a client at its own limit takes no place from another", async () => {
  const { connect } = await serve({ connectionsPerClientMax: 1 });
  const other = await connect();
  const greedy: TcpClient[] = [];
  for (const _ of [1, 2, 3]) {
    const client = await connect("127.0.0.2"); // only Linux has all of 127/8 at hand
    greedy.push(client);
    await roundTrip(client);
  }
  await Promise.all([greedy[0]!.closed, greedy[1]!.closed]);
  await roundTrip(other);
  await roundTrip(greedy[2]!);
});

test("the limits hold for all listeners together", async () => {
  const { counters, connect, connectTls } = await serve({ connectionsMax: 2 });
  const first = await connect();
  await roundTrip(first);
  const second = await connectTls();
  await roundTrip(second);
  const third = await connectTls();
  await roundTrip(third);
  await first.closed;
  await roundTrip(await connect());
  await second.closed;
  await roundTrip(third);
  expect(counters.dropped["connection-limit"]).toBe(2);
});

test("a connection that never begins its handshake makes room for others", async () => {
  const { counters, connectTls, connectMute } = await serve({ connectionsMax: 2 });
  const mute = [await connectMute(), await connectMute()];
  const client = await connectTls();
  await roundTrip(client);
  await mute[0]!.closed;
  await vi.waitFor(() => expect(counters.tcpConnections).toBe(2));
});
