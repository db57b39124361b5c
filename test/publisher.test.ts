import { describe, expect, test, vi } from "vitest";
import type { Feed, Item } from "../src/catalog/store.ts";
import { parseMasterFile } from "../src/dns/master-file.ts";
import { parseName } from "../src/dns/name.ts";
import { completed, type Fixed } from "../src/fixed.ts";
import { PublishError, Publisher, type PublisherOptions } from "../src/publisher.ts";
import { buildZones, type StaticZone } from "../src/zone/build.ts";
import { ask, lines } from "./support/ask.ts";
import { SILENT } from "./support/log.ts";
import { type Change, putInstance, SCHEME } from "./support/registry.ts";

function zonesOf(text: string): readonly StaticZone[] {
  const origin = parseName("svc.test");
  const { records } = parseMasterFile(text, {
    file: "svc.test.zone",
    origin,
    readInclude: () => ({ kind: "refused", reason: "" }),
  });
  return buildZones([records], origin).zones;
}

function fixed(zones: readonly StaticZone[] = [], scheme = SCHEME): Fixed {
  return { scheme, zones: completed(zones, scheme, ["127.0.0.1"]) };
}

function open(parts: Partial<PublisherOptions> = {}): Publisher {
  return new Publisher({
    fixed: fixed(),
    publishIntervalMs: 0,
    nowMs: () => 0,
    log: SILENT,
    onFold: () => undefined,
    onSnapshot: () => undefined,
    onPublished: () => undefined,
    onError: () => undefined,
    ...parts,
  });
}

const reset = (revision: number): Feed => ({ kind: "reset", revision, items: [], why: "start" });
function change(revision: number, ...changes: Change[]): Feed {
  const puts: Item[] = changes
    .filter((one) => typeof one !== "string")
    .map(([key, value]) => ({ key, value: JSON.stringify(value), revision }));
  return { kind: "change", revision, puts, deletes: changes.filter((one) => typeof one === "string") };
}
const answer = (publisher: Publisher, question: string) => lines(ask(publisher.current(), question));
const serial = (publisher: Publisher) => publisher.current()?.zone(SCHEME.zone)?.serial;

describe("the pump (DESIGN §1)", () => {
  test("before the first table there is no snapshot; reached(0) waits for it", async () => {
    const publisher = open();
    expect(publisher.current()).toBeUndefined();
    expect(publisher.trouble).toBe("the table is not loaded yet");
    publisher.offer(reset(0));
    await publisher.reached(0);
    expect(answer(publisher, "svc.test. NS")).toEqual([
      "NOERROR aa",
      "an svc.test. 3600 NS ns.svc.test.",
      "ad ns.svc.test. 3600 A 127.0.0.1",
    ]);
  });

  test("a store that is away at the start is an error, and no reason to answer from an empty table", async () => {
    const publisher = open();
    publisher.offer({ kind: "lost", sinceMs: 0, why: "disk on fire" });
    await expect(publisher.reached(0)).rejects.toThrow("the store is away: disk on fire");
    expect(publisher.current()).toBeUndefined();
  });

  test("everything that waits is one publication, and reached tells when it is answered", async () => {
    const onPublished = vi.fn();
    const publisher = open({ onPublished });
    publisher.offer(reset(0));
    for (let i = 1; i <= 50; i++)
      publisher.offer(change(i, putInstance("web", `i-${i}`, { addresses: [`10.0.0.${i}`] })));
    await publisher.reached(50);
    expect(onPublished).toHaveBeenCalledTimes(1);
    expect(ask(publisher.current(), "web.svc.test. A", { protocol: "tcp" }).answer.length).toBe(50);
  });

  test("what takes long is done in turns: others run in between, and nothing of it is answered before all is", async () => {
    let ms = 0;
    // Time passes by being asked for.
    const publisher = open({ nowMs: () => ms++ });
    publisher.offer(reset(0));
    await publisher.reached(0);
    const many = Array.from({ length: 50 }, (_, i) => putInstance("web", `i-${i}`, { addresses: [`10.0.0.${i}`] }));
    publisher.offer(change(1, ...many));
    let isReached = false;
    const reached = publisher.reached(1).then(() => (isReached = true));
    let turns = 0;
    while (!isReached) {
      expect(answer(publisher, "web.svc.test. A")[0]).toBe("NXDOMAIN aa");
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    await reached;
    expect(turns).toBeGreaterThan(5);
    expect(ask(publisher.current(), "web.svc.test. A", { protocol: "tcp" }).answer.length).toBe(50);
  });

  test("zones that are read again while a publication is under way do not lose it", async () => {
    let ms = 0;
    const publisher = open({ nowMs: () => ms++ });
    publisher.offer(reset(0));
    await publisher.reached(0);
    publisher.offer(change(1, ...Array.from({ length: 50 }, (_, i) => putInstance("web", `i-${i}`))));
    await new Promise((resolve) => setImmediate(resolve));
    publisher.replace(fixed([], { ...SCHEME, ttlSeconds: 9 }));
    await publisher.reached(1);
    expect(answer(publisher, "web.svc.test. A")).toEqual(["NOERROR aa", "an web.svc.test. 9 A 10.0.0.1"]);
  });

  test("the serial is the file's plus the revision of the last change that altered a record", async () => {
    const publisher = open({ fixed: fixed(zonesOf("@ 60 SOA ns h 4000 1 1 1 1\n@ 60 NS ns")) });
    publisher.offer(reset(7));
    await publisher.reached(7);
    expect(serial(publisher)).toBe(4007);
    publisher.offer(change(8, putInstance("web", "a")));
    await publisher.reached(8);
    expect(serial(publisher)).toBe(4008);
    publisher.offer(change(9, putInstance("web", "a", { locality: "eu" })));
    await publisher.reached(9);
    expect(serial(publisher)).toBe(4008);
  });

  test("a batch that cannot be derived leaves the old snapshot serving, and the next one mends it", async () => {
    const onError = vi.fn();
    const publisher = open({ onError });
    publisher.offer(reset(0));
    publisher.offer(change(1, putInstance("web", "a")));
    await publisher.reached(1);
    publisher.offer(change(2, putInstance("web", "b", { addresses: undefined as never })));
    await expect(publisher.reached(2)).rejects.toThrow(PublishError);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(publisher.trouble).toContain("revision 2 could not be published");
    expect(answer(publisher, "web.svc.test. A")).toEqual(["NOERROR aa", "an web.svc.test. 5 A 10.0.0.1"]);
    publisher.offer(change(3, putInstance("web", "b", { addresses: ["10.0.0.2"] })));
    await publisher.reached(3);
    expect(publisher.trouble).toBeUndefined();
    expect(ask(publisher.current(), "web.svc.test. A").answer.length).toBe(2);
  });

  test("a lost source changes no answer and shows as trouble until it speaks again", async () => {
    const publisher = open();
    publisher.offer(reset(0));
    publisher.offer(change(1, putInstance("web", "a")));
    publisher.offer({ kind: "lost", sinceMs: 0, why: "disk on fire" });
    await publisher.reached(1);
    expect(publisher.trouble).toBe("the store is away: disk on fire");
    expect(answer(publisher, "web.svc.test. A")[1]).toBe("an web.svc.test. 5 A 10.0.0.1");
    publisher.offer({ kind: "mark", revision: 1, atMs: 0 });
    await publisher.nextPublication(new AbortController().signal);
    expect(publisher.trouble).toBeUndefined();
  });
});

describe("static data in the discovery zone (DESIGN §5)", () => {
  const extra =
    'www 60 A 192.0.2.1\nweb 60 TXT "static"\nweb 60 A 192.0.2.2\nold 60 CNAME www\ndeep.web 60 A 192.0.2.3';

  test("merges by type with what is generated, below SOA and NS of ours", async () => {
    const publisher = open({ fixed: fixed(zonesOf(extra)) });
    publisher.offer(reset(0));
    publisher.offer(change(1, putInstance("web", "a")));
    await publisher.reached(1);
    expect(answer(publisher, "www.svc.test. A")).toEqual(["NOERROR aa", "an www.svc.test. 60 A 192.0.2.1"]);
    expect(answer(publisher, "web.svc.test. TXT")).toEqual(["NOERROR aa", 'an web.svc.test. 60 TXT "static"']);
    expect(answer(publisher, "web.svc.test. A").toSorted()).toEqual([
      "NOERROR aa",
      "an web.svc.test. 5 A 10.0.0.1",
      "an web.svc.test. 5 A 192.0.2.2",
    ]);
    expect(answer(publisher, "deep.web.svc.test. A")[1]).toBe("an deep.web.svc.test. 60 A 192.0.2.3");
  });

  test("a CNAME or a cut leaves no room for a service, and says where it stands", () => {
    const publisher = open({ fixed: fixed(zonesOf(`${extra}\nsub 60 NS ns.sub`)) });
    expect(publisher.clash("web")).toBeUndefined();
    expect(publisher.clash("old")).toBe("the static data at old.svc.test. (svc.test.zone:4:1) leaves no room for it");
    expect(publisher.clash("sub")).toContain("svc.test.zone:6:1");
  });

  test("zones that clash with what is registered are refused, and the old ones stay", async () => {
    const publisher = open({ fixed: fixed(zonesOf(extra)) });
    publisher.offer(reset(0));
    publisher.offer(change(1, putInstance("web", "a")));
    await publisher.reached(1);
    const clashing = fixed(zonesOf("web 60 CNAME www"));
    expect(() => publisher.replace(clashing)).toThrow(
      'svc.test.zone:1:1: web.svc.test. clashes with the service "web"',
    );
    expect(answer(publisher, "www.svc.test. A")[1]).toBe("an www.svc.test. 60 A 192.0.2.1");
    const other = fixed(zonesOf("www 60 A 192.0.2.9"), { ...SCHEME, ttlSeconds: 9 });
    expect(publisher.replace(other)).toEqual([SCHEME.zone]);
    expect(publisher.replace(other)).toEqual([]);
    expect(answer(publisher, "www.svc.test. A")[1]).toBe("an www.svc.test. 60 A 192.0.2.9");
    expect(answer(publisher, "web.svc.test. A")[1]).toBe("an web.svc.test. 9 A 10.0.0.1");
  });
});
