import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { DnsCounters } from "../observe/dns-counters.ts";
import type { Libc } from "./libc.ts";
import type { Client, Endpoint, Responder } from "./transport.ts";
import { BatchLoop } from "./udp-batch.ts";
import { closeUdpSockets, openUdpSockets } from "./udp-sockets.ts";
import { openWake } from "./wake.ts";

/** IPv4 has addresses enough to see whether the response leaves from the one that was asked. */
const IPV4 = { type: "udp4", wildcard: "0.0.0.0", asked: "127.0.0.2", client: "127.0.0.1" } as const;
const IPV6 = { type: "udp6", wildcard: "::", asked: "::1", client: "::1" } as const;

/** Loopback takes none. */
const WAIT_MS = 1000;

/** Of three requests that wait together the first is not answered: so each place in memory that can be wrong would show. */
const REQUESTS = ["silent", "one", "another"].map((text) => Buffer.from(text));

/**
 * Tries the system calls, and what we believe of the memory that they are given, with a few datagrams from this machine to
 * itself. Rejects where they cannot be relied on, so that dgram can stand in.
 */
export async function tryBatching(libc: Libc, isIpv6: boolean): Promise<void> {
  const family = isIpv6 ? IPV6 : IPV4;
  const sockets = openUdpSockets(libc, { address: family.wildcard, port: 0 }, 1);
  const wake = openWake(libc);
  const client = createSocket(family.type);
  try {
    client.bind(0, family.client);
    await once(client, "listening");
    const clients: Client[] = [];
    const onLater = () => {};
    const loop = new BatchLoop({
      libc,
      sockets,
      wakeFd: wake.fd,
      responder: trialResponder(clients),
      counters: new DnsCounters(),
      onLater,
    });
    const to = { address: family.asked, port: sockets[0]!.endpoint.port };
    for (const request of REQUESTS) await sent(client, request, to);
    const responses = receive(client, REQUESTS.length - 1);
    loop.wait(WAIT_MS);
    loop.pump();
    const from = { address: family.client, port: client.address().port, protocol: "udp" };
    expectSame("clients", clients, [from, from, from]);
    const expected = REQUESTS.slice(1).map((request) => ({ text: reversed(request).toString(), ...to }));
    expectSame("responses", await responses, expected);
  } finally {
    client.close();
    wake.close();
    closeUdpSockets(libc, sockets);
  }
}

/** Answers what it knows with the octets in reverse, and takes note of who asked. */
function trialResponder(clients: Client[]): Responder {
  return {
    respond(request, client, out) {
      const known = REQUESTS.findIndex((one) => one.equals(request));
      if (known >= 0) clients.push({ ...client });
      if (known <= 0) return 0;
      out.set(reversed(request));
      return request.length;
    },
    async *respondLater() {},
  };
}

function reversed(octets: Uint8Array): Buffer {
  return Buffer.from(octets).reverse();
}

function sent(
  client: Socket,
  request: Uint8Array,
  { address, port }: { address: string; port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send(request, port, address, (error) => (error === null ? resolve() : reject(error)));
  });
}

interface Received extends Endpoint {
  readonly text: string;
}

/** The next datagrams, or those that have come when the time is over. */
function receive(client: Socket, count: number): Promise<Received[]> {
  const received: Received[] = [];
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(received), WAIT_MS).unref();
    client.on("message", (message: Buffer, { address, port }: RemoteInfo) => {
      if (received.push({ text: message.toString(), address, port }) < count) return;
      clearTimeout(timer);
      resolve(received);
    });
  });
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [got, want] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== want) throw new Error(`Cannot batch datagrams as a trial must see the ${what} ${want}: got ${got}`);
}
