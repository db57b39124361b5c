import { afterEach, describe, expect, test } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import type { Client, Endpoint, Listen, Listener, ListenOptions, Responder } from "../../src/server/transport.ts";
import { echo, echoOf, gate, isOdd, laterIfOdd, message, responderOf } from "./responders.ts";

/** A client of one listener, as little of one as the transport allows. */
export interface TestClient {
  readonly port: number;
  send(request: Uint8Array): void;
  /** The next response; waits for it. */
  receive(): Promise<Uint8Array>;
  close(): void;
}

export interface Transport {
  readonly name: string;
  readonly protocol: Client["protocol"];
  readonly address: string;
  readonly listen: Listen;
  connect(to: Endpoint): Promise<TestClient>;
  /** Tests of the contract that cannot hold here, and why. */
  readonly skips: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

const QUESTION = [3, 0x77, 0x65, 0x62, 0, 0, 33, 0, 1]; // web. SRV IN
const NOTIFY = Uint8Array.from([0, 1, 0x21, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, ...QUESTION, 0, 0, 41]);
const NOTIFY_SERVFAIL = [0, 1, 0xa1, 2, 0, 1, 0, 0, 0, 0, 0, 0, ...QUESTION];

/** What every listener does, whatever carries its messages. */
export function runListenerContract(transport: Transport): void {
  const { protocol, address, listen, connect, skips } = transport;
  const anyPort = { address, port: 0 };
  const open: { close(): unknown }[] = [];
  const kept = <T extends { close(): unknown }>(closable: T): T => {
    open.push(closable);
    return closable;
  };
  const serve = async (responder: Responder, options?: ListenOptions) =>
    kept(await listen(anyPort, responder, options));
  const client = async (listener: Listener) => kept(await connect(listener.endpoint));

  afterEach(async () => {
    for (const closable of open.splice(0).reverse()) await closable.close();
  });

  const clause = (name: string, body: () => Promise<void>) => {
    const skip = skips.find(({ tests }) => tests.includes(name));
    if (skip === undefined) test(name, body);
    else test.skip(`${name} (${skip.reason})`, () => {});
  };

  describe(`listener over ${transport.name}`, () => {
    clause("tells the port it really has", async () => {
      const { endpoint } = await serve(echo);
      expect(endpoint).toEqual({ address, port: expect.any(Number) });
      expect(endpoint.port).toBeGreaterThan(0);
    });

    clause("hands the request and its client to the responder and sends back what was written", async () => {
      const seen: { request: Uint8Array; client: Client }[] = [];
      const listener = await serve(
        responderOf((request, from, out) => {
          seen.push({ request: Uint8Array.from(request), client: { ...from } });
          return echo.respond(request, from, out);
        }),
      );
      const asking = await client(listener);
      asking.send(message(7, 40));
      expect(await asking.receive()).toEqual(echoOf(message(7, 40)));
      expect(seen).toEqual([{ request: message(7, 40), client: { address, port: asking.port, protocol } }]);
    });

    clause("stays silent where the responder is", async () => {
      const listener = await serve(
        responderOf((request, from, out) => (isOdd(request) ? 0 : echo.respond(request, from, out))),
      );
      const asking = await client(listener);
      for (const id of [1, 2, 3, 4]) asking.send(message(id, 20));
      expect(await asking.receive()).toEqual(echoOf(message(2, 20)));
      expect(await asking.receive()).toEqual(echoOf(message(4, 20)));
    });

    clause("answers 1000 requests of 50 clients, each to its own", async () => {
      const listener = await serve(echo);
      const asking = await Promise.all(Array.from({ length: 50 }, () => client(listener)));
      const answered = asking.map(async (one, index) => {
        for (let round = 0; round < 20; round++) {
          const request = message(index * 20 + round, 12 + index * 9 + round);
          one.send(request);
          expect(await one.receive()).toEqual(echoOf(request));
        }
      });
      await Promise.all(answered);
    });

    clause("carries responses that follow one another without mixing their octets", async () => {
      const listener = await serve(echo);
      const asking = await client(listener);
      const requests = Array.from({ length: 20 }, (_, id) => message(id, 1200 - id * 50));
      for (const request of requests) asking.send(request);
      const responses: Uint8Array[] = [];
      for (const _ of requests) responses.push(await asking.receive());
      expect(responses.sort((a, b) => a[1]! - b[1]!)).toEqual(requests.map(echoOf));
    });

    const octetsTable = ["12", "512", "1,232", "4,096", "65,000", "65,535"];
    for (const octets of octetsTable) {
      clause(`carries a response of ${octets} octets`, async () => {
        const response = echoOf(message(9, Number(octets.replace(",", ""))));
        const listener = await serve(
          responderOf((_request, _client, out) => {
            out.set(response);
            return response.length;
          }),
        );
        const asking = await client(listener);
        asking.send(message(9, 12));
        expect(Buffer.from(response).equals(await asking.receive())).toBe(true);
      });
    }

    clause("answers SERVFAIL for a responder that throws, tells of it, and lives", async () => {
      const bug = new Error("a bug of ours");
      const errors: unknown[] = [];
      const counters = new DnsCounters();
      const responder = responderOf((request, from, out) => {
        out.fill(0xff);
        if (isOdd(request)) throw bug;
        return echo.respond(request, from, out);
      });
      const listener = await serve(responder, { counters, onError: (error) => errors.push(error) });
      const asking = await client(listener);
      asking.send(NOTIFY);
      expect([...(await asking.receive())]).toEqual(NOTIFY_SERVFAIL);
      expect(errors).toEqual([bug]);
      expect(counters).toMatchObject({ faults: 1 });
      expect(counters.responses[2]).toBe(1);
      asking.send(message(2, 30));
      expect(await asking.receive()).toEqual(echoOf(message(2, 30)));
    });

    clause("sends each message of an answer that comes later, when it is there", async () => {
      const seen: unknown[] = [];
      const made = gate();
      const responder = laterIfOdd(async function* (request, from) {
        seen.push({ request: Uint8Array.from(request), client: from });
        yield message(1, 12);
        await made.opened;
        yield message(2, 12_000);
        yield message(3, 12);
      });
      const asking = await client(await serve(responder));
      asking.send(message(7, 40));
      expect(await asking.receive()).toEqual(message(1, 12));
      made.open();
      expect(Buffer.from(message(2, 12_000)).equals(await asking.receive())).toBe(true);
      expect(await asking.receive()).toEqual(message(3, 12));
      expect(seen).toEqual([{ request: message(7, 40), client: { address, port: asking.port, protocol } }]);
    });

    clause("keeps answers that come later apart, each to its own", async () => {
      const responder = laterIfOdd(async function* (request) {
        for (let part = 0; part < 3; part++) {
          await new Promise(setImmediate);
          yield echoOf(message(request[1]!, 100 + part));
        }
      });
      const listener = await serve(responder);
      const answered = Array.from({ length: 30 }, async (_, index) => {
        const [later, now] = [2 * index + 1, 2 * index];
        const asking = await client(listener);
        asking.send(message(later, 12));
        asking.send(message(now, 30));
        const expected = [...[0, 1, 2].map((part) => message(later, 100 + part)), message(now, 30)].map(echoOf);
        const received: Uint8Array[] = [];
        for (const _ of expected) received.push(await asking.receive());
        // Over UDP what comes later does not hold up the rest.
        const sorted = received.sort((a, b) => Number(isOdd(b)) - Number(isOdd(a)) || a.length - b.length);
        expect(sorted).toEqual(expected);
      });
      await Promise.all(answered);
    });

    clause("answers SERVFAIL for an answer that fails later, tells of it, and lives", async () => {
      const bug = new Error("a bug of ours");
      const errors: unknown[] = [];
      const counters = new DnsCounters();
      const responder = laterIfOdd(async function* () {
        yield message(5, 12);
        throw bug;
      });
      const listener = await serve(responder, { counters, onError: (error) => errors.push(error) });
      const asking = await client(listener);
      asking.send(NOTIFY);
      expect(await asking.receive()).toEqual(message(5, 12));
      expect([...(await asking.receive())]).toEqual(NOTIFY_SERVFAIL);
      expect(errors).toEqual([bug]);
      expect(counters).toMatchObject({ faults: 1 });
      asking.send(message(2, 30));
      expect(await asking.receive()).toEqual(echoOf(message(2, 30)));
    });

    clause("closes while an answer is being made, which then ends", async () => {
      const made = gate();
      const ended = gate();
      const responder = laterIfOdd(async function* () {
        try {
          yield message(1, 12);
          await made.opened;
          yield message(2, 12);
        } finally {
          ended.open();
        }
      });
      const listener = await serve(responder);
      const asking = await client(listener);
      asking.send(message(1, 12));
      await asking.receive();
      const closed = listener.close();
      made.open();
      await Promise.all([closed, ended.opened]);
    });

    clause("frees its port by closing, and closes only once", async () => {
      const { endpoint, close } = await serve(echo);
      const asking = await client({ endpoint, close });
      asking.send(message(1, 12));
      await asking.receive();
      await Promise.all([close(), close()]);
      const again = kept(await listen(endpoint, echo));
      expect(again.endpoint).toEqual(endpoint);
    });

    clause("does not open where another listener is, and says so", async () => {
      const { endpoint } = await serve(echo);
      const host = address.includes(":") ? `[${address}]` : address;
      await expect(listen(endpoint, echo)).rejects.toMatchObject({
        code: "MUSTER_LISTEN",
        message: `Cannot listen on ${host}:${endpoint.port} (${protocol}) as the port is taken by another program`,
        cause: { code: "EADDRINUSE" },
      });
    });

    clause("does not open at an address that is none of this machine's, and says so", async () => {
      const foreign = address.includes(":") ? "2001:db8::1" : "192.0.2.1";
      await expect(listen({ address: foreign, port: 0 }, echo)).rejects.toThrow(
        /^Cannot listen on .* as no network interface has this address$/,
      );
    });
  });
}
