import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { afterEach, expect, test } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { tryBatching } from "../../src/server/batch-trial.ts";
import { Pinned } from "../../src/server/libc.ts";
import { ReceiveDrops } from "../../src/server/receive-drops.ts";
import { writeSocketAddress } from "../../src/server/socket-address.ts";
import { BatchLoop } from "../../src/server/udp-batch.ts";
import { closeUdpSockets, openUdpSockets } from "../../src/server/udp-sockets.ts";
import { openWake } from "../../src/server/wake.ts";
import { libc, listenBatched } from "./batch-listener.ts";
import { udpClient } from "./clients.ts";
import { echo, echoOf, message, responderOf } from "./responders.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((it) => it.address === "::1"));

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function open(address: string, count: number, port = 0) {
  const sockets = openUdpSockets(libc, { address, port }, count);
  undo.push(() => closeUdpSockets(libc, sockets));
  return sockets;
}

function loopOn(sockets: ReturnType<typeof open>, counters = new DnsCounters()) {
  const wake = openWake(libc);
  undo.push(() => wake.close());
  const loop = new BatchLoop({ libc, sockets, wakeFd: wake.fd, responder: echo, counters, onLater() {} });
  return { loop, wake };
}

/** A client of Node's own that tells where responses come from. */
async function plainClient(address: string) {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4").bind(0, address);
  undo.push(() => socket.close());
  await once(socket, "listening");
  const send = (request: Uint8Array, port: number, to: string) =>
    new Promise((resolve) => socket.send(request, port, to, resolve));
  const receive = async () => {
    const [response, from] = (await once(socket, "message")) as [Buffer, RemoteInfo];
    return { response: Uint8Array.from(response), from: from.address };
  };
  return { send, receive };
}

test("a socket of every IPv4 address answers from the one that was asked", async () => {
  const listener = await listenBatched({ address: "0.0.0.0", port: 0 }, echo);
  undo.push(() => listener.close());
  const client = await plainClient("127.0.0.1");
  for (const asked of ["127.0.0.1", "127.0.0.2", "127.9.8.7"]) {
    await client.send(message(1, 40), listener.endpoint.port, asked);
    expect(await client.receive()).toEqual({ response: echoOf(message(1, 40)), from: asked });
  }
});

test.runIf(hasIpv6)("sockets of every address of IPv4 and of IPv6 stand side by side at one port", async () => {
  const ipv4 = await listenBatched({ address: "0.0.0.0", port: 0 }, echo);
  undo.push(() => ipv4.close());
  const ipv6 = await listenBatched({ address: "::", port: ipv4.endpoint.port }, echo);
  undo.push(() => ipv6.close());
  for (const address of ["127.0.0.1", "::1"]) {
    const client = await plainClient(address);
    await client.send(message(1, 40), ipv4.endpoint.port, address);
    expect(await client.receive()).toEqual({ response: echoOf(message(1, 40)), from: address });
  }
});

test("a request that claims to come from one of our own addresses, of all that we are bound to, is dropped", async () => {
  const sockets = open("0.0.0.0", 1);
  const { port } = sockets[0]!.endpoint;
  const counters = new DnsCounters();
  const { loop } = loopOn(sockets, counters);
  const own = libc.socket(2, 2, 0);
  const memory = new Pinned(libc, 28);
  memory.view.setInt32(0, 1, true);
  libc.setsockopt(own, 1, 15, memory.address, 4); // SO_REUSEPORT
  memory.view.setInt32(0, 0);
  writeSocketAddress(memory.view, { address: "127.0.0.1", port });
  expect(libc.bind(own, memory.address, 16)).toBe(0);
  const socket = createSocket("udp4").bind({ fd: own });
  undo.push(() => socket.close());
  await new Promise((resolve) => socket.send(message(2, 20), port, "127.0.0.2", resolve));
  expect(loop.pump()).toBe(1);
  expect(counters.dropped).toMatchObject({ "own-address": 1 });
});

test.runIf(hasIpv6)("an address has one spelling, however it was written", () => {
  expect(open("0:0:0:0:0:0:0:1", 1)).toMatchObject([{ endpoint: { address: "::1" }, isWildcard: false }]);
  expect(open("0::0", 1)).toMatchObject([{ endpoint: { address: "::" }, isWildcard: true }]);
});

test("sockets of one endpoint share the clients, and each client stays with one of them", async () => {
  const sockets = open("127.0.0.1", 3);
  const { port } = sockets[0]!.endpoint;
  expect(sockets.map(({ endpoint }) => endpoint)).toEqual(Array(3).fill({ address: "127.0.0.1", port }));
  const { loop } = loopOn(sockets);
  const counts = sockets.map((socket) => ({ socket, ...loopOn([socket]) }));
  const clients = await Promise.all(Array.from({ length: 60 }, () => plainClient("127.0.0.1")));
  const ask = async () => {
    for (const client of clients) await client.send(message(2, 20), port, "127.0.0.1");
    return counts.map((one) => {
      one.loop.wait(0);
      return one.loop.pump();
    });
  };
  const first = await ask();
  expect(first.reduce((sum, count) => sum + count)).toBe(60);
  expect(first).not.toContain(0);
  expect(await ask()).toEqual(first);
  expect(loop.pump()).toBe(0);
});

test("who takes over a socket finds what came while nobody answered it", async () => {
  const sockets = open("127.0.0.1", 1);
  const [before, after] = [loopOn(sockets), loopOn(sockets)];
  const client = await plainClient("127.0.0.1");
  await client.send(message(2, 20), sockets[0]!.endpoint.port, "127.0.0.1");
  expect(before.loop.pump()).toBe(1);
  await client.send(message(4, 20), sockets[0]!.endpoint.port, "127.0.0.1");
  expect(after.loop.pump()).toBe(1);
});

test("a port is shared with nobody else, not even with a program that would", () => {
  const [socket] = open("127.0.0.1", 2);
  expect(() => openUdpSockets(libc, socket!.endpoint, 2)).toThrow("the port is taken by another program");
});

test("datagrams that find no room in the receive buffer are counted when asked for, each once", async () => {
  const sockets = open("127.0.0.1", 1);
  const drops = new ReceiveDrops(libc, sockets);
  const counters = new DnsCounters();
  const room = new Pinned(libc, 4);
  room.view.setInt32(0, 1, true);
  libc.setsockopt(sockets[0]!.fd, 1, 8, room.address, 4); // SO_RCVBUF: as small as there is
  const client = await plainClient("127.0.0.1");
  for (let id = 0; id < 100; id++) await client.send(message(id, 1000), sockets[0]!.endpoint.port, "127.0.0.1");
  const { loop } = loopOn(sockets);
  const taken = loop.pump();
  drops.count(counters);
  drops.count(counters);
  expect(taken).toBeLessThan(100);
  expect(counters.dropped["receive-buffer"]).toBe(100 - taken);
});

test("a datagram that is longer than a request may be is dropped and counted, not cut off", async () => {
  const sockets = open("127.0.0.1", 1);
  const counters = new DnsCounters();
  const { loop } = loopOn(sockets, counters);
  const client = await plainClient("127.0.0.1");
  for (const octets of [4097, 60_000, 4096])
    await client.send(message(2, octets), sockets[0]!.endpoint.port, "127.0.0.1");
  expect([loop.pump(), counters.dropped.oversized]).toEqual([3, 2]);
  expect((await client.receive()).response).toEqual(echoOf(message(2, 4096)));
});

test("a wake ends a wait, once for all wakes before it, and a datagram ends one too", async () => {
  const sockets = open("127.0.0.1", 1);
  const { loop, wake } = loopOn(sockets);
  expect(loop.wait(0)).toBe(false);
  wake.wake();
  wake.wake();
  expect([loop.wait(-1), loop.wait(0)]).toEqual([true, false]);
  const client = await plainClient("127.0.0.1");
  await client.send(message(2, 20), sockets[0]!.endpoint.port, "127.0.0.1");
  expect([loop.wait(-1), loop.pump()]).toEqual([false, 1]);
});

test("a wait for a socket that is closed fails, instead of ending at once for ever", () => {
  const sockets = openUdpSockets(libc, { address: "127.0.0.1", port: 0 }, 1);
  const { loop } = loopOn(sockets);
  closeUdpSockets(libc, sockets);
  expect(() => loop.wait(-1)).toThrow("Cannot wait for descriptor");
});

test("a response that the system refuses is counted, and the others of its batch are sent", async () => {
  const counters = new DnsCounters();
  const tooLong = responderOf((request, client, out) =>
    request[1] === 3 ? 65_535 : echo.respond(request, client, out),
  );
  const listener = await listenBatched({ address: "127.0.0.1", port: 0 }, tooLong, { counters });
  undo.push(() => listener.close());
  const client = await udpClient(listener.endpoint);
  undo.push(() => client.close());
  for (const id of [2, 3, 4]) client.send(message(id, 20));
  expect([await client.receive(), await client.receive()]).toEqual([2, 4].map((id) => echoOf(message(id, 20))));
  expect(counters.dropped["send-error"]).toBe(1);
});

test("the trial succeeds here, with IPv4 and with IPv6", async () => {
  await tryBatching(libc, false);
  if (hasIpv6) await tryBatching(libc, true);
});

test.each([
  ["a system without these calls", { ...libc, recvmmsg: () => -38 }, /as a trial must see the clients .*: got \[\]$/],
  [
    "one that takes responses and sends none",
    { ...libc, sendmmsg: (_fd: number, _at: number, count: number) => count },
    /as a trial must see the responses .*: got \[\]$/,
  ],
  [
    "memory that is laid out otherwise",
    {
      ...libc,
      sendmmsg: (...[fd, at, count, flags]: Parameters<typeof libc.sendmmsg>) =>
        libc.sendmmsg(fd, at + 64, count - 1, flags),
    },
    /the responses .*: got /,
  ],
  [
    "one that lets us open no socket",
    { ...libc, socket: () => -1 },
    /^Cannot listen on 0.0.0.0:0 \(udp\) as socket EPERM$/,
  ],
])("the trial fails for %s", async (_what, other, reason) => {
  await expect(tryBatching(other, false)).rejects.toThrow(reason);
});
