import { describe, expect, onTestFinished, test } from "vitest";
import { instanceKey } from "../src/catalog/keys.ts";
import { LIMITS } from "../src/catalog/model.ts";
import { type Commit, type Revision, type Store, StoreError } from "../src/catalog/store.ts";
import { updatedNameKey } from "../src/catalog/updated-names.ts";
import { parseMasterFile } from "../src/dns/master-file.ts";
import { parseName } from "../src/dns/name.ts";
import { CLASS, RCODE } from "../src/dns/numbers.ts";
import { rdataText } from "../src/dns/rdata.ts";
import { parseUpdateGrant } from "../src/dns/update-policy.ts";
import { completed } from "../src/fixed.ts";
import { Publisher } from "../src/publisher.ts";
import type { UpdateOutcome } from "../src/server/update.ts";
import { createMemoryStore } from "../src/store/memory.ts";
import { createUpdater, type UpdaterOptions } from "../src/updater.ts";
import { buildZones } from "../src/zone/build.ts";
import { ask } from "./support/ask.ts";
import { SILENT } from "./support/log.ts";
import { putInstance, SCHEME } from "./support/registry.ts";
import { update } from "./support/updates.ts";

const ZONE = `
$ORIGIN example.org.
$TTL 300
@   SOA ns hostmaster 100 60 10 600 60
@   NS ns
ns  A 192.0.2.53
`;

const POLICY = [
  "all subtree example.org ANY",
  "all subtree svc.test ANY",
  "acme subtree example.org TXT",
  "own name own.example.org A",
].map((text) => parseUpdateGrant(text)!);

interface World {
  readonly store: Store;
  readonly publisher: Publisher;
  /** Sends an update of example.org, or of the zone that the first word names with `@`. */
  send(key: string | undefined, ...lines: readonly string[]): Promise<string>;
  /** The RDATA of an answer, sorted. */
  rdata(name: string, type: string): readonly string[];
  serial(origin?: string): number;
}

/** A server without sockets. Another one over the same store is the server after a restart. */
async function open(store = createMemoryStore(), parts: Partial<UpdaterOptions> = {}): Promise<World> {
  const { records } = parseMasterFile(ZONE, {
    file: "example.org.zone",
    origin: undefined,
    readInclude: () => ({ kind: "refused", reason: "" }),
  });
  const { zones } = buildZones([records], SCHEME.zone);
  const publisher = new Publisher({
    fixed: { scheme: SCHEME, zones: completed(zones, SCHEME, ["127.0.0.1"]) },
    publishIntervalMs: 0,
    nowMs: () => 0,
    log: SILENT,
    onFold: () => undefined,
    onSnapshot: () => undefined,
    onPublished: () => undefined,
    onError: () => undefined,
  });
  const feed = store.follow(null, publisher.offer);
  onTestFinished(() => {
    feed.close();
    publisher.close();
  });
  await publisher.reached(0);
  const commit: UpdaterOptions["commit"] = (writes, guards) => store.commit(writes, guards);
  const reached = (revision: Revision) => publisher.reached(revision);
  const updater = createUpdater({ policy: POLICY, commit, publisher, reached, log: SILENT, ...parts });
  return {
    store,
    publisher,
    send: async (key, ...lines) => {
      const isZone = lines[0]?.startsWith("@");
      const message = update(isZone ? lines[0]!.slice(1) : "example.org", ...lines.slice(isZone ? 1 : 0));
      const client = { address: "192.0.2.1", port: 1, protocol: "udp" } as const;
      return outcomeText(await updater(message, key === undefined ? undefined : parseName(key), client));
    },
    rdata: (name, type) =>
      ask(publisher.current(), `${name}. ${type}`, { protocol: "tcp" })
        .answer.map((record) => rdataText(record.type, record.rdata))
        .sort(),
    serial: (origin = "example.org") => publisher.current()!.zone(parseName(origin))!.serial,
  };
}

function outcomeText({ rcode, ede }: UpdateOutcome): string {
  const name = Object.entries(RCODE).find(([, number]) => number === rcode)?.[0] ?? String(rcode);
  return ede?.text ? `${name}: ${ede.text}` : name;
}

describe("an update that may be made", () => {
  test("is answered at once, under one later revision and a newer serial", async () => {
    const world = await open();
    expect(await world.send("all", "nx www", "add www 60 A 192.0.2.1", "add mail 60 MX 10 www")).toBe("NOERROR");
    expect(world.rdata("www.example.org", "A")).toEqual(["192.0.2.1"]);
    expect(world.rdata("mail.example.org", "MX")).toEqual(["10 www.example.org."]);
    expect([world.publisher.revision, world.serial()]).toEqual([1, 101]);
  });

  test("survives a restart, serial included, even when nothing is left of it", async () => {
    const world = await open();
    await world.send("all", "add www 60 A 192.0.2.1", "add a/b.\\000 60 TXT x");
    await world.send("all", "delete www");
    await world.store.commit([{ kind: "put", key: "svc/web", value: "{}" }]);
    const restarted = await open(world.store);
    expect(restarted.rdata("www.example.org", "A")).toEqual([]);
    expect(restarted.rdata("a/b.\\000.example.org", "TXT")).toEqual(['"x"']);
    expect(restarted.serial()).toBe(102);
    await restarted.send("all", "delete a/b.\\000");
    expect((await open(world.store)).serial()).toBe(104);
  });

  test("that changes nothing is no revision", async () => {
    const world = await open();
    await world.send("all", "add www 60 A 192.0.2.1");
    expect(await world.send("all", "add www 60 A 192.0.2.1", "delete missing", "yx www")).toBe("NOERROR");
    expect(world.publisher.revision).toBe(1);
  });

  test("of the zone of services stands beside what is generated", async () => {
    const world = await open();
    const [key, value] = putInstance("web", "a") as [string, unknown];
    await world.store.commit([{ kind: "put", key, value: JSON.stringify(value) }]);
    await world.publisher.reached(1);
    expect(key).toBe(instanceKey("web", "a"));
    expect(await world.send("all", "@svc.test", "add _acme-challenge.web 60 TXT x")).toBe("NOERROR");
    expect(world.rdata("_acme-challenge.web.svc.test", "TXT")).toEqual(['"x"']);
    expect(await world.send("all", "@svc.test", "add extra 60 A 192.0.2.1", "add web 60 A 192.0.2.1")).toBe(
      "REFUSED: Cannot update web.svc.test. A as it is generated from what is registered",
    );
    expect(world.rdata("extra.svc.test", "A")).toEqual([]);
  });
});

describe("an update that may not be made changes nothing and says why", () => {
  const SIGNED = "REFUSED: Cannot update example.org. as the request must be signed with a key that may";
  test.each<[string | undefined, readonly string[], string]>([
    [undefined, ["add www 60 A 192.0.2.1"], SIGNED],
    ["stranger", ["add www 60 A 192.0.2.1"], SIGNED],
    [undefined, [], SIGNED],
    ["acme", ["add www 60 A 192.0.2.1"], "REFUSED: Cannot update www.example.org. A as the key must be granted it"],
    [
      "acme",
      ["add www 60 TXT x", "delete www A"],
      "REFUSED: Cannot update www.example.org. A as the key must be granted it",
    ],
    ["own", ["add x.own 60 A 192.0.2.1"], "REFUSED: Cannot update x.own.example.org. A as the key must be granted it"],
    ["own", ["delete other"], "REFUSED: Cannot update other.example.org. ANY as the key must be granted it"],
    [
      "all",
      ["add ns 300 A 192.0.2.9"],
      "REFUSED: Cannot update ns.example.org. A as it is static data, of a zone file",
    ],
    ["all", ["add www 60 A 192.0.2.1", "add www.elsewhere. 60 A 192.0.2.1"], "NOTZONE"],
    ["all", ["nx ns", "add www 60 A 192.0.2.1"], "YXDOMAIN"],
    ["all", ["@elsewhere.org", "add www 60 A 192.0.2.1"], "NOTAUTH"],
    ["all", ["@www.example.org", "add www 60 A 192.0.2.1"], "NOTAUTH"],
  ])("%s: %j: %s", async (key, lines, outcome) => {
    const world = await open();
    expect(await world.send(key, ...lines)).toBe(outcome);
    expect(world.publisher.revision).toBe(0);
  });

  test("a key deletes a whole name when each of its types is granted", async () => {
    const world = await open();
    await world.send("all", "add www 60 TXT x", "add mixed 60 TXT x", "add mixed 60 A 192.0.2.1");
    expect(await world.send("acme", "delete www")).toBe("NOERROR");
    expect(await world.send("acme", "delete mixed")).toBe(
      "REFUSED: Cannot update mixed.example.org. ANY as the key must be granted it",
    );
    expect(world.rdata("www.example.org", "TXT")).toEqual([]);
    expect(world.rdata("mixed.example.org", "TXT")).toEqual(['"x"']);
  });

  test("a class other than IN is none of ours", async () => {
    const { publisher, store } = await open();
    const commit: UpdaterOptions["commit"] = (writes, guards) => store.commit(writes, guards);
    const reached = (revision: Revision) => publisher.reached(revision);
    const updater = createUpdater({ policy: POLICY, commit, publisher, reached, log: SILENT });
    const message = { ...update("example.org", "add www 60 A 192.0.2.1"), zoneClass: CLASS.CH };
    const outcome = await updater(message, parseName("all"), { address: "::1", port: 1, protocol: "tcp" });
    expect(outcome.rcode).toBe(RCODE.NOTAUTH);
  });

  test("a name holds so many octets of records, and a zone so many names", async () => {
    const world = await open();
    const records = Array.from({ length: 2100 }, (_, i) => `add www 60 A 10.0.${i >> 8}.${i & 255}`);
    expect(await world.send("all", ...records)).toBe(
      "REFUSED: Cannot update www.example.org. as its records must have at most 32768 octets: got 33600",
    );
    const writes = Array.from({ length: LIMITS.updatedNamesPerZone }, (_, i) => ({
      kind: "put" as const,
      key: updatedNameKey(parseName("example.org"), parseName(`n${i}.example.org`)),
      value: '{"rrsets":[{"type":16,"ttl":60,"rdatas":["\\u0001x"]}]}',
    }));
    const done = await world.store.commit(writes);
    await world.publisher.reached(done.kind === "committed" ? done.revision : 0);
    expect(await world.send("all", "add www 60 A 192.0.2.1")).toBe(
      "REFUSED: Cannot update example.org. as updates must give records to at most 100000 of its names",
    );
    expect(await world.send("all", "delete n1", "add www 60 A 192.0.2.1")).toBe("NOERROR");
  });
});

describe("updates at the same time", () => {
  test("of one prerequisite that a name is free, one of fifty wins", async () => {
    const world = await open();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => world.send("all", "nx www", `add www 60 A 192.0.2.${i}`)),
    );
    expect(outcomes.filter((outcome) => outcome === "NOERROR")).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(["NOERROR", "YXDOMAIN"]));
    expect(world.rdata("www.example.org", "A")).toHaveLength(1);
  });

  test("of the same name are all made, one after the other", async () => {
    const world = await open();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => world.send("all", `add www 60 A 192.0.2.${i}`)),
    );
    expect(outcomes).toEqual(outcomes.map(() => "NOERROR"));
    expect(world.rdata("www.example.org", "A")).toHaveLength(50);
  });

  test("a name that another deletes meanwhile is looked at again", async () => {
    const world = await open();
    await world.send("all", "add www 60 A 192.0.2.1");
    const outcomes = await Promise.all([
      world.send("all", "delete www"),
      world.send("all", "yx www", "add www 60 TXT x"),
    ]);
    expect(outcomes).toEqual(["NOERROR", "NXDOMAIN"]);
    expect(world.rdata("www.example.org", "TXT")).toEqual([]);
  });

  test("others that are always faster end in SERVFAIL", async () => {
    let attempts = 0;
    const commit = async (): Promise<Commit> => {
      attempts++;
      const other = await world.store.commit([{ kind: "put", key: "svc/web", value: "{}" }]);
      return {
        kind: "conflict",
        guard: { key: "", revision: 0 },
        actual: other.kind === "committed" ? other.revision : 0,
      };
    };
    const world: World = await open(createMemoryStore(), { commit });
    expect(await world.send("all", "add www 60 A 192.0.2.1")).toBe(
      "SERVFAIL: Cannot update as others changed the same names 100 times in the meantime: try again",
    );
    expect(attempts).toBe(100);
  });
});

describe("when the world is in the way", () => {
  test("a store that fails is SERVFAIL", async () => {
    const commit = () => Promise.reject(new StoreError("STORE_FULL", "Cannot commit as the disk is full"));
    const world = await open(createMemoryStore(), { commit });
    expect(await world.send("all", "add www 60 A 192.0.2.1")).toBe(
      "SERVFAIL: Cannot update as it could not be stored or published",
    );
  });

  test("a bug is no outcome", async () => {
    const world = await open(createMemoryStore(), { commit: () => Promise.reject(new TypeError("bug")) });
    await expect(world.send("all", "add www 60 A 192.0.2.1")).rejects.toThrow("bug");
  });

  test("a store that is away is not asked: prerequisites would be judged by what is old", async () => {
    const world = await open();
    world.publisher.offer({ kind: "lost", sinceMs: 0, why: "disk on fire" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await world.send("all", "nx www", "add www 60 A 192.0.2.1")).toBe(
      "SERVFAIL: Cannot update as the store is away: disk on fire",
    );
  });
});
