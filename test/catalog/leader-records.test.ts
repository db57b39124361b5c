import { expect, test } from "vitest";
import { brakeKey, leaderKey } from "../../src/catalog/keys.ts";
import { OPTION } from "../../src/dns/numbers.ts";
import { ask, lines } from "../support/ask.ts";
import { type Change, operate, putInstance, Registry, vote } from "../support/registry.ts";

const lead = (id: string, leaseSeconds = 30): Change => [leaderKey("web"), { id, leaseSeconds, atMs: 0 }];

/** Two instances, and one that is a host name, at revision 1. */
const started = () =>
  new Registry().commit(
    putInstance("web", "a", { addresses: ["10.0.0.1", "2001:db8::1"] }),
    putInstance("web", "b", { addresses: ["10.0.0.2"], meta: { version: "2" } }),
    putInstance("web", "h", { addresses: [], host: "db.example.com" }),
  );

/** Rcode, records of the answer section and the text of the extended error. */
function told(registry: Registry, question: string): string[] {
  const answer = ask(registry.snapshot(), question, { udpOctets: 1232 });
  const ede = answer.edns?.options.find(({ code }) => code === OPTION.EDE)?.data.slice(2);
  const records = lines(answer).filter((line) => line.startsWith("an "));
  return [lines(answer)[0]!.split(" ")[0]!, ...records, ...(ede === undefined ? [] : [ede])];
}

test("leader.<service> answers the one instance that holds the lease, and its token", () => {
  const registry = started().commit(lead("b"));
  const name = "leader.web.svc.test.";
  expect(["A", "AAAA", "SRV", "TXT"].map((type) => told(registry, `${name} ${type}`).slice(1))).toEqual([
    [`an ${name} 5 A 10.0.0.2`],
    [],
    [`an ${name} 5 SRV 10 256 8080 b.i.web.svc.test.`],
    [`an ${name} 5 TXT "token=2" "instance=b"`],
  ]);
});

test("a leader that brought a host name is answered as CNAME alone (RFC 2181 §10.1)", () => {
  const registry = started().commit(lead("h"));
  const alias = "an leader.web.svc.test. 5 CNAME db.example.com.";
  expect(["A", "TXT"].map((type) => told(registry, `leader.web.svc.test. ${type}`))).toEqual([
    ["NOERROR", alias],
    ["NOERROR", alias],
  ]);
});

test.each<[what: string, changes: Change[], expected: string[]]>([
  ["nobody leads", [], ["NOERROR", "nobody holds the leader lease"]],
  ["the lease is over", [lead("a"), leaderKey("web")], ["NOERROR", "nobody holds the leader lease"]],
  [
    "the leader fell",
    [lead("a"), vote("web", "a", "critical")],
    ["NOERROR", '"a" holds the leader lease but is critical'],
  ],
  [
    "an operator took the leader out",
    [lead("a"), operate("web", "a", "maintenance")],
    ["NOERROR", '"a" holds the leader lease but is maintenance'],
  ],
  [
    "the leader is gone and its lease is not",
    [lead("a"), "inst/web/a"],
    ["NOERROR", '"a" holds the leader lease but is not registered any more'],
  ],
  ["the leader warns", [lead("a"), vote("web", "a", "warning")], ["NOERROR", "an leader.web.svc.test. 5 A 10.0.0.1"]],
  [
    "a brake holds the leader",
    [lead("a"), vote("web", "a", "critical"), [brakeKey("web"), { since: 3, reason: "", atMs: 0, untilMs: 1 }]],
    ["NOERROR", "an leader.web.svc.test. 5 A 10.0.0.1"],
  ],
])("leader.<service> when %s", (_, changes, expected) => {
  const registry = started();
  for (const change of changes) registry.commit(change);
  expect(told(registry, "leader.web.svc.test. A")).toEqual(expected);
});

test("no answer about a leader is held for longer than the lease is", () => {
  const registry = started().commit(lead("a", 1.5));
  const [, a] = told(registry, "leader.web.svc.test. A");
  const [, txt] = told(registry, "leader.web.svc.test. TXT");
  expect([a, txt]).toEqual([
    "an leader.web.svc.test. 1 A 10.0.0.1",
    'an leader.web.svc.test. 1 TXT "token=2" "instance=a"',
  ]);
});

test("a name that is no service has no leader", () => {
  expect(told(started(), "leader.api.svc.test. A")).toEqual(["NXDOMAIN"]);
});

test("what is derived step by step is what is derived from scratch", () => {
  const registry = started();
  const steps: Change[] = [
    lead("a"),
    vote("web", "a", "critical"),
    lead("b"),
    "inst/web/b",
    leaderKey("web"),
    lead("h"),
  ];
  for (const step of steps) {
    registry.commit(step);
    expect(registry.generated).toEqual(registry.fromScratch());
  }
});
