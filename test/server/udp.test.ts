import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import type { Responder } from "../../src/server/transport.ts";
import { answerDatagrams, type DatagramSocket, listenUdp } from "../../src/server/udp.ts";
import { udpClient } from "./clients.ts";
import { echo, echoOf, message } from "./listener-contract.ts";

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

  receive(request: Uint8Array, port = 5353): void {
    this.emit("message", Buffer.from(request), { address: "192.0.2.1", port });
  }

  flush(): Uint8Array[] {
    return this.#queued.splice(0).map(({ octets, onSent }) => {
      onSent(null);
      return Uint8Array.from(octets);
    });
  }
}

function answering(responder: Responder = echo) {
  const socket = new CongestedSocket();
  const counters = new DnsCounters();
  const { respond } = responder;
  answerDatagrams(socket as unknown as DatagramSocket, respond, counters);
  return { socket, counters };
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
  const { socket, counters } = answering({ respond });
  socket.receive(message(1, 20), 0);
  expect(respond).not.toHaveBeenCalled();
  expect(socket.flush()).toEqual([]);
  expect(counters.dropped["port-zero"]).toBe(1);
});

test("a response that the system refuses is counted, and the listener lives", async () => {
  const counters = new DnsCounters();
  const tooLong: Responder = {
    respond: (request, client, out) => (request[1] === 1 ? 65_535 : echo.respond(request, client, out)),
  };
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
    {
      respond: (request, _client, out) => {
        out.fill(1, 0, 12);
        return request.length === 0 ? 12 : 0;
      },
    },
    { counters },
  );
  const client = await udpClient(listener.endpoint);
  client.send(new Uint8Array(0));
  expect(await client.receive()).toEqual(new Uint8Array(12).fill(1));
  client.close();
  await listener.close();
});
