import fc from "fast-check";
import { expect, test } from "vitest";
import { NOTHING_DERIVED } from "../../src/catalog/derive.ts";
import {
  brakeKey,
  configKey,
  EVERY_SERVICE,
  instanceKey,
  operatorKey,
  serviceKey,
  voteKey,
} from "../../src/catalog/keys.ts";
import type { Failover, Layer, ServiceSettings } from "../../src/catalog/model.ts";
import { deriveReverse, parseReverseZone } from "../../src/catalog/reverse-records.ts";
import type { Scheme } from "../../src/catalog/scheme.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { eachChild } from "../../src/zone/children.ts";
import { childOf, findRRset, isVacant, type Node } from "../../src/zone/node.ts";
import { sameNode } from "../../src/zone/same.ts";
import { type Change, configure, operate, putInstance, Registry, SCHEME, settle, vote } from "../support/registry.ts";

// A service may be named like a port, and both like DNS-SD's own names.
const services = fc.constantFrom("web", "db", "http", "dns-sd");
const ids = fc.constantFrom("a", "b", "c", "d", "e");
const tags = fc.subarray(["canary", "blue"]);
const states = fc.constantFrom("passing" as const, "warning" as const, "critical" as const);
const layers: fc.Arbitrary<Layer> = fc.oneof(
  fc.constant<Layer>({ kind: "all" }),
  services.map((service): Layer => ({ kind: "service", service })),
  services.map((service): Layer => ({ kind: "tag", service, tag: "canary" })),
  fc.tuple(services, ids).map(([service, id]): Layer => ({ kind: "instance", service, id })),
);
const ports = fc.subarray([
  { name: "http", port: 80, protocol: "tcp" as const, alpn: ["h2"] },
  { name: "dns-sd", port: 53, protocol: "udp" as const, alpn: [] },
  { name: "http", port: 81, protocol: "udp" as const, alpn: [] },
]);
const meta = fc.constantFrom({}, { version: "1", zone: "a" }, { version: "1", zone: "b" });

const failover: fc.Arbitrary<Failover> = fc.record(
  { service: services, tag: fc.constantFrom("canary", "blue"), locality: fc.constant("eu-1a") },
  { requiredKeys: [] },
);
const settings: fc.Arbitrary<ServiceSettings> = fc.record(
  {
    ttlSeconds: fc.nat(9),
    failurePolicy: fc.constantFrom("all", "last", "none"),
    failBelow: fc.constantFrom(2, 3, "50%"),
    failover: fc.array(failover, { minLength: 1, maxLength: 2 }),
    warningWeight: fc.constantFrom(0, 0.2),
  },
  { requiredKeys: [] },
);

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        addresses: fc.subarray(["10.0.0.1", "10.0.0.2", "2001:db8::1"], { minLength: 1 }),
        host: fc.option(fc.constant("db.example.com"), { nil: undefined, freq: 5 }),
        generation: fc.constantFrom(1, 2),
        initialState: states,
        weight: fc.nat(3),
        place: fc.constantFrom({}, { locality: "eu-1a" }),
        tags,
        ports,
        meta,
      })
      .chain(({ host, place, ...others }) => {
        const parts = { ...others, ...place };
        return fc
          .tuple(services, ids)
          .map(([service, id]) =>
            putInstance(service, id, host === undefined ? parts : { ...parts, addresses: [], host }),
          );
      }),
  },
  { weight: 3, arbitrary: fc.tuple(services, ids).map(([service, id]) => instanceKey(service, id)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(services, ids, states, fc.boolean(), fc.subarray([{ weightShare: 0.1 }, { isStale: true as const }]))
      .map(([service, id, state, hasPassed, parts]) =>
        vote(service, id, state, Object.assign({ hasPassed }, ...parts)),
      ),
  },
  fc.tuple(services, ids).map(([service, id]) => voteKey(service, id, "local")),
  fc.tuple(services, ids).map(([service, id]) => operate(service, id, "maintenance")),
  fc.tuple(services, ids).map(([service, id]) => operatorKey(service, id)),
  fc.tuple(services, settings).map(([service, given]) => settle(service, given)),
  fc
    .tuple(fc.oneof(services, fc.constant(EVERY_SERVICE)), fc.integer({ min: 1, max: 20 }))
    .map(([service, since]): Change => [brakeKey(service), { since, reason: "", atMs: 0, untilMs: 1 }]),
  fc.oneof(services, fc.constant(EVERY_SERVICE)).map((service) => brakeKey(service)),
  services.map((service) => serviceKey(service)),
  fc
    .tuple(layers, fc.dictionary(fc.constantFrom("a", "b", "c.d"), fc.string(), { maxKeys: 3 }))
    .map(([layer, values]) => configure(layer, values)),
  layers.map((layer) => configKey(layer, "head")),
);

/** Only what our writers do: votes and words about an instance are guarded by it, and go with it. */
function asWritten(registry: Registry, change: Change): Change[] {
  const key = typeof change === "string" ? change : change[0];
  const [kind, service = "", id = ""] = key.split("/");
  if (kind === "vote" || kind === "oper") return registry.table.has(instanceKey(service, id)) ? [change] : [];
  if (kind === "inst" && typeof change === "string")
    return [key, voteKey(service, id, "local"), operatorKey(service, id)];
  return [change];
}

/** Of a commit the last write of a key stands, and nothing is said of an instance that goes with it. */
function asCommitted(registry: Registry, batch: readonly Change[]): Change[] {
  const changes = batch.flatMap((each) => asWritten(registry, each));
  const byKey = new Map(changes.map((each) => [typeof each === "string" ? each : each[0], each]));
  return [...byKey].flatMap(([key, each]) => {
    const [kind, service = "", id = ""] = key.split("/");
    const isOrphan = (kind === "vote" || kind === "oper") && typeof byKey.get(instanceKey(service, id)) === "string";
    return isOrphan && typeof each !== "string" ? [] : [each];
  });
}

/** A service of which all have fallen, one after the other. */
function down(settings: ServiceSettings): Change[] {
  const everyId = ["a", "b", "c", "d", "e"];
  const registered = everyId.map((id) => putInstance("web", id, { tags: id < "c" ? ["canary"] : [] }));
  return [settle("web", settings), ...registered, ...everyId.map((id) => vote("web", id, "critical"))];
}

const histories = fc.array(change, { maxLength: 60 });
const batches = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 30 });

test.each<[name: string, scheme: Partial<Scheme>, first: readonly Change[]]>([
  ["with what is usual", {}, []],
  ["with subsets of two", { maxAnswers: 2 }, []],
  ["without diagnostics", { diagnostics: false }, []],
  ["where those that fell last are answered", {}, down({ failurePolicy: "last", failBelow: 3 })],
  ["where others stand in", {}, down({ failBelow: 3, failover: [{ service: "db" }, { tag: "canary" }] })],
])(
  "%s, after any changes the snapshot advanced step by step equals the one derived from scratch",
  (_, scheme, first) => {
    fc.assert(
      fc.property(batches, (history) => {
        const registry = new Registry({ ...SCHEME, ...scheme });
        for (const each of first) registry.commit(each);
        for (const batch of history) {
          registry.commit(...asCommitted(registry, batch));
          expect(sameNode(registry.generated, registry.fromScratch())).toBe(true);
          expect(namesWithoutTrace(registry.generated), "names that secondaries could not hold").toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  },
);

test("after any changes, when all is taken back no name is left", () => {
  fc.assert(
    fc.property(histories, (changes) => {
      const registry = new Registry();
      for (const each of changes) registry.commit(...asWritten(registry, each));
      registry.commit(...registry.table.keys());
      expect(isVacant(registry.generated)).toBe(true);
    }),
  );
});

test.each(["10.0.0.0/8", "10.0.0.1/32", "2001:db8::/32", "0.0.0.0/0"])(
  "after any changes the reverse zone of %s equals the one made from scratch",
  (network) => {
    const origin = parseReverseZone(network)!;
    fc.assert(
      fc.property(histories, (changes) => {
        const registry = new Registry();
        let reverse: Node = NOTHING_DERIVED;
        for (const each of changes) {
          const before = registry.generated;
          registry.commit(...asWritten(registry, each));
          reverse = deriveReverse(reverse, origin, before, registry.generated, SCHEME);
        }
        const scratch = deriveReverse(NOTHING_DERIVED, origin, NOTHING_DERIVED, registry.fromScratch(), SCHEME);
        expect(sameNode(reverse, scratch)).toBe(true);
      }),
    );
  },
);

test("a change that alters no record leaves the generated data as it is", () => {
  const registry = new Registry().commit(putInstance("web", "a"), putInstance("web", "b"));
  const before = registry.generated;
  registry.commit(putInstance("web", "a", { locality: "eu-1a" }));
  expect(registry.generated).toBe(before);
});

test("a change within one service leaves every other name as it is", () => {
  const registry = new Registry().commit(putInstance("web", "a"), putInstance("db", "a", { ports: [http] }));
  const names = [["db"], ["_tcp", "_db"], ["_tcp", "_http"], ["_udp", "_dns-sd"]];
  const before = names.map((path) => nodeAt(registry.generated, path));
  registry.commit(putInstance("web", "b", { addresses: ["10.0.0.2"] }));
  for (const [i, path] of names.entries()) expect(nodeAt(registry.generated, path)).toBe(before[i]);
});

test("what is browsed is the RRset of the service itself, not a second one", () => {
  const registry = new Registry().commit(putInstance("web", "a", { ports: [http] }));
  registry.commit(putInstance("web", "b", { ports: [http], tags: ["canary"] }));
  registry.commit(putInstance("web", "c", { ports: [http], initialState: "critical" }));
  const srvAt = (path: string[]) => findRRset(nodeAt(registry.generated, path)!, TYPE.SRV);
  expect(srvAt(["_tcp", "_http", "web"])).toBe(srvAt(["web", "_tcp", "_http"]));
});

const http = { name: "http", port: 80, protocol: "tcp" as const, alpn: [] };

function nodeAt(tree: Node, path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>((node, label) => node && childOf(node, label), tree);
}

/** Names with no record at or below them: a transfer has no way to tell of them. */
function namesWithoutTrace(node: Node, path: readonly string[] = []): string[] {
  if (isVacant(node)) return path.length === 0 ? [] : [path.join(".")];
  return [...eachChild(node.children)].flatMap((child) => namesWithoutTrace(child, [child.label, ...path]));
}
