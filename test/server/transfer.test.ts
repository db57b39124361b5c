import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/dns/message.ts";
import { nameText } from "../../src/dns/name.ts";
import { OPTION, RCODE } from "../../src/dns/numbers.ts";
import { readU16, u32, utf8Text } from "../../src/dns/octets.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import type { Zone } from "../../src/zone/zone.ts";
import { SNAPSHOT } from "../fuzz/world.ts";
import { snapshotOf } from "../support/ask.ts";
import { type Change, operate, putInstance, Registry, SCHEME, vote } from "../support/registry.ts";
import { KEY, KEYS, NOW } from "../support/tsig-ends.ts";
import { recordsOf } from "../support/zone-records.ts";
import { answers, applied, grants, Primary, type TransferOptions } from "./transfer-client.ts";

const SOA = "z.test. 60 SOA ns.z.test. host.z.test.";
const TIMES = "2 3 604800 5";

/** A zone of this serial, with these lines besides its SOA and NS. */
function version(serial: number, lines = ""): Snapshot {
  return snapshotOf(`$ORIGIN z.test.\n@ 60 SOA ns host ${serial} ${TIMES}\n@ 60 NS ns\nns 60 A 192.0.2.1\n${lines}`);
}

function primaryOf(...versions: Snapshot[]): Primary {
  const primary = new Primary();
  for (const snapshot of versions) primary.publish(snapshot);
  return primary;
}

/** The rcode, and the Extended DNS Error with its text. */
function refusal([message, ...more]: Message[]): string {
  expect([message?.answer.length, more.length]).toEqual([0, 0]);
  const rcode = Object.entries(RCODE).find(([, number]) => number === message?.rcode)?.[0];
  const ede = message?.edns?.options.find(({ code }) => code === OPTION.EDE)?.data;
  return ede === undefined ? `${rcode}` : `${rcode} ${readU16(ede, 0)} ${utf8Text(ede.slice(2))}`;
}

describe("AXFR", () => {
  test.each([...SNAPSHOT.zones].map((zone): [string, Zone] => [nameText(zone.origin), zone]))(
    "of %s holds every record once, whatever it is, between two copies of the SOA",
    async (origin, zone) => {
      const lines = answers(await primaryOf(SNAPSHOT).transfer(`${origin} AXFR`));
      expect(lines[0]).toContain(` ${zone.serial} `);
      expect(lines.at(-1)).toBe(lines[0]);
      expect(lines.slice(1, -1).sort()).toEqual(recordsOf(zone));
    },
  );

  test("has in each message the id, the question, AA and no more than 16 KiB and a record", async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `name-${i} 60 TXT "${"x".repeat(i % 80)}"\n`).join("");
    const messages = await primaryOf(version(7, many)).transfer("z.test. AXFR", { udpOctets: 1232 });
    expect(messages.length).toBeGreaterThan(5);
    for (const { id, rcode, flags, questions, edns, authority, additional } of messages) {
      expect([id, rcode, [...flags].join(" "), questions.length]).toEqual([4711, RCODE.NOERROR, "qr aa", 1]);
      expect([edns?.udpOctets, authority.length, additional.length]).toEqual([1232, 0, 0]);
    }
    expect(new Set(answers(messages)).size).toBe(3003);
  });

  test("carries records of any size that a message can have", async () => {
    const octets = (count: number) => Array.from({ length: count }, () => `"${"x".repeat(255)}"`).join(" ");
    const lines = `a 60 TXT ${octets(250)}\nb 60 TXT ${octets(250)}\nc 60 TXT ${octets(1)}\n`;
    const messages = await primaryOf(version(7, lines)).transfer("z.test. AXFR");
    expect(answers(messages)).toHaveLength(7);
    expect(messages.length).toBeLessThanOrEqual(3);
  });

  test("is of the zone as it was when it began, whatever is published meanwhile", async () => {
    const primary = primaryOf(version(1, Array.from({ length: 2000 }, (_, i) => `a-${i} 60 TXT x\n`).join("")));
    const transfer = primary.messages("z.test. AXFR")[Symbol.asyncIterator]();
    await transfer.next();
    primary.publish(version(2));
    let records = 0;
    for (let next = await transfer.next(); !next.done; next = await transfer.next()) {
      records += Buffer.from(next.value).readUInt16BE(6);
    }
    expect(records).toBeGreaterThan(1000);
  });

  test("makes no message before it is asked for, and none for a client that is gone", async () => {
    const primary = primaryOf(version(1, Array.from({ length: 2000 }, (_, i) => `a-${i} 60 TXT x\n`).join("")));
    const transfer = primary.messages("z.test. AXFR")[Symbol.asyncIterator]();
    await transfer.next();
    await transfer.return?.(undefined);
    expect((await transfer.next()).done).toBe(true);
    expect(primary.counters.responses[RCODE.NOERROR]).toBe(1);
  });

  test("leaves the event loop to others between any two messages", async () => {
    const primary = primaryOf(version(1, Array.from({ length: 4000 }, (_, i) => `a-${i} 60 TXT x\n`).join("")));
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const all = await Promise.all([primary.transfer("z.test. AXFR"), primary.transfer("z.test. AXFR")]);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(all.flat().length);
  });
});

describe("IXFR", () => {
  const old = version(1, "a 60 A 192.0.2.7\nb 60 A 192.0.2.8\nc 60 A 192.0.2.10\nd 60 TXT x\n");
  const now = version(5, "a 60 A 192.0.2.7\nb 60 A 192.0.2.9\nc 60 A 192.0.2.10\nd 60 TXT x\n");
  const DELTA = [
    `${SOA} 5 ${TIMES}`,
    `${SOA} 1 ${TIMES}`,
    "b.z.test. 60 A 192.0.2.8",
    `${SOA} 5 ${TIMES}`,
    "b.z.test. 60 A 192.0.2.9",
    `${SOA} 5 ${TIMES}`,
  ];
  const CURRENT = [`${SOA} 5 ${TIMES}`];

  test.each<[what: string, question: string, options: TransferOptions, expected: string[] | "whole"]>([
    ["the differences, condensed", "z.test. IXFR=1", {}, DELTA],
    ["the differences over TLS", "z.test. IXFR=1", { protocol: "tls" }, DELTA],
    ["the differences over UDP where they fit", "z.test. IXFR=1", { protocol: "udp" }, DELTA],
    ["its own SOA to a client that is current", "z.test. IXFR=5", {}, CURRENT],
    ["its own SOA to a client that is newer", "z.test. IXFR=6", {}, CURRENT],
    ["the zone to a client that is older, from before the wrap", "z.test. IXFR=4294967290", {}, "whole"],
    ["the zone to a client whose version nobody remembers", "z.test. IXFR=3", {}, "whole"],
    ["its own SOA over UDP where the version is unknown", "z.test. IXFR=3", { protocol: "udp" }, CURRENT],
  ])("answers with %s", async (_, question, options, expected) => {
    const primary = primaryOf(old, version(4), now);
    const lines = answers(await primary.transfer(question, options));
    if (expected === "whole") expect(lines.slice(1, -1).sort()).toEqual(recordsOf(zoneOf(now)));
    else expect(lines).toEqual(expected);
  });

  test("answers with its own SOA over UDP where the differences do not fit", async () => {
    const many = Array.from({ length: 20 }, (_, i) => `a-${i} 60 TXT ${"x".repeat(40)}\n`);
    const primary = primaryOf(version(1, many.join("")), version(5, many.slice(0, -12).join("")));
    const ask = async (udpOctets?: number) =>
      answers(await primary.transfer("z.test. IXFR=1", { protocol: "udp", ...(udpOctets && { udpOctets }) }));
    expect(await ask()).toEqual(CURRENT);
    expect(await ask(512)).toEqual(CURRENT);
    expect(await ask(1232)).toHaveLength(4 + 12);
  });

  test("has its differences for a client that was told over UDP to come back, however old its version", async () => {
    const many = Array.from({ length: 60 }, (_, i) => `a-${i} 60 TXT ${"x".repeat(40)}\n`);
    const primary = primaryOf(version(1, many.join("")));
    await primary.transfer("z.test. AXFR");
    for (let serial = 2; serial <= 300; serial++) primary.publish(version(serial, many.slice(20).join("")));
    const [udp, tcp] = [
      await primary.transfer("z.test. IXFR=1", { protocol: "udp" }),
      await primary.transfer("z.test. IXFR=1"),
    ];
    expect([answers(udp).length, answers(tcp).length]).toEqual([1, 4 + 20]);
    expect(primary.counters.transfers).toEqual({ full: 1, incremental: 1, soa: 1 });
  });

  test("answers with the zone where the differences would be more than that", async () => {
    const lines = (first: number) => Array.from({ length: 20 }, (_, i) => `a-${first + i} 60 TXT x\n`).join("");
    const primary = primaryOf(version(1, lines(0)), version(5, lines(12)));
    expect(answers(await primary.transfer("z.test. IXFR=1"))).toHaveLength(24);
    const other = primaryOf(version(1, lines(0)), version(5, lines(8)));
    expect(answers(await other.transfer("z.test. IXFR=1"))).toHaveLength(20);
  });

  test("of any registrations brings a secondary from any version to the present one", async () => {
    const services = fc.constantFrom("web", "db");
    const ids = fc.constantFrom("a", "b", "c", "d", "e");
    const changes: fc.Arbitrary<Change> = fc.oneof(
      fc
        .record({ service: services, id: ids, address: fc.constantFrom("10.0.0.1", "10.0.0.2", "2001:db8::1") })
        .map(({ service, id, address }) => putInstance(service, id, { addresses: [address] })),
      fc.tuple(services, ids).map(([service, id]): Change => `inst/${service}/${id}`),
      fc.tuple(services, ids).map(([service, id]) => vote(service, id, "critical")),
      fc.tuple(services, ids).map(([service, id]) => operate(service, id, "maintenance")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 25 }), async (all) => {
        const primary = new Primary();
        const steady = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"].map((id) => putInstance("steady", id));
        const registry = new Registry().commit(...steady);
        const versions = [registry.snapshot()];
        for (const change of all) versions.push(registry.commit(change).snapshot());
        for (const snapshot of versions) primary.publish(snapshot);
        const present = versions.at(-1)!.zone(SCHEME.zone)!;
        for (const snapshot of versions.slice(0, -1)) {
          const held = snapshot.zone(SCHEME.zone)!;
          const messages = await primary.transfer(`svc.test. IXFR=${held.serial}`);
          const isWhole = answers(messages).filter((line) => line.includes(" SOA ")).length === 2;
          const result = isWhole ? answers(messages).slice(1, -1).sort() : applied(recordsOf(held), messages);
          expect(result).toEqual(recordsOf(present));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a transfer is refused", () => {
  const tcp: TransferOptions = { udpOctets: 1232 };
  const udp: TransferOptions = { udpOctets: 1232, protocol: "udp" };
  const away: TransferOptions = { udpOctets: 1232, address: "192.0.2.7" };
  test.each<[what: string, question: string, options: TransferOptions, expected: string]>([
    ["of a name below the apex", "ns.z.test. AXFR", tcp, "NOTAUTH 20 no zone of ours has this apex"],
    ["of a zone that is not ours", "other.test. IXFR=1", tcp, "NOTAUTH 20 no zone of ours has this apex"],
    ["to who has no grant", "z.test. AXFR", away, "REFUSED 18 transfer is not granted to 192.0.2.7 with no key"],
    [
      "to who has no grant, over UDP",
      "z.test. IXFR=1",
      { ...away, protocol: "udp" },
      "REFUSED 18 transfer is not granted to 192.0.2.7 with no key",
    ],
    ["over UDP when it is AXFR", "z.test. AXFR", udp, "FORMERR 0 AXFR needs TCP (RFC 5936 section 4.2)"],
    [
      "when IXFR brings no SOA",
      "z.test. IXFR",
      tcp,
      "FORMERR 0 IXFR needs the client's SOA in Authority (RFC 1995 section 3)",
    ],
    ["without EDNS without a word", "z.test. AXFR", { address: "192.0.2.7" }, "REFUSED"],
  ])("%s", async (_, question, options, expected) => {
    expect(refusal(await primaryOf(version(1)).transfer(question, options))).toBe(expected);
  });

  test("while nothing is loaded", async () => {
    expect(refusal(await new Primary().transfer("z.test. AXFR", tcp))).toBe("SERVFAIL 14 the table is not loaded yet");
  });

  test("when a record is larger than a message", async () => {
    const strings = Array.from({ length: 256 }, (_, i) => `"${"x".repeat(i < 255 ? 255 : 254)}"`).join(" ");
    const messages = await primaryOf(version(1, `big 60 TXT ${strings}\n`)).transfer("z.test. AXFR");
    expect(messages.at(-1)).toMatchObject({ rcode: RCODE.SERVFAIL, answer: [] });
  });
});

describe("a grant", () => {
  const away = "192.0.2.7";
  test.each<[grants: string[], options: TransferOptions, isGranted: boolean]>([
    [["127.0.0.0/8"], {}, true],
    [["127.0.0.0/8"], { key: KEY }, true],
    [["127.0.0.0/8"], { address: away }, false],
    [["key key.example"], { address: away }, false],
    [["key key.example"], { address: away, key: KEY }, true],
    [["key other.example"], { address: away, key: KEY }, false],
    [["127.0.0.0/8 key key.example"], {}, false],
    [["127.0.0.0/8 key key.example"], { address: away, key: KEY }, false],
    [["10.0.0.0/8", "192.0.2.0/24"], { address: away }, true],
    [[], {}, false],
  ])("%j for %j: %s", async (texts, options, isGranted) => {
    const nowSeconds = () => NOW;
    const primary = new Primary({ keys: KEYS, transferTo: grants(...texts), nowSeconds });
    primary.publish(version(1));
    const [message] = await primary.transfer("z.test. AXFR", options);
    expect(message?.rcode).toBe(isGranted ? RCODE.NOERROR : RCODE.REFUSED);
  });

  test("by key has every message signed, each tied to the one before (RFC 8945 §5.3.1)", async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `name-${i} 60 TXT "${"x".repeat(i % 80)}"\n`).join("");
    const primary = new Primary({ keys: KEYS, transferTo: grants("key key.example"), nowSeconds: () => NOW });
    primary.publish(version(1, many));
    const messages = await primary.transfer("z.test. AXFR", { key: KEY, udpOctets: 1232 });
    expect(messages.length).toBeGreaterThan(5);
    expect(new Set(answers(messages)).size).toBe(3003);
  });
});

test.each(["z.test. AXFR", "z.test. IXFR=0", "z.test. IXFR=1"])(
  "EXPIRE is told with %s to who asks (RFC 7314)",
  async (question) => {
    const options = [{ code: OPTION.EXPIRE, data: "" }];
    const [message] = await primaryOf(version(1)).transfer(question, { options });
    expect(message?.edns?.options).toEqual([{ code: OPTION.EXPIRE, data: u32(604_800) }]);
  },
);

test("an update is refused with a reason where nobody may update", async () => {
  const update = Uint8Array.from([
    0, 1, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x7a, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, 6, 0, 1,
  ]);
  const primary = primaryOf(version(1));
  const client = { address: "127.0.0.1", port: 1, protocol: "tcp" } as const;
  const responses: Uint8Array[] = [];
  for await (const response of primary.responder.respondLater(update, client)) responses.push(response);
  expect(responses.map((response) => [response[2], response[3]])).toEqual([[0xa8, RCODE.REFUSED]]);
});

function zoneOf(snapshot: Snapshot): Zone {
  return [...snapshot.zones][0]!;
}
