import { afterEach, expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { listenTcp } from "../../src/server/stream.ts";
import type { StreamTimes } from "../../src/server/stream-times.ts";
import type { Listener, Responder } from "../../src/server/transport.ts";
import { framed, type TcpClient, tcpClient } from "./clients.ts";
import { echo, echoOf, isOdd, laterIfOdd, message, responderOf } from "./responders.ts";

const clients: TcpClient[] = [];
const listeners: Listener[] = [];

async function serve(times: Partial<StreamTimes> = {}, responder: Responder = echo) {
  const counters = new DnsCounters();
  const listener = await listenTcp({ address: "127.0.0.1", port: 0 }, responder, { counters, times });
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

const big = responderOf((request, _client, out) => {
  out.fill(request[1]!, 0, 60_000);
  return 60_000;
});

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
  const counting = responderOf((request, client, out) => {
    answered++;
    return big.respond(request, client, out);
  });
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

/** Answers odd ids with a transfer that has no end, and tells how much of how many was made. */
function endless() {
  const seen = { begun: 0, made: 0, ended: 0 };
  const responder = laterIfOdd(async function* (request) {
    seen.begun++;
    try {
      for (;;) {
        seen.made++;
        yield message(request[1]!, 60_000);
      }
    } finally {
      seen.ended++;
    }
  });
  return { seen, responder };
}

test("transfers and queries in one segment are answered in order, each with its own octets", async () => {
  const parts = [60_000, 12, 20_000, 300];
  const responder = laterIfOdd(async function* (request) {
    for (const octets of parts) {
      await new Promise(setImmediate);
      yield echoOf(message(request[1]!, octets)); // of the request as it is by now
    }
  });
  const { connect } = await serve({}, responder);
  const client = await connect();
  const requests = Array.from({ length: 40 }, (_, id) => message(id, 12 + id));
  client.write(framed(...requests));
  const expected = requests.flatMap((request) =>
    isOdd(request) ? parts.map((octets) => message(request[1]!, octets)) : [request],
  );
  for (const one of expected) expect(Buffer.from(echoOf(one)).equals(await client.receive())).toBe(true);
});

test("a client that asks for many transfers and never reads costs little, and is put out", async () => {
  const { seen, responder } = endless();
  const { connect, counters } = await serve({ drainMs: 50 }, responder);
  const client = await connect();
  client.socket.pause();
  client.write(framed(...Array.from({ length: 5000 }, () => message(1, 12))));
  await vi.waitFor(() => expect(counters.dropped["slow-reader"]).toBe(1));
  await vi.waitFor(() => expect(seen).toMatchObject({ begun: 1, ended: 1 }));
  expect(seen.made).toBeLessThan(500); // what the two kernels' buffers hold
});

test("a client that goes ends its transfer", async () => {
  const { seen, responder } = endless();
  const { connect, counters } = await serve({}, responder);
  for (const leave of ["resetAndDestroy", "destroy"] as const) {
    const client = await connect();
    client.send(message(1, 12));
    await client.receive();
    client.socket[leave]();
  }
  await vi.waitFor(() => expect(seen).toMatchObject({ begun: 2, ended: 2 }));
  expect(counters).toMatchObject({ tcpConnections: 0, faults: 0 });
});

test("a transfer to a fast client lets others have their turn", async () => {
  const { responder } = endless();
  const { connect } = await serve({}, responder);
  const greedy = await connect();
  greedy.send(message(1, 12));
  await greedy.receive();
  const other = await connect();
  for (const id of [2, 4, 6]) await roundTrip(other, id);
});

test("a client that closed its side and reads late gets its transfer whole", async () => {
  const messages = 300; // more than the two kernels' buffers hold
  let made = 0;
  const responder = laterIfOdd(async function* () {
    for (; made < messages; made++) yield message(made, 60_000);
  });
  const { connect } = await serve({}, responder);
  const client = await connect();
  client.socket.pause();
  client.socket.end(framed(message(1, 12)));
  await vi.waitFor(() => expect(made).toBeGreaterThan(0));
  client.socket.resume();
  for (let nth = 0; nth < messages; nth++) {
    expect(Buffer.from(message(nth, 60_000)).equals(await client.receive())).toBe(true);
  }
  await client.closed;
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
