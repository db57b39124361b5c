import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { OPTION, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import type { Logger } from "../../src/observe/log.ts";
import type { AnswerSettings } from "../../src/server/answer-settings.ts";
import { loadLibc } from "../../src/server/libc.ts";
import { startUdpWorkers } from "../../src/server/start-udp-workers.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import { newTurnMemory } from "../../src/server/turns.ts";
import { listenUdp } from "../../src/server/udp.ts";
import { openUdpWorkers, type UdpWorkers, type UdpWorkersOptions } from "../../src/server/udp-workers.ts";
import { makeNode } from "../../src/zone/node.ts";
import { rrset } from "../../src/zone/rrset.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { withNode } from "../../src/zone/with-node.ts";
import { makeZone } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";
import { SILENT } from "../support/log.ts";
import { udpClient } from "./clients.ts";
import { echo, echoOf, message, responderOf } from "./responders.ts";

const libc = await loadLibc();
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((it) => it.address === "::1"));
const MISBEHAVING = new URL("./misbehaving-udp-worker.mjs", import.meta.url);

const ANSWERS: AnswerSettings = {
  keys: new Map(),
  identity: "here",
  version: "",
  cookieSecrets: ["0123456789abcdef"],
  largeAnswersTo: [],
  localities: [],
  rateLimit: { perSecond: 0, slip: 0, exempt: [] },
};

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

/** The zone z.test. at a serial, which `v` tells too, and what else `lines` say. */
function zone(serial: number, lines = ""): Snapshot {
  return snapshotOf(`$ORIGIN z.test.\n@ 60 SOA ns host ${serial} 2 3 4 5\n@ 60 NS ns\nv 0 TXT ${serial}\n${lines}\n`);
}

const OPTIONS: Omit<UdpWorkersOptions, "libc" | "endpoints"> = {
  count: 2,
  answers: ANSWERS,
  queryShare: 0,
  responder: echo,
  counters: new DnsCounters(),
  log: SILENT,
  onError: () => {},
};

/** Workers that serve, and the endpoints that the system gave them. */
async function serve(
  options: Partial<UdpWorkersOptions> = {},
  addresses = ["127.0.0.1"],
): Promise<{ readonly workers: UdpWorkers; readonly at: readonly Endpoint[] }> {
  const at: Endpoint[] = [];
  for (const address of addresses) at.push({ address, port: await freePort(address) });
  const workers = openUdpWorkers({ ...OPTIONS, libc, endpoints: at, ...options });
  open.push(workers);
  workers.published(zone(1));
  await workers.serving();
  return { workers, at };
}

async function freePort(address: string): Promise<number> {
  const listener = await listenUdp({ address, port: 0 }, echo);
  await listener.close();
  return listener.endpoint.port;
}

async function clients(at: Endpoint, count: number) {
  const all = await Promise.all(Array.from({ length: count }, () => udpClient(at)));
  open.push(...all);
  return all;
}

type TestClient = Awaited<ReturnType<typeof clients>>[number];

/** The text at `v.z.test.` that one client is told. */
async function version(asking: TestClient): Promise<string> {
  asking.send(encodeQuery({ id: 1, name: parseName("v.z.test."), type: TYPE.TXT }));
  const { answer } = decodeMessage(await asking.receive())!;
  return answer[0]!.rdata.slice(1);
}

describe("UDP workers", () => {
  test("answer at every endpoint, each some of the clients", async () => {
    const { workers, at } = await serve({}, hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]);
    for (const endpoint of at) {
      const asking = await clients(endpoint, 32);
      expect(new Set(await Promise.all(asking.map(version)))).toEqual(new Set(["1"]));
    }
    const asked = workers.counters.map(({ requests }) => requests.udp[TYPE.TXT]!);
    expect(asked.reduce((a, b) => a + b)).toBe(32 * at.length);
    expect(asked.every((count) => count > 0)).toBe(true);
  });

  test("all answer from a publication as soon as it is reached, which others wait for no longer than it takes", async () => {
    const { workers, at } = await serve();
    const asking = await clients(at[0]!, 16);
    for (let serial = 2; serial < 30; serial++) {
      workers.published(zone(serial - 1, "a 5 A 192.0.2.1"));
      workers.published(zone(serial));
      await workers.reached();
      expect(new Set(await Promise.all(asking.map(version)))).toEqual(new Set([String(serial)]));
    }
    expect(workers.status).toEqual({ behind: [0, 0], restarts: 0 });
  });

  test("bring over a table of many parts, and what is published meanwhile", async () => {
    const { workers, at } = await serve();
    const many = Array.from({ length: 10_000 }, (_, i) => `i-${i} 5 A 10.0.${i >> 8}.${i & 255}`).join("\n");
    workers.published(zone(2, many));
    workers.published(zone(3, many));
    await workers.reached();
    const [asking] = await clients(at[0]!, 1);
    expect(await version(asking!)).toBe("3");
    asking!.send(encodeQuery({ id: 1, name: parseName("i-9999.z.test."), type: TYPE.A }));
    expect(decodeMessage(await asking!.receive())!.answer[0]!.rdata).toBe("\x0a\0\x27\x0f");
  });

  test("take turns all together", async () => {
    const { workers, at } = await serve({ answers: { ...ANSWERS, turnMemory: newTurnMemory() } });
    const addresses = [1, 2, 3].map((octet) => `\x0a\0\0${String.fromCharCode(octet)}`);
    const turning = rrset(TYPE.A, 5, addresses, { max: 1, draw: "roundRobin" });
    const { origin, apex } = zone(2).zone(parseName("z.test."))!;
    workers.published(
      new Snapshot([
        makeZone(
          origin,
          withNode(apex, ["t"], () => makeNode("t", [turning])),
          2,
        ),
      ]),
    );
    await workers.reached();
    const told: string[] = [];
    for (const asking of await clients(at[0]!, 30)) {
      asking.send(encodeQuery({ id: 1, name: parseName("t.z.test."), type: TYPE.A }));
      told.push(decodeMessage(await asking.receive())!.answer[0]!.rdata);
    }
    expect(told).toEqual(told.map((_, turn) => addresses[turn % 3]));
  });

  test("hand over what is answered later, and send its messages from the socket that was asked", async () => {
    const seen: unknown[] = [];
    const responder = responderOf(
      () => 0,
      async function* (request, client) {
        seen.push(client);
        yield echoOf(request);
        yield message(7, 3000);
      },
    );
    const { at } = await serve({ responder });
    for (const asking of await clients(at[0]!, 8)) {
      const request = encodeQuery({ id: 7, name: parseName("z.test."), type: TYPE.IXFR });
      asking.send(request);
      expect(await asking.receive()).toEqual(echoOf(request));
      expect(Buffer.from(message(7, 3000)).equals(await asking.receive())).toBe(true);
      expect(seen.splice(0)).toEqual([{ address: "127.0.0.1", port: asking.port, protocol: "udp" }]);
    }
  });

  test("tell of the bugs that queries meet", async () => {
    const onError = vi.fn();
    const { workers, at } = await serve({ onError, worker: MISBEHAVING });
    const [asking] = await clients(at[0]!, 1);
    const options = [{ code: OPTION.COOKIE, data: "01234567" }];
    asking!.send(
      encodeQuery({ id: 1, name: parseName("v.z.test."), type: TYPE.TXT, edns: { udpOctets: 1232, options } }),
    );
    expect(decodeMessage(await asking!.receive())!.rcode).toBe(RCODE.SERVFAIL);
    await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: "no clock" })));
    expect(workers.counters.map(({ faults }) => faults).reduce((a, b) => a + b)).toBe(1);
    expect(await version(asking!)).toBe("1");
  });

  test("take no port of another program, and leave none behind", async () => {
    const at = [
      { address: "127.0.0.1", port: await freePort("127.0.0.1") },
      { address: "127.0.0.2", port: await freePort("127.0.0.2") },
    ];
    const other = await listenUdp(at[1]!, echo);
    const opening = () => openUdpWorkers({ ...OPTIONS, libc, endpoints: at });
    expect(opening).toThrow(`Cannot listen on 127.0.0.2:${at[1]!.port} (udp) as the port is taken by another program`);
    await other.close();
    open.push(opening());
  });

  test("that are closed free their ports, whether they serve yet or not", async () => {
    const at = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
    for (const isServing of [true, false]) {
      const workers = openUdpWorkers({ ...OPTIONS, libc, endpoints: [at] });
      workers.published(zone(1));
      if (isServing) await workers.serving();
      await Promise.all([workers.close(), workers.close()]);
    }
    const again = await listenUdp(at, echo);
    await again.close();
  });
});

describe("a UDP worker that", () => {
  test.each(["exit", "throw", "hang"])(
    "has to %s is replaced: port and waiting queries stay, and no write hangs",
    async (text) => {
      const log = { error: vi.fn() };
      const { workers, at } = await serve({ worker: MISBEHAVING, lookMs: 50, log: log as unknown as Logger });
      const asking = await clients(at[0]!, 16);
      const fatal = `x 5 TXT ${text}`;
      workers.published(zone(2, fatal));
      await workers.reached();
      expect(new Set(await Promise.all(asking.map(version)))).toEqual(new Set(["2"]));
      expect(workers.status).toEqual({ behind: [0, 0], restarts: 2 });
      expect(log.error).toHaveBeenCalledTimes(2);
      workers.published(zone(3, fatal));
      await workers.reached();
      expect(new Set(await Promise.all(asking.map(version)))).toEqual(new Set(["3"]));
    },
  );

  test("cannot start leaves UDP to the main thread, with a line in the log", async () => {
    const log = { error: vi.fn(), warn: vi.fn() };
    const at = { address: "127.0.0.1", port: await freePort("127.0.0.1") };
    const worker = new URL("./no-such-worker.mjs", import.meta.url);
    const options = { ...OPTIONS, endpoints: [at], worker, log: log as unknown as Logger };
    expect(await startUdpWorkers(options, zone(1))).toBeUndefined();
    expect(log.error).not.toHaveBeenCalled();
    expect(log.warn.mock.calls).toEqual([
      [
        { why: expect.stringContaining("no-such-worker.mjs") },
        "UDP workers cannot run here: the main thread answers UDP",
      ],
    ]);
    const again = await listenUdp(at, echo);
    await again.close();
  });
});
