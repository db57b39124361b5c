import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { decodeMessage } from "../../src/dns/message.ts";
import { nameText } from "../../src/dns/name.ts";
import { OPCODE, RCODE } from "../../src/dns/numbers.ts";
import { parseQuery } from "../../src/dns/query.ts";
import { createLogger } from "../../src/observe/log.ts";
import { Notifier, type NotifierOptions, type NotifyTarget } from "../../src/server/notify.ts";
import { verifyRequest } from "../../src/server/tsig.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { serialOf } from "../../src/zone/zone.ts";
import { snapshotOf } from "../support/ask.ts";
import { SILENT } from "../support/log.ts";
import { KEY, KEYS, NOW } from "../support/tsig-ends.ts";

const FAST = { pauseMs: 1, retryMs: 5, retryMaxMs: 20 };

function version(serial: number, origin = "z.test."): Snapshot {
  return snapshotOf(`$ORIGIN ${origin}\n@ 60 SOA ns host ${serial} 2 3 4 5\n@ 60 NS ns\n`);
}

test("a new version is told to each target, with its SOA (RFC 1996 §3.7)", async () => {
  const secondaries = [await startSecondary(), await startSecondary()];
  const notifier = startNotifier({ targets: secondaries.map(({ target }) => target) });
  notifier.published(version(1), version(2));
  for (const secondary of secondaries) {
    const { message, acknowledge } = await secondary.next();
    expect(message).toMatchObject({ opcode: OPCODE.NOTIFY, rcode: 0, authority: [], additional: [] });
    expect([...message.flags]).toEqual(["aa"]);
    expect(message.questions.map(({ name, type }) => [nameText(name), type])).toEqual([["z.test.", 6]]);
    expect(message.answer.map(({ owner, ttl, rdata }) => [nameText(owner), ttl, serialOf(rdata)])).toEqual([
      ["z.test.", 60, 2],
    ]);
    acknowledge();
  }
});

test("a version is told again and again until it is acknowledged, and then no more", async () => {
  const secondary = await startSecondary();
  const notifier = startNotifier({ targets: [secondary.target] });
  notifier.published(undefined, version(1));
  expect((await secondary.next()).serial).toBe(1);
  expect((await secondary.next()).serial).toBe(1);
  (await secondary.next()).acknowledge();
  notifier.published(version(1), version(2));
  await secondary.untilAcknowledged(2);
  notifier.published(version(2), version(3));
  await secondary.untilAcknowledged(3);
  expect(secondary.told).toEqual(secondary.told.toSorted());
});

test("of versions published before an acknowledgement only the last is told", async () => {
  const secondary = await startSecondary();
  const notifier = startNotifier({ targets: [secondary.target], times: { ...FAST, retryMs: 10_000 } });
  notifier.published(undefined, version(1));
  const first = await secondary.next();
  for (let serial = 2; serial <= 9; serial++) notifier.published(version(serial - 1), version(serial));
  first.acknowledge();
  const second = await secondary.next();
  expect([first.serial, second.serial]).toEqual([1, 9]);
});

test("what has the serial it had is not told, and what is new or has another is", async () => {
  const secondary = await startSecondary();
  const notifier = startNotifier({ targets: [secondary.target] });
  const [a, b] = [version(1, "a.test."), version(1, "b.test.")];
  const all = (...snapshots: Snapshot[]) => new Snapshot(snapshots.flatMap(({ zones }) => [...zones]));
  notifier.published(all(a), all(a));
  notifier.published(all(a), all(a, b));
  const { message, acknowledge } = await secondary.next();
  expect(nameText(message.questions[0]!.name)).toBe("b.test.");
  acknowledge();
});

test("a zone that is gone is told of no more", async () => {
  const secondary = await startSecondary();
  const notifier = startNotifier({ targets: [secondary.target] });
  notifier.published(undefined, version(1));
  await secondary.next();
  notifier.published(version(1), version(7, "other.test."));
  await secondary.untilAcknowledged(7);
  notifier.published(version(7, "other.test."), version(8, "other.test."));
  await secondary.untilAcknowledged(8);
  expect(secondary.told).toEqual(secondary.told.toSorted());
});

test.each<[what: string, forge: (request: Uint8Array) => Uint8Array]>([
  ["with another id", (request) => altered(request, 1, request[1]! ^ 1)],
  ["without QR", (request) => altered(request, 2, OPCODE.NOTIFY << 3)],
  ["of another opcode", (request) => altered(request, 2, 0x80)],
  ["cut off behind its id", (request) => request.slice(0, 2)],
  ["of no octets", () => new Uint8Array(0)],
])("a response %s is none", async (_, forge) => {
  const secondary = await startSecondary();
  const notifier = startNotifier({ targets: [secondary.target] });
  notifier.published(undefined, version(1));
  const { request, respond } = await secondary.next();
  respond(forge(altered(request, 2, 0x80 | (OPCODE.NOTIFY << 3))));
  await secondary.untilAcknowledged(1);
});

test("a refusal is logged once and not argued with", async () => {
  const secondary = await startSecondary();
  const lines: { outcome?: string; level: string }[] = [];
  const log = createLogger({ level: "info", format: "json" }, { write: (line) => lines.push(JSON.parse(line)) });
  const notifier = startNotifier({ targets: [secondary.target], log });
  notifier.published(undefined, version(1));
  (await secondary.next()).acknowledge(RCODE.REFUSED);
  notifier.published(version(1), version(2));
  const second = await secondary.next();
  expect(second.serial).toBe(2);
  second.acknowledge(RCODE.REFUSED);
  notifier.published(version(2), version(3));
  (await secondary.next()).acknowledge();
  notifier.published(version(3), version(4));
  await secondary.next();
  expect(lines.map(({ level, outcome }) => [level, outcome])).toEqual([
    ["warn", "REFUSED"],
    ["info", "NOERROR"],
  ]);
});

test("with a key the request is signed, and only a response signed with it counts", async () => {
  const secondary = await startSecondary();
  const target = { ...secondary.target, key: KEY.name };
  const notifier = startNotifier({ targets: [target], keys: KEYS, nowSeconds: () => NOW });
  notifier.published(undefined, version(1));
  (await secondary.next()).acknowledge();
  const { request, respond } = await secondary.next();
  const signer = verifyRequest(request, parseQuery(request).tsigAt, KEYS, NOW)!;
  expect([signer.key, signer.error]).toEqual([KEY.name, 0]);
  const response = new Uint8Array(512);
  response.set([request[0]!, request[1]!, 0x80 | (OPCODE.NOTIFY << 3)]);
  respond(response.subarray(0, signer.sign(response, 12)));
  notifier.published(version(1), version(2));
  await secondary.untilSerial(2);
});

test("a key that nobody has is an error at the start", () => {
  expect(() => startNotifier({ targets: [{ address: "192.0.2.1", port: 53, key: KEY.name }] })).toThrow(
    "Cannot notify 192.0.2.1 port 53 as there must be a key key.example.",
  );
});

test("it speaks from the address that it is given", async () => {
  const secondary = await startSecondary();
  const notifier = startNotifier({ targets: [secondary.target], sourceOf: () => "127.0.0.77" });
  notifier.published(undefined, version(1));
  const { source, acknowledge } = await secondary.next();
  expect(source).toBe("127.0.0.77");
  acknowledge();
});

test("a target that is not there yet is told when it is", async () => {
  const early = await startSecondary();
  const { port } = early.target;
  await early.close();
  const notifier = startNotifier({ targets: [early.target] });
  notifier.published(undefined, version(1));
  const late = await startSecondary(port);
  await late.untilAcknowledged(1);
});

test("an address that we do not have keeps nothing else from being told", async () => {
  const secondary = await startSecondary();
  let source: string | undefined = "192.0.2.1";
  const away = startNotifier({ targets: [secondary.target], sourceOf: () => source });
  away.published(undefined, version(1));
  source = undefined;
  const here = startNotifier({ targets: [secondary.target], sourceOf: () => source });
  here.published(undefined, version(7));
  await secondary.untilAcknowledged(7);
  await away.close();
});

function altered(bytes: Uint8Array, at: number, octet: number): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[at] = octet;
  return other;
}

function startNotifier(options: Partial<NotifierOptions>): Notifier {
  const notifier = new Notifier({
    targets: [],
    keys: new Map(),
    sourceOf: () => undefined,
    nowSeconds: () => NOW,
    log: SILENT,
    times: FAST,
    ...options,
  });
  onTestFinished(() => notifier.close());
  return notifier;
}

/** A secondary that answers what the test has it answer. */
async function startSecondary(port = 0) {
  const socket = createSocket("udp4").bind(port, "127.0.0.1");
  await once(socket, "listening");
  const arrived: ReturnType<typeof received>[] = [];
  const told: number[] = [];
  let wake = () => {};
  const received = (request: Buffer, source: { address: string; port: number }) => {
    const message = decodeMessage(request)!;
    const respond = (bytes: Uint8Array) => socket.send(bytes, source.port, source.address);
    return {
      request,
      message,
      serial: serialOf(message.answer[0]!.rdata),
      source: source.address,
      respond,
      acknowledge: (rcode = 0) => respond(altered(altered(request, 2, 0x80 | (OPCODE.NOTIFY << 3)), 3, rcode)),
    };
  };
  socket.on("message", (request, source) => {
    arrived.push(received(request, source));
    told.push(arrived.at(-1)!.serial);
    wake();
  });
  const next = async () => {
    while (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return arrived.shift()!;
  };
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await new Promise<void>((resolve) => socket.close(resolve));
  };
  onTestFinished(close);
  const untilSerial = async (serial: number) => {
    for (;;) {
      const notice = await next();
      if (notice.serial === serial) return notice;
    }
  };
  return {
    target: { address: "127.0.0.1", port: socket.address().port } satisfies NotifyTarget,
    next,
    untilSerial,
    untilAcknowledged: async (serial: number) => (await untilSerial(serial)).acknowledge(),
    /** All serials that arrived, in order. */
    told,
    close,
  };
}
