import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { type DatagramSocket, Datagrams } from "../../src/server/datagrams.ts";
import { LATER, type Responder } from "../../src/server/transport.ts";
import { listenUdp } from "../../src/server/udp.ts";
import { udpClient } from "./clients.ts";
import { echo, echoOf, gate, laterIfOdd, message, responderOf } from "./responders.ts";

type OnSent = (error: Error | null) => void;

/** A socket whose network takes nothing until `flush`, as when the kernel's send buffer is full. */
class CongestedSocket extends EventEmitter {
  readonly #queued: { octets: Uint8Array; onSent: OnSent }[] = [];

  send(buffer: Buffer, offset: number, length: number, _port: number, _address: string, onSent: OnSent): void {
    this.#queued.push({ octets: buffer.subarray(offset, offset + length), onSent });
  }

  getSendQueueCount(): number {
    return this.#queued.length;
  }

  receive(request: Uint8Array, port = 5353, address = "192.0.2.1"): void {
    this.emit("message", Buffer.from(request), { address, port });
  }

  flush(): Uint8Array[] {
    return this.#queued.splice(0).map(({ octets, onSent }) => {
      onSent(null);
      return Uint8Array.from(octets);
    });
  }
}

const OWN = { address: "192.0.2.53", port: 53 };

function answering(responder: Responder = echo) {
  const socket = new CongestedSocket();
  const counters = new DnsCounters();
  const datagrams = new Datagrams(socket as unknown as DatagramSocket, OWN, responder, counters);
  return { socket, counters, datagrams };
}

test("a response that waits for the network is not overwritten by the next one", () => {
  const { socket } = answering();
  const requests = Array.from({ length: 10 }, (_, id) => message(id, 100 - id));
  for (const request of requests) socket.receive(request);
  expect(socket.flush()).toEqual(requests.map(echoOf));
});

test("responses beyond those that may wait are dropped, until the network takes some", () => {
  const { socket, counters } = answering();
  for (let id = 0; id < 100; id++) socket.receive(message(id, 20));
  expect(socket.flush()).toHaveLength(64);
  expect(counters.dropped["send-queue"]).toBe(36);
  socket.receive(message(7, 20));
  expect(socket.flush()).toEqual([echoOf(message(7, 20))]);
});

test("a request from port 0 is never answered", () => {
  const respond = vi.fn(echo.respond);
  const { socket, counters } = answering(responderOf(respond));
  socket.receive(message(1, 20), 0);
  expect(respond).not.toHaveBeenCalled();
  expect(socket.flush()).toEqual([]);
  expect(counters.dropped["port-zero"]).toBe(1);
});

test("a request that claims to come from our own endpoint is never answered", () => {
  const { socket, counters } = answering();
  socket.receive(message(1, 20), OWN.port, OWN.address);
  expect(socket.flush()).toEqual([]);
  expect(counters.dropped["own-address"]).toBe(1);
  socket.receive(message(2, 20), OWN.port + 1, OWN.address);
  socket.receive(message(3, 20), OWN.port);
  expect(socket.flush()).toEqual([echoOf(message(2, 20)), echoOf(message(3, 20))]);
});

test("a socket bound to every address knows which are its own", () => {
  const socket = new CongestedSocket();
  const counters = new DnsCounters();
  new Datagrams(socket as unknown as DatagramSocket, { address: "0.0.0.0", port: 53 }, echo, counters);
  socket.receive(message(1, 20), 53, "127.0.0.1");
  socket.receive(message(2, 20), 53, "192.0.2.1");
  expect(socket.flush()).toEqual([echoOf(message(2, 20))]);
  expect(counters.dropped["own-address"]).toBe(1);
});

/** Answers everything later, when the test lets it. */
function held() {
  const { opened, open } = gate();
  const responder = responderOf(
    () => LATER,
    async function* (request) {
      await opened;
      yield echoOf(request);
    },
  );
  return { responder, open };
}

const settled = () => new Promise(setImmediate);

test("an answer that comes later does not hold up the others, and waits for the network like them", async () => {
  const { socket } = answering(
    laterIfOdd(async function* (request) {
      yield echoOf(request);
    }),
  );
  for (const id of [1, 2, 3, 4]) socket.receive(message(id, 20));
  expect(socket.flush()).toEqual([2, 4].map((id) => echoOf(message(id, 20))));
  await settled();
  expect(socket.flush()).toEqual([1, 3].map((id) => echoOf(message(id, 20))));
});

test("updates and transfers beyond those that may be under way are dropped, until some are answered", async () => {
  const { responder, open } = held();
  const { socket, counters } = answering(responder);
  for (let id = 0; id < 300; id++) socket.receive(message(id, 20));
  expect(counters.dropped["later-queue"]).toBe(44);
  open();
  await settled();
  expect(socket.flush()).toHaveLength(64);
  expect(counters.dropped["send-queue"]).toBe(192);
  socket.receive(message(7, 20));
  await settled();
  expect(socket.flush()).toEqual([echoOf(message(7, 20))]);
});

test("nothing is sent after the listener stopped", async () => {
  const { responder, open } = held();
  const { socket, datagrams } = answering(responder);
  socket.receive(message(1, 20));
  datagrams.stop();
  open();
  await settled();
  expect(socket.flush()).toEqual([]);
});

test("a response that the system refuses is counted, and the listener lives", async () => {
  const counters = new DnsCounters();
  const tooLong = responderOf((request, client, out) =>
    request[1] === 1 ? 65_535 : echo.respond(request, client, out),
  );
  const listener = await listenUdp({ address: "127.0.0.1", port: 0 }, tooLong, { counters });
  const client = await udpClient(listener.endpoint);
  client.send(message(1, 20));
  client.send(message(2, 20));
  expect(await client.receive()).toEqual(echoOf(message(2, 20)));
  expect(counters.dropped["send-error"]).toBe(1);
  client.close();
  await listener.close();
});

test("an empty datagram reaches the responder like any other", async () => {
  const counters = new DnsCounters();
  const listener = await listenUdp(
    { address: "127.0.0.1", port: 0 },
    responderOf((request, _client, out) => {
      out.fill(1, 0, 12);
      return request.length === 0 ? 12 : 0;
    }),
    { counters },
  );
  const client = await udpClient(listener.endpoint);
  client.send(new Uint8Array(0));
  expect(await client.receive()).toEqual(new Uint8Array(12).fill(1));
  client.close();
  await listener.close();
});
