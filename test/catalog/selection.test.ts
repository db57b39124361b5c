import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instanceKey } from "../../src/catalog/keys.ts";
import type { SelectionKind, ServiceSettings } from "../../src/catalog/model.ts";
import { ipv4Octets } from "../../src/dns/addresses.ts";
import type { EdnsOption } from "../../src/dns/message.ts";
import { NetworkMap } from "../../src/dns/network-map.ts";
import { parseNetwork } from "../../src/dns/networks.ts";
import { OPTION } from "../../src/dns/numbers.ts";
import { type Octets, u16 } from "../../src/dns/octets.ts";
import { Turns } from "../../src/server/turns.ts";
import { editOf } from "../../src/zone/edit.ts";
import { Replica } from "../../src/zone/replica.ts";
import { sameNode } from "../../src/zone/same.ts";
import type { Chances } from "../../src/zone/select.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import { type AskOptions, ask, lines } from "../support/ask.ts";
import { type Change, putInstance, Registry, settle, vote } from "../support/registry.ts";

const KINDS = ["all", "random", "roundRobin", "hash", "nearest"] as const satisfies readonly SelectionKind[];

/** The same chances each time they are made. */
function chances(): Chances {
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const localities = [{ network: parseNetwork("10.0.0.0/8")!, value: "eu" }];
  return { random, nextTurn: new Turns().next, localities: new NetworkMap(localities) };
}

/** What stands in the answers to as many of the same question. */
function answers(snapshot: Snapshot, question: string, count = 1, options: AskOptions = {}): string[][] {
  const server = { chances: chances(), ...options.server };
  return Array.from({ length: count }, (_, id) =>
    lines(ask(snapshot, question, { protocol: "tcp", id, ...options, server }))
      .filter((line) => line.startsWith("an "))
      .map((line) => line.replace(/^an \S+ 5 \S+ /, "").replace(".i.web.svc.test.", "")),
  );
}

/** `web` with these settings and six instances: i-0 to i-2 of a better priority than the others, each in a locality of its own. */
function web(settings: ServiceSettings, count = 6): Registry {
  const instances = Array.from({ length: count }, (_, i) =>
    putInstance("web", `i-${i}`, {
      addresses: [`10.0.0.${i}`],
      priority: i < 3 ? 10 : 20,
      locality: ["eu", "us", "asia"][i % 3]!,
    }),
  );
  return new Registry().commit(settle("web", settings), ...instances);
}

const sorted = (texts: readonly string[]) => texts.toSorted();

describe("the selection of a service", () => {
  test.each<[kind: SelectionKind | undefined, srv: number, a: number]>([
    [undefined, 6, 6],
    ["all", 6, 6],
    ["random", 6, 3],
    ["roundRobin", 6, 3],
    ["hash", 6, 3],
  ])(
    "%s answers %i of 6 as SRV, and of addresses the %i that are at the best priority, or do not tell",
    (kind, srv, a) => {
      const snapshot = web(kind === undefined ? {} : { selection: kind }).snapshot();
      expect(answers(snapshot, "web.svc.test. SRV")[0]).toHaveLength(srv);
      expect(sorted(answers(snapshot, "web.svc.test. A")[0]!)).toEqual(
        ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"].slice(0, a),
      );
    },
  );

  test("nearest answers the client's locality alone, and all where it has none", () => {
    const snapshot = web({ selection: "nearest" }).snapshot();
    const [near] = answers(snapshot, "web.svc.test. SRV", 1, { address: "10.9.9.9" });
    expect(near).toEqual(["10 256 8080 i-0", "20 256 8080 i-3"]);
    expect(answers(snapshot, "web.svc.test. A", 1, { address: "10.9.9.9" })).toEqual([["10.0.0.0"]]);
    expect(answers(snapshot, "web.svc.test. SRV")[0]).toHaveLength(6);
  });

  test.each([undefined, ...KINDS])("%s: a part of two is of the best priority, and `all` knows no part", (kind) => {
    const snapshot = web({ maxAnswers: 2, ...(kind && { selection: kind }) }).snapshot();
    for (const type of ["SRV", "A"]) {
      const seen = answers(snapshot, `web.svc.test. ${type}`, 20, { address: "192.0.2.7" });
      const best = type === "A" ? /^10\.0\.0\.[012]$/ : /^10 256 8080 i-[012]$/;
      for (const answer of seen) {
        expect(answer).toHaveLength(kind === "all" ? 6 : 2);
        if (kind !== "all") for (const record of answer) expect(record).toMatch(best);
      }
    }
  });

  test("a part of five is all of the best priority and two of the next", () => {
    for (const kind of [undefined, "random", "roundRobin", "hash"] as const) {
      const snapshot = web({ maxAnswers: 5, ...(kind && { selection: kind }) }).snapshot();
      const [answer] = answers(snapshot, "web.svc.test. SRV");
      expect(answer!.filter((record) => record.startsWith("10 "))).toHaveLength(3);
      expect(answer!.filter((record) => record.startsWith("20 "))).toHaveLength(2);
    }
  });

  test("random weighs addresses by their instances, and an address of two by both", () => {
    const registry = new Registry().commit(
      settle("web", { selection: "random", maxAnswers: 1 }),
      putInstance("web", "a", { addresses: ["10.0.0.1"], weight: 1 }),
      putInstance("web", "b", { addresses: ["10.0.0.2"], weight: 2 }),
      putInstance("web", "c", { addresses: ["10.0.0.1"], weight: 1 }),
      putInstance("web", "d", { addresses: ["10.0.0.3"], weight: 4 }),
    );
    const seen = answers(registry.snapshot(), "web.svc.test. A", 1600).flat();
    const share = (address: string) => seen.filter((each) => each === address).length / 1600;
    expect(share("10.0.0.1")).toBeCloseTo(0.25, 1);
    expect(share("10.0.0.2")).toBeCloseTo(0.25, 1);
    expect(share("10.0.0.3")).toBeCloseTo(0.5, 1);
  });

  test("an address stays while one of its instances does, at the best priority that is left", () => {
    const registry = web({ selection: "random" }).commit(
      putInstance("web", "i-9", { addresses: ["10.0.0.4"], priority: 10 }),
    );
    const addresses = () => sorted(answers(registry.snapshot(), "web.svc.test. A")[0]!);
    expect(addresses()).toEqual(["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.4"]);
    registry.commit(instanceKey("web", "i-9"));
    expect(addresses()).toEqual(["10.0.0.0", "10.0.0.1", "10.0.0.2"]);
    registry.commit(vote("web", "i-0", "critical"), vote("web", "i-1", "critical"), vote("web", "i-2", "critical"));
    expect(addresses()).toEqual(["10.0.0.3", "10.0.0.4", "10.0.0.5"]);
  });

  test("round robin begins with each record in turn, SRV and addresses each by themselves", () => {
    const snapshot = web({ selection: "roundRobin" }, 3).snapshot();
    const server = { chances: chances() };
    const firsts = Array.from({ length: 6 }, () => [
      answers(snapshot, "web.svc.test. A", 1, { server })[0]![0],
      answers(snapshot, "web.svc.test. SRV", 1, { server })[0]![0],
    ]);
    expect(firsts.map(([a]) => a)).toEqual([0, 1, 2, 0, 1, 2].map((i) => `10.0.0.${i}`));
    expect(firsts.map(([, srv]) => srv)).toEqual([0, 1, 2, 0, 1, 2].map((i) => `10 256 8080 i-${i}`));
  });

  test("hash gives a client the same instances as SRV and as addresses, whatever they weigh for a while", () => {
    const registry = web({ selection: "hash", maxAnswers: 1 });
    const clients = Array.from({ length: 30 }, (_, i) => `172.16.${i}.1`);
    const chosen = (type: string) =>
      clients.map((address) => answers(registry.snapshot(), `web.svc.test. ${type}`, 1, { address })[0]![0]!.at(-1));
    const before = chosen("SRV");
    expect(chosen("A")).toEqual(before);
    expect(new Set(before)).toEqual(new Set(["0", "1", "2"]));
    registry.commit(vote("web", "i-1", "warning"));
    for (const [i, now] of chosen("SRV").entries()) expect([before[i], now === "1" ? before[i] : now]).toContain(now);
    registry.commit(vote("web", "i-1", "passing"));
    expect(chosen("SRV")).toEqual(before);
  });

  test.each([undefined, "hash"] as const)("%s: of more than fit, a client loses what goes and nothing else", (kind) => {
    const registry = new Registry().commit(
      settle("web", { maxAnswers: 25, ...(kind && { selection: kind }) }),
      ...Array.from({ length: 100 }, (_, i) => putInstance("web", `i-${i}`, { addresses: [`10.0.0.${i}`] })),
    );
    const clients = Array.from({ length: 20 }, (_, i) => `172.16.${i}.1`);
    const chosen = (type: string) =>
      clients.map((address) => answers(registry.snapshot(), `web.svc.test. ${type}`, 1, { address })[0]!);
    for (const type of ["SRV", "A"]) {
      const before = chosen(type);
      registry.commit(vote("web", "i-50", "critical"));
      for (const [i, answer] of chosen(type).entries()) {
        expect(answer).toHaveLength(25);
        const lost = before[i]!.filter((record) => !answer.includes(record));
        expect(lost).toEqual(before[i]!.filter((record) => /i-50$|\.50$/.test(record)));
      }
      registry.commit(vote("web", "i-50", "passing"));
      expect(chosen(type).map(sorted)).toEqual(before.map(sorted));
    }
  });

  test("what does not fit over UDP is cut off behind the same records each time", () => {
    for (const kind of ["random", "roundRobin", "nearest"] as const) {
      const registry = new Registry().commit(
        settle("web", { selection: kind }),
        ...Array.from({ length: 60 }, (_, i) => putInstance("web", `i-${i}`, { addresses: [`10.0.0.${i}`] })),
      );
      const seen = answers(registry.snapshot(), "web.svc.test. SRV", 5, { protocol: "udp" });
      expect(seen[0]!.length).toBeGreaterThan(3);
      expect(new Set(seen.map((answer) => answer.join())).size).toBe(1);
    }
  });
});

describe("the client subnet (RFC 7871)", () => {
  const subnet = (text: string, bits: number): EdnsOption => {
    const address = ipv4Octets(text)!.slice(0, Math.ceil(bits / 8));
    return { code: OPTION.CLIENT_SUBNET, data: u16(1) + String.fromCharCode(bits, 0) + address };
  };
  const scopeOf = (snapshot: Snapshot, question: string, option: EdnsOption) => {
    const message = ask(snapshot, question, { options: [option], server: { chances: chances() } });
    const { data } = message.edns!.options.find(({ code }) => code === OPTION.CLIENT_SUBNET)!;
    expect([data.slice(0, 3), data.slice(4)]).toEqual([option.data.slice(0, 3), option.data.slice(4)]);
    return data.charCodeAt(3);
  };

  test.each<[kind: SelectionKind | undefined, scope: number]>([
    [undefined, 0],
    ["all", 0],
    ["random", 0],
    ["roundRobin", 0],
    ["hash", 24],
    ["nearest", 8],
  ])("selection %s: the scope is %i", (kind, scope) => {
    const snapshot = web(kind === undefined ? {} : { selection: kind }).snapshot();
    const option = subnet("10.1.2.0", 24);
    expect(scopeOf(snapshot, "web.svc.test. A", option)).toBe(scope);
    expect(scopeOf(snapshot, "nothing.svc.test. A", option)).toBe(0);
    expect(scopeOf(snapshot, "web.svc.test. A", subnet("0.0.0.0", 0))).toBe(0);
  });

  test("reaches all of the best priority, which one resolver for all would not, where an answer holds few of many", () => {
    const snapshot = web({ maxAnswers: 1 }).snapshot();
    const seen = Array.from({ length: 64 }, (_, i) => {
      const option = subnet(`10.1.${i}.0`, 24);
      expect(scopeOf(snapshot, "web.svc.test. A", option)).toBe(24);
      return answers(snapshot, "web.svc.test. A", 1, { options: [option], udpOctets: 1232 })[0]!.join();
    });
    expect(new Set(seen).size).toBe(3);
  });

  test("stands for the client, where one is told", () => {
    const snapshot = web({ selection: "nearest" }).snapshot();
    const a = (options: AskOptions) => answers(snapshot, "web.svc.test. A", 1, options)[0];
    const telling = { options: [subnet("10.1.2.0", 24)], udpOctets: 1232 };
    expect(a({ address: "192.0.2.1", ...telling })).toEqual(["10.0.0.0"]);
    expect(a({ address: "10.1.2.3", options: [subnet("192.0.2.0", 24)], udpOctets: 1232 })).toHaveLength(3);
    expect(a({ address: "10.1.2.3", options: [subnet("0.0.0.0", 0)], udpOctets: 1232 })).toEqual(["10.0.0.0"]);
  });
});

describe("after any changes to a service with a selection", () => {
  const id = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
  const parts = fc.record({
    addresses: fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1"), { minLength: 1 }),
    priority: fc.constantFrom(1, 2),
    weight: fc.constantFrom(0, 1, 7),
    locality: fc.constantFrom("eu", "us", "Zürich"),
  });
  const change: fc.Arbitrary<Change> = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(id, parts).map(([one, of]) => putInstance("web", one, of)) },
    id.map((one) => instanceKey("web", one)),
    fc
      .record({ selection: fc.constantFrom(...KINDS), maxAnswers: fc.constantFrom(1, 2, 100) }, { requiredKeys: [] })
      .map((settings) => settle("web", settings)),
  );
  const batches = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 20 });

  test("what was advanced step by step equals what is derived from scratch, and a replica answers the same", () => {
    fc.assert(
      fc.property(batches, (history) => {
        const registry = new Registry();
        const replica = new Replica();
        let before: Snapshot | undefined;
        for (const batch of history) {
          const byKey = new Map<Octets, Change>(batch.map((each) => [typeof each === "string" ? each : each[0], each]));
          registry.commit(...byKey.values());
          expect(sameNode(registry.generated, registry.fromScratch())).toBe(true);
          const after = registry.snapshot();
          for (const part of editOf(before, after)) replica.apply(structuredClone(part));
          before = after;
          for (const question of ["web.svc.test. SRV", "web.svc.test. A", "_web._tcp.web.svc.test. SRV"]) {
            const asked = { address: "10.3.4.5" };
            expect(answers(replica.current()!, question, 3, asked)).toEqual(answers(after, question, 3, asked));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
