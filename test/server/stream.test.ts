import { afterEach, expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { listenTcp, type StreamLimits } from "../../src/server/stream.ts";
import type { Listener, Responder } from "../../src/server/transport.ts";
import { framed, type TcpClient, tcpClient } from "./clients.ts";
import { echo, echoOf, message } from "./listener-contract.ts";

const clients: TcpClient[] = [];
const listeners: Listener[] = [];

async function serve(limits: Partial<StreamLimits> = {}, responder: Responder = echo) {
  const counters = new DnsCounters();
  const listener = await listenTcp({ address: "127.0.0.1", port: 0 }, responder, { counters, limits });
  listeners.push(listener);
  const connect = async () => {
    const client = await tcpClient(listener.endpoint);
    clients.push(client);
    return client;
  };
  return { listener, counters, connect };
}

/** Waits for the server to have seen what was sent before: answers come in order. */
async function roundTrip(client: TcpClient, id = 1): Promise<void> {
  client.send(message(id, 12));
  expect(await client.receive()).toEqual(echoOf(message(id, 12)));
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

const big: Responder = {
  respond(request, _client, out) {
    out.fill(request[1]!, 0, 60_000);
    return 60_000;
  },
};

test("a request dripped octet by octet is answered", async () => {
  const { connect } = await serve();
  const client = await connect();
  for (const octet of framed(message(5, 40))) {
    client.write(Uint8Array.of(octet));
    await new Promise(setImmediate);
  }
  expect(await client.receive()).toEqual(echoOf(message(5, 40)));
});

test("requests in one segment are answered in order, more of them than one turn answers", async () => {
  const { connect } = await serve();
  const client = await connect();
  const requests = Array.from({ length: 1000 }, (_, id) => message(id, 12 + (id % 30)));
  client.write(framed(...requests));
  for (const request of requests) expect(await client.receive()).toEqual(echoOf(request));
});

test("a client that closes its side gets the responses to what it sent, then the end", async () => {
  const { connect } = await serve();
  const client = await connect();
  const requests = Array.from({ length: 100 }, (_, id) => message(id, 20));
  client.socket.end(Buffer.concat([framed(...requests), Uint8Array.of(0, 40, 1, 2)]));
  for (const request of requests) expect(await client.receive()).toEqual(echoOf(request));
  await client.closed;
});

test("a message of no octets ends the connection behind the responses before it", async () => {
  const { connect } = await serve();
  const client = await connect();
  client.write(framed(message(1, 12), new Uint8Array(0), message(2, 12)));
  expect(await client.receive()).toEqual(echoOf(message(1, 12)));
  await client.closed;
});

test("a connection without a request is closed after the idle time", async () => {
  const { connect } = await serve({ idleMs: 20 });
  await (await connect()).closed;
});

test("a connection that drips octets and completes no request counts as idle", async () => {
  const { connect } = await serve({ idleMs: 60 });
  const client = await connect();
  client.write(Uint8Array.of(0xff, 0xff));
  const drip = setInterval(() => client.write(Uint8Array.of(0)), 5);
  await client.closed;
  clearInterval(drip);
});

test("a connection older than its lifetime is closed behind its next response", async () => {
  const { connect } = await serve({ lifetimeMs: 0 });
  const client = await connect();
  await roundTrip(client);
  await client.closed;
});

test("a client that reads late gets every response, in order", async () => {
  const { connect, counters } = await serve({}, big);
  const client = await connect();
  client.socket.pause();
  client.write(framed(...Array.from({ length: 200 }, (_, id) => message(id, 12))));
  await vi.waitFor(() => expect(counters.tcpConnections).toBe(1));
  client.socket.resume();
  for (let id = 0; id < 200; id++) {
    const response = await client.receive();
    expect([response.length, response[0], response.at(-1)]).toEqual([60_000, id, id]);
  }
});

test("a client that never reads is put out, and its requests are not answered into memory", async () => {
  let answered = 0;
  const counting: Responder = {
    respond(request, client, out) {
      answered++;
      return big.respond(request, client, out);
    },
  };
  const { connect, counters } = await serve({ drainMs: 50 }, counting);
  const client = await connect();
  client.socket.pause();
  client.write(framed(...Array.from({ length: 5000 }, (_, id) => message(id & 0xff, 12))));
  await vi.waitFor(() => expect(counters.dropped["slow-reader"]).toBe(1));
  expect(counters.tcpConnections).toBe(0);
  expect(answered).toBeLessThan(1000); // the rest is what the two kernels' buffers hold
});

test("a client that breaks off in the middle leaves the listener alive", async () => {
  const { connect, counters } = await serve({}, big);
  for (let round = 0; round < 20; round++) {
    const client = await connect();
    client.write(framed(...Array.from({ length: 50 }, (_, id) => message(id, 12))));
    await client.receive();
    client.socket.resetAndDestroy();
  }
  const client = await connect();
  client.send(message(3, 12));
  expect((await client.receive()).length).toBe(60_000);
  await vi.waitFor(() => expect(counters.tcpConnections).toBe(1));
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
  const { listener, connect } = await serve({ connectionsPerClientMax: 1 });
  const other = await connect();
  const greedy: TcpClient[] = [];
  for (const _ of [1, 2, 3]) {
    const client = await tcpClient(listener.endpoint, "127.0.0.2"); // only Linux has all of 127/8 at hand
    clients.push(client);
    greedy.push(client);
    await roundTrip(client);
  }
  await Promise.all([greedy[0]!.closed, greedy[1]!.closed]);
  await roundTrip(other);
  await roundTrip(greedy[2]!);
});

test("closing ends idle connections at once and lets a request under way arrive and be answered", async () => {
  const { listener, connect } = await serve({ graceMs: 60_000 });
  const idle = await connect();
  const busy = await connect();
  await roundTrip(idle);
  busy.write(Buffer.concat([framed(message(1, 12)), Uint8Array.of(0, 12)]));
  await busy.receive();
  const closed = listener.close();
  await idle.closed;
  busy.write(message(2, 12));
  expect(await busy.receive()).toEqual(echoOf(message(2, 12)));
  await Promise.all([busy.closed, closed]);
});

test("closing waits no longer than the grace time for a client that goes on asking", async () => {
  const { listener, connect } = await serve({ graceMs: 30 });
  const client = await connect();
  const [head, rest] = [Uint8Array.of(0, 12), message(1, 12)];
  client.write(Buffer.concat([head, rest, head]));
  client.socket.on("data", () => client.write(Buffer.concat([rest, head])));
  await client.receive();
  await listener.close();
});

test("closing waits no longer than the grace time for a client that neither asks nor reads", async () => {
  const { listener, connect } = await serve({ graceMs: 20 }, big);
  const silent = await connect();
  silent.write(Buffer.concat([framed(message(1, 12)), Uint8Array.of(0, 12)]));
  await silent.receive();
  const deaf = await connect();
  deaf.write(framed(...Array.from({ length: 500 }, () => message(1, 12))));
  await deaf.receive();
  deaf.socket.pause();
  await listener.close();
});
