import { networkInterfaces } from "node:os";
import { describe, expect, test, vi } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { EAGAIN, EINTR } from "../../src/server/libc.ts";
import type { ReplyPath } from "../../src/server/reply-paths.ts";
import { LATER, type Responder } from "../../src/server/transport.ts";
import { BatchLoop } from "../../src/server/udp-batch.ts";
import { listenBatched } from "./batch-listener.ts";
import { udpClient } from "./clients.ts";
import { type Datagram, FakeKernel } from "./fake-kernel.ts";
import { runListenerContract } from "./listener-contract.ts";
import { echo, echoOf, isOdd, message, responderOf } from "./responders.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((it) => it.address === "::1"));

for (const address of hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
  runListenerContract({
    name: `batched UDP at ${address}`,
    protocol: "udp",
    address,
    listen: listenBatched,
    connect: udpClient,
    skips: [{ reason: "a datagram holds 65,507 octets", tests: ["carries a response of 65,535 octets"] }],
  });
}

const EMSGSIZE = 90;

/** struct sockaddr_in of 192.0.2.`host`. */
function peer(host: number, port = 5353): Uint8Array {
  return Uint8Array.of(2, 0, port >> 8, port & 0xff, 192, 0, 2, host, 0, 0, 0, 0, 0, 0, 0, 0);
}

/** A control message with struct in_pktinfo: the interface, and 198.51.100.`host` as the address that was asked. */
function pktinfo(interfaceIndex: number, host: number): Uint8Array {
  const header = [28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0];
  return Uint8Array.of(...header, interfaceIndex, 0, 0, 0, 198, 51, 100, host, 198, 51, 100, host, 0, 0, 0, 0);
}

/** A control message with struct in6_pktinfo. */
function pktinfo6(interfaceIndex: number, address: readonly number[]): Uint8Array {
  return Uint8Array.of(
    36,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    41,
    0,
    0,
    0,
    50,
    0,
    0,
    0,
    ...address,
    interfaceIndex,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
}

function loopOver(responder: Responder, endpoint = { address: "192.0.2.53", port: 53 }) {
  const kernel = new FakeKernel();
  const counters = new DnsCounters();
  const onLater = vi.fn<(request: Uint8Array, client: unknown, socket: number, path: ReplyPath) => void>();
  const isWildcard = endpoint.address === "0.0.0.0" || endpoint.address === "::";
  const sockets = [{ fd: 3, endpoint, isIpv6: endpoint.address.includes(":"), isWildcard }];
  const loop = new BatchLoop({ libc: kernel.libc, sockets, wakeFd: 4, responder, counters, onLater });
  const arrive = (...datagrams: (Partial<Datagram> & Pick<Datagram, "octets">)[]) => {
    kernel.arriving.push(...datagrams.map((one) => ({ peer: peer(1), control: new Uint8Array(0), ...one })));
  };
  return { kernel, counters, onLater, loop, arrive };
}

const requests = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ octets: message(id, 20), peer: peer(id) }));
const responses = (count: number) => requests(count).map((one) => ({ ...one, octets: echoOf(one.octets) }));

describe("a batch", () => {
  test("takes what waits at once, and leaves what is more than a batch for the next", () => {
    const { kernel, counters, loop, arrive } = loopOver(echo);
    arrive(...requests(100));
    expect([loop.pump(), loop.pump(), loop.pump()]).toEqual([64, 36, 0]);
    expect(kernel.sent).toMatchObject(responses(100));
    expect(counters).toMatchObject({ batchedDatagrams: 100 });
  });

  test("asks a socket that was empty again only after waiting for it", () => {
    const { kernel, loop, arrive } = loopOver(echo);
    arrive(...requests(1));
    loop.pump();
    arrive(...requests(1));
    expect(loop.pump()).toBe(0);
    kernel.pollResults.push(2);
    expect([loop.wait(-1), loop.pump()]).toEqual([true, 1]);
  });

  test("sends each response to its own client whichever requests stay without one", () => {
    const { kernel, loop, arrive } = loopOver(
      responderOf((request, client, out) => (isOdd(request) ? 0 : echo.respond(request, client, out))),
    );
    arrive(...requests(9));
    loop.pump();
    expect(kernel.sent).toMatchObject(responses(9).filter(({ octets }) => !isOdd(octets)));
  });

  test("gives the client of each request, whose address is IPv4 or IPv6", () => {
    const seen: unknown[] = [];
    const note = responderOf((_request, client) => {
      seen.push({ ...client });
      return 0;
    });
    const ipv4 = loopOver(note);
    ipv4.arrive({ octets: message(1, 20), peer: peer(7, 40_000) }, { octets: message(2, 20), peer: peer(8, 80) });
    ipv4.loop.pump();
    const ipv6 = loopOver(note, { address: "2001:db8::53", port: 53 });
    const address = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    ipv6.arrive({ octets: message(1, 20), peer: Uint8Array.of(10, 0, 0x9c, 0x41, 0, 0, 0, 0, ...address, 0, 0, 0, 0) });
    ipv6.loop.pump();
    expect(seen).toEqual([
      { address: "192.0.2.7", port: 40_000, protocol: "udp" },
      { address: "192.0.2.8", port: 80, protocol: "udp" },
      { address: "2001:db8::9", port: 40_001, protocol: "udp" },
    ]);
  });

  test("drops what nobody could have sent or answered, and counts it", () => {
    const { kernel, counters, loop, arrive } = loopOver(echo);
    arrive(
      { octets: message(2, 4097) },
      { octets: message(4, 20), peer: peer(1, 0) },
      { octets: message(6, 20), peer: peer(53, 53) },
      { octets: message(8, 4096) },
    );
    loop.pump();
    expect(kernel.sent.map(({ octets }) => octets)).toEqual([echoOf(message(8, 4096))]);
    expect(counters.dropped).toMatchObject({ oversized: 1, "port-zero": 1, "own-address": 1 });
  });

  test("counts a receive that fails, and goes on", () => {
    const { kernel, counters, loop, arrive } = loopOver(echo);
    const { recvmmsg } = kernel.libc;
    kernel.libc.recvmmsg = () => -12;
    expect(loop.pump()).toBe(0);
    kernel.libc.recvmmsg = recvmmsg;
    arrive(...requests(1));
    kernel.pollResults.push(2);
    loop.wait(-1);
    expect([loop.pump(), counters.dropped["receive-error"]]).toEqual([1, 1]);
  });
});

describe("responses that the kernel does not take at once", () => {
  const EVERY = responses(5).map(({ octets }) => octets[1]);
  const without = (...ids: number[]) => EVERY.filter((id) => !ids.includes(id!));
  const rows: [string, { sends: number[]; polls?: number[] }, unknown[], object][] = [
    ["it takes some, then the rest", { sends: [2, 1] }, EVERY, {}],
    ["a signal comes", { sends: [2, -EINTR] }, EVERY, {}],
    ["its buffer is full and then is not", { sends: [2, -EAGAIN], polls: [1] }, EVERY, {}],
    ["its buffer stays full", { sends: [2, -EAGAIN] }, [0, 1], { "send-queue": 3 }],
    ["it refuses the first", { sends: [-EMSGSIZE] }, without(0), { "send-error": 1 }],
    ["it refuses two in the middle", { sends: [1, -EMSGSIZE, -EMSGSIZE] }, without(1, 2), { "send-error": 2 }],
    ["it refuses the last", { sends: [4, -EMSGSIZE] }, without(4), { "send-error": 1 }],
  ];
  test.each(rows)("%s", (_what, { sends, polls = [] }, sent, dropped) => {
    const { kernel, counters, loop, arrive } = loopOver(echo);
    kernel.sendResults.push(...sends);
    kernel.pollResults.push(...polls);
    arrive(...requests(5));
    loop.pump();
    expect(kernel.sent.map(({ octets }) => octets[1])).toEqual(sent);
    expect(counters.dropped).toMatchObject({ "send-queue": 0, "send-error": 0, ...dropped });
  });
});

describe("a socket of every address", () => {
  test("has responses leave from the address that was asked, by any interface", () => {
    const { kernel, loop, arrive } = loopOver(
      responderOf((request, client, out) => (isOdd(request) ? 0 : echo.respond(request, client, out))),
      { address: "0.0.0.0", port: 53 },
    );
    for (let id = 0; id < 5; id++) arrive({ octets: message(id, 20), peer: peer(id), control: pktinfo(2, id) });
    loop.pump();
    expect(kernel.sent).toEqual(
      [0, 2, 4].map((id) => ({ octets: echoOf(message(id, 20)), peer: peer(id), control: pktinfo(0, id) })),
    );
  });

  test("keeps the interface of a link-local address", () => {
    const { kernel, loop, arrive } = loopOver(echo, { address: "::", port: 53 });
    const [global, linkLocal] = [
      [0x20, 1, 0xd, 0xb8],
      [0xfe, 0xbf, 0, 0],
    ].map((start) => [...start, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const from = Uint8Array.of(10, 0, 1, 0, 0, 0, 0, 0, ...global!, 0, 0, 0, 0);
    arrive({ octets: message(1, 20), peer: from, control: pktinfo6(3, global!) });
    arrive({ octets: message(2, 20), peer: from, control: pktinfo6(3, linkLocal!) });
    loop.pump();
    expect(kernel.sent.map(({ control }) => control)).toEqual([pktinfo6(0, global!), pktinfo6(3, linkLocal!)]);
  });

  test("sends what is answered later the same way", () => {
    const { kernel, onLater, loop, arrive } = loopOver(
      responderOf(() => LATER),
      { address: "0.0.0.0", port: 53 },
    );
    arrive({ octets: message(1, 30), peer: peer(1), control: pktinfo(2, 1) });
    arrive({ octets: message(3, 30), peer: peer(3), control: pktinfo(2, 3) });
    loop.pump();
    arrive({ octets: message(5, 30), peer: peer(5), control: pktinfo(2, 5) });
    kernel.pollResults.push(2);
    loop.wait(-1);
    loop.pump();
    const [, second] = onLater.mock.calls;
    const [request, client, socket, path] = structuredClone(second!);
    expect([request, client]).toEqual([message(3, 30), { address: "192.0.2.3", port: 5353, protocol: "udp" }]);
    loop.send(message(3, 9000), socket, path);
    expect(kernel.sent).toEqual([{ octets: message(3, 9000), peer: peer(3), control: pktinfo(0, 3) }]);
  });
});
