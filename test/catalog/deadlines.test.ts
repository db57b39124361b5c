import { describe, expect, test } from "vitest";
import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { nameText, parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createResponder } from "../../src/server/responder.ts";
import { Deadlines, deadlinePlace } from "../../src/zone/deadlines.ts";
import { editOf } from "../../src/zone/edit.ts";
import { Replica } from "../../src/zone/replica.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import { ask } from "../support/ask.ts";
import { configure, operate, putInstance, Registry, settle, vote } from "../support/registry.ts";

/** So long before a deadline nothing is answered that could outlast it. */
const LAG_MS = 500;

/** Deadlines in so many seconds. */
function deadlinesIn(seconds: Readonly<Record<string, number>>): Deadlines {
  const deadlines = new Deadlines();
  deadlines.tick(1_000_000);
  for (const [service, left] of Object.entries(seconds))
    deadlines.set(deadlinePlace(service), 1_000_000 + left * 1000 + LAG_MS);
  return deadlines;
}

/** All TTLs of an answer: those in the section Answer, and those in Additional. */
function ttls(snapshot: Snapshot, question: string, deadlines: Deadlines): [number[], number[]] {
  const { answer, additional } = ask(snapshot, question, { protocol: "tcp", server: { deadlines } });
  const of = (records: typeof answer) => [...new Set(records.map(({ ttl }) => ttl))].sort();
  return [of(answer), of(additional)];
}

const PORT = { name: "web", port: 443, protocol: "tcp", alpn: ["h2"] } as const;
const registry = new Registry().commit(
  putInstance("web", "a", { addresses: ["10.0.0.1", "2001:db8::1"], ports: [PORT], tags: ["new"], meta: { v: "1" } }),
  putInstance("web", "b", { addresses: ["10.0.0.2", "2001:db8::2"], ports: [PORT] }),
  putInstance("away", "a", { addresses: [], host: "www.elsewhere.", ports: [] }),
  putInstance("api", "a", { addresses: ["10.0.0.3"] }),
  configure({ kind: "service", service: "web" }, { level: 1 }),
);
const snapshot = registry.snapshot();

describe("no answer of a service may be held beyond its deadline", () => {
  test.each<[question: string, additional: boolean]>([
    ["web.svc.test. A", false],
    ["web.svc.test. AAAA", false],
    ["web.svc.test. SRV", true],
    ["web.svc.test. HTTPS", false],
    ["web.svc.test. SVCB", false],
    ["web.svc.test. ANY", false],
    ["_web._tcp.web.svc.test. SRV", true],
    ["_web._tcp.svc.test. SRV", true],
    ["web._web._tcp.svc.test. SRV", true],
    ["web._web._tcp.svc.test. TXT", false],
    ["new.web.svc.test. A", false],
    ["_web._tcp.new.web.svc.test. SRV", true],
    ["a.i.web.svc.test. A", false],
    ["a.i.web.svc.test. TXT", false],
    ["_config.web.svc.test. TXT", false],
    ["away.svc.test. CNAME", false],
    ["away.svc.test. A", false],
  ])("%s", (question, hasAdditional) => {
    const left = (seconds: number) => ttls(snapshot, question, deadlinesIn({ web: seconds, away: seconds }));
    for (const [seconds, ttl] of [
      [60, 5],
      [5, 5],
      [4.9, 4],
      [0.9, 0],
      [-9, 0],
    ] as const)
      expect(left(seconds)).toEqual([[ttl], hasAdditional ? [ttl] : expect.anything()]);
  });

  test("and those of others are answered as ever", () => {
    expect(ttls(snapshot, "api.svc.test. A", deadlinesIn({ web: 1 }))[0]).toEqual([5]);
    expect(ttls(snapshot, "svc.test. NS", deadlinesIn({ web: 1 }))[0]).toEqual(
      ttls(snapshot, "svc.test. NS", new Deadlines())[0],
    );
  });

  test("of those who stand in for a service it is their deadline that counts", () => {
    const failing = new Registry()
      .commit(putInstance("web", "a"), putInstance("spare", "s", { addresses: ["10.0.9.9"] }))
      .commit(
        settle("web", { failover: [{ service: "spare" }] }),
        settle("spare", { ttlSeconds: 60 }),
        vote("web", "a", "critical"),
      )
      .snapshot();
    expect(ttls(failing, "web.svc.test. SRV", deadlinesIn({ spare: 2 }))).toEqual([[2], [2]]);
    expect(ttls(failing, "web.svc.test. SRV", deadlinesIn({ web: 2, spare: 20 }))).toEqual([[5], [20]]);
  });

  test("what leads to several services has each with its own deadline", () => {
    const http = { ...PORT, name: "http" };
    const browsed = new Registry()
      .commit(putInstance("web", "a", { ports: [http] }), putInstance("api", "a", { ports: [http] }))
      .snapshot();
    const deadlines = deadlinesIn({ web: 2, api: 4 });
    const { answer, additional } = ask(browsed, "_http._tcp.svc.test. PTR", { protocol: "tcp", server: { deadlines } });
    expect(answer.map(({ ttl }) => ttl)).toEqual([5, 5]);
    const ttlsOf = (service: string) =>
      additional.filter(({ owner }) => nameText(owner).includes(service)).map(({ ttl }) => ttl);
    expect([ttlsOf("web._http."), ttlsOf("i.web."), ttlsOf("api._http."), ttlsOf("i.api.")]).toEqual([
      [2, 2],
      [2],
      [4, 4],
      [4],
    ]);
  });

  test("a replica answers the same", () => {
    const replica = new Replica();
    for (const part of editOf(undefined, snapshot)) replica.apply(part);
    const deadlines = deadlinesIn({ web: 3 });
    for (const question of ["web.svc.test. A", "_web._tcp.web.svc.test. SRV", "web._web._tcp.svc.test. TXT"])
      expect(ttls(replica.current()!, question, deadlines)[0]).toEqual([3]);
  });

  test("answers that were made before are not used while they would last too long, and are afterwards", () => {
    const deadlines = new Deadlines();
    const responder = createResponder(() => snapshot, new DnsCounters(), { deadlines });
    const out = new Uint8Array(4096);
    const srv = (id: number) => {
      const query = encodeQuery({ id, name: parseName("web.svc.test."), type: TYPE.SRV });
      const length = responder.respond(query, { address: "192.0.2.1", port: 1, protocol: "tcp" }, out);
      const { answer, additional } = decodeMessage(out.slice(0, length))!;
      return [answer.length, additional.length, ...new Set([...answer, ...additional].map(({ ttl }) => ttl))];
    };
    const seen = [srv(1), srv(2)];
    deadlines.set(deadlinePlace("web"), 2000 + LAG_MS);
    seen.push(srv(3));
    deadlines.set(deadlinePlace("web"), 60_000);
    seen.push(srv(4));
    deadlines.set(deadlinePlace("web"), Number.POSITIVE_INFINITY);
    seen.push(srv(5));
    expect(seen).toEqual([5, 5, 2, 5, 5].map((ttl) => [2, 4, ttl]));
  });
});

test("an instance that is drained is remembered by nobody: its own name is answered with a TTL of 0", () => {
  const draining = new Registry()
    .commit(putInstance("web", "a"), putInstance("web", "b"))
    .commit(operate("web", "a", "draining"), operate("web", "b", "maintenance"))
    .snapshot();
  const own = (id: string) =>
    ["A", "SRV"].map((type) => ttls(draining, `${id}.i.web.svc.test. ${type}`, new Deadlines())[0]);
  expect([own("a"), own("b")]).toEqual([
    [[0], [0]],
    [[5], [5]],
  ]);
});
