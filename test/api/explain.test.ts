import { afterEach, expect, test } from "vitest";
import type { ApiOptions } from "../../src/api/options.ts";
import type { ProspectKind } from "../../src/catalog/prospect.ts";
import { parseMasterFile } from "../../src/dns/master-file.ts";
import { parseName } from "../../src/dns/name.ts";
import { completed } from "../../src/fixed.ts";
import { createInspector } from "../../src/inspector.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { Publisher } from "../../src/publisher.ts";
import { createResponder } from "../../src/server/responder.ts";
import { buildZones } from "../../src/zone/build.ts";
import { SILENT } from "../support/log.ts";
import { type Change, putInstance, SCHEME, settle, vote } from "../support/registry.ts";
import { type Harness, startApi } from "./harness.ts";

let api: Harness | undefined;
let publisher: Publisher | undefined;
afterEach(async () => {
  publisher?.close();
  await api?.close();
});

const ZONES = `
$ORIGIN svc.test.
mail 60 IN A 192.0.2.25
*.wild 60 IN A 192.0.2.26
other 60 IN NS ns.example.com.
web 60 IN TXT "beside what is registered"
`;

/** The API beside a publisher of the same store, with zone data of files; the batches are committed one after the other. */
async function startExplaining(...commits: readonly (readonly Change[])[]): Promise<Harness> {
  return startForeseeing(() => undefined, ...commits);
}

/** The same with something that shortens the answers of services. */
async function startForeseeing(
  prospect: ApiOptions["prospect"],
  ...commits: readonly (readonly Change[])[]
): Promise<Harness> {
  const origin = parseName("svc.test");
  const { records } = parseMasterFile(ZONES, {
    file: "z",
    origin,
    readInclude: () => ({ kind: "refused", reason: "" }),
  });
  const shown = new Publisher({
    fixed: { scheme: SCHEME, zones: completed(buildZones([records], origin).zones, SCHEME, ["127.0.0.1"]) },
    publishIntervalMs: 0,
    nowMs: () => 0,
    log: SILENT,
    onFold: () => undefined,
    onSnapshot: () => undefined,
    onPublished: () => undefined,
    onError: () => undefined,
  });
  const inspector = createInspector(shown, createResponder(shown.current, new DnsCounters()));
  const started = await startApi({ inspector, prospect, catalog: () => shown.catalog });
  [api, publisher] = [started, shown];
  started.store.follow(null, shown.offer);
  let revision = 0;
  for (const changes of commits) {
    const writes = changes.map((change) =>
      typeof change === "string"
        ? ({ kind: "delete", key: change } as const)
        : ({ kind: "put", key: change[0], value: JSON.stringify(change[1]) } as const),
    );
    const done = await started.store.commit(writes);
    if (done.kind === "committed") revision = done.revision;
  }
  await shown.reached(revision);
  return started;
}

async function explained(query: string) {
  return (await api!.send("GET", `/v1/explain?${query}`)).json();
}

const http = { name: "http", port: 80, protocol: "tcp", alpn: [] } as const;
const web = [
  putInstance("web", "a", { addresses: ["10.0.0.1"], ports: [http] }),
  putInstance("web", "b", { addresses: ["10.0.0.2", "2001:db8::2"], tags: ["canary"] }),
  putInstance("web", "h", { addresses: [], host: "db.example.com", ports: [http] }),
];

/** `id in|out why` of each instance; of those that are answered but not here `id not here`. */
function told({ instances }: { instances: { id: string; isAnswered: boolean; isInAnswer?: boolean; why: string }[] }) {
  return instances.map(({ id, isAnswered, isInAnswer, why }) => {
    const where = isInAnswer === undefined ? "?" : isInAnswer ? "in" : "out";
    return `${id} ${isAnswered} ${where} ${why}`;
  });
}

test("an answer is explained whole: what it holds, where it was found, by which rule, and who is in it", async () => {
  await startExplaining(web, [vote("web", "a", "critical", { reason: "HTTP 503" })]);
  const answer = await explained("name=web&type=A&client=192.0.2.7");
  expect(answer).toMatchObject({
    revision: 2,
    question: { name: "web.svc.test.", type: "A", client: "192.0.2.7" },
    what: "the instances of web, and data of files",
    place: { zone: "svc.test.", serial: 2, outcome: "answer", sources: ["registered", "static"] },
    answer: {
      rcode: "NOERROR",
      answer: [{ name: "web.svc.test.", ttl: 5, type: "A", rdata: "10.0.0.2" }],
      authority: [],
      additional: [],
    },
    group: {
      rule: "up",
      answered: 2,
      registered: 3,
      quorum: 1,
      failurePolicy: "all",
      selection: "subset",
      maxAnswers: 100,
    },
    ttl: { seconds: 5, from: "ttlSeconds", answered: 5 },
  });
  expect(told(answer)).toEqual([
    "a false out critical: HTTP 503",
    "b true in passing: no check",
    "h true out passing: no check, but it is at db.example.com, which SRV tells",
  ]);
});

test.each<[query: string, expected: string[]]>([
  [
    "name=web&type=AAAA",
    [
      "a true out passing: no check, but it has no address of type AAAA",
      "b true in passing: no check",
      "h true out passing: no check, but it is at db.example.com, which SRV tells",
    ],
  ],
  ["name=web", ["a true in passing: no check", "b true in passing: no check", "h true in passing: no check"]],
  ["name=canary.web.svc.test", ["b true in passing: no check"]],
  [
    "name=_http._tcp.web.svc.test.",
    [
      "a true in passing: no check",
      "b true out passing: no check, but it has no port http/tcp",
      "h true in passing: no check",
    ],
  ],
  [
    "name=_web._udp.svc.test",
    [
      "a true out passing: no check, but its first port is none of udp",
      "b true out passing: no check, but its first port is none of udp",
      "h true out passing: no check, but its first port is none of udp",
    ],
  ],
  ["name=a.i.web.svc.test&type=A", ["a true in passing: no check"]],
  ["name=web&type=TXT", ["a true ? passing: no check", "b true ? passing: no check", "h true ? passing: no check"]],
])("of %s each instance is in or out", async (query, expected) => {
  await startExplaining(web);
  expect(told(await explained(query))).toEqual(expected);
});

test.each<[what: string, commits: Change[][], group: object, expected: string[]]>([
  [
    "a policy",
    [
      web,
      [vote("web", "a", "critical"), vote("web", "b", "critical"), vote("web", "h", "critical", { hasPassed: false })],
    ],
    { rule: "failOpen" },
    [
      "a true in critical: because; it has passed before, and the policy all answers that",
      "b true in critical: because; it has passed before, and the policy all answers that",
      "h true in critical: because; it has passed before, and the policy all answers that",
    ],
  ],
  [
    "a failover",
    [
      [
        putInstance("web", "a"),
        putInstance("spare", "s"),
        settle("web", { failover: [{ service: "spare" }], failBelow: 2 }),
      ],
    ],
    { rule: "failover", quorum: 2, failover: [{ service: "spare" }], standIn: "spare" },
    [
      "a false out passing: no check, but too few are up: the rule is failover",
      "s true in passing: no check; stands in",
    ],
  ],
  [
    "a brake",
    [web, [vote("web", "a", "critical"), ["brake/web", { since: 2, reason: "1 of 3 fell", atMs: 5, untilMs: 9 }]]],
    { rule: "braked", brakes: [{ service: "web", since: 2, reason: "1 of 3 fell", atMs: 5, untilMs: 9 }] },
    ["a true in critical: because; the brake holds it", "b true in passing: no check", "h true in passing: no check"],
  ],
  [
    "an operator",
    [web, [["oper/web/a", { state: "maintenance", reason: "new disk", author: "ada", atMs: 0, untilMs: 60_000 }]]],
    { rule: "up" },
    [
      "a false out maintenance by ada: new disk, until 1970-01-01T00:01:00.000Z",
      "b true in passing: no check",
      "h true in passing: no check",
    ],
  ],
  [
    "a slow start",
    [[putInstance("web", "a")], [vote("web", "a", "passing", { weightShare: 0.1 })]],
    { rule: "up" },
    ["a true in passing: because; starts slowly, with 10 % of its weight"],
  ],
  [
    "a selection",
    [[putInstance("web", "a"), putInstance("web", "b"), settle("web", { maxAnswers: 1 })]],
    { maxAnswers: 1 },
    [expect.stringMatching(/^a true /), expect.stringMatching(/^b true /)],
  ],
])("%s is explained", async (_, commits, group, expected) => {
  await startExplaining(...commits);
  const answer = await explained("name=web");
  expect(answer.group).toMatchObject(group);
  expect(told(answer)).toEqual(expected);
});

test.each<[query: string, what: string, rcode: string]>([
  ["name=mail.svc.test&type=A", "data of files in svc.test.", "NOERROR"],
  ["name=x.wild.svc.test&type=A", "answered by a name above it in svc.test.", "NOERROR"],
  ["name=x.other.svc.test&type=A", "delegated out of svc.test.", "NOERROR"],
  ["name=none&type=A", "nothing: svc.test. has no such name, which would be the instances of none", "NXDOMAIN"],
  ["name=_x.y.z.web.svc.test&type=A", "nothing: svc.test. has no such name", "NXDOMAIN"],
  ["name=example.com&type=A", "in no zone of this server", "REFUSED"],
  ["name=_status.web.svc.test&type=TXT", "what is told of web to people", "NOERROR"],
  [
    "name=_config.web.svc.test&type=TXT",
    "nothing: svc.test. has no such name, which would be dynamic configuration of web",
    "NXDOMAIN",
  ],
  ["name=leader.web.svc.test&type=A", "the instance that holds the leader lease of web", "NOERROR"],
  ["name=_http._tcp.svc.test&type=PTR", "service instances to browse for (RFC 6763)", "NOERROR"],
  ["name=i.web.svc.test&type=A", "a name of svc.test. that leads to others", "NOERROR"],
  ["name=svc.test&type=SOA", "a name of svc.test. that leads to others, and data of files", "NOERROR"],
])("%s is %s", async (query, what, rcode) => {
  await startExplaining(web);
  const answer = await explained(query);
  expect([answer.what, answer.answer.rcode]).toEqual([what, rcode]);
});

test("an empty answer says why, in the words of its Extended DNS Error", async () => {
  await startExplaining(
    [putInstance("web", "a"), settle("web", { failurePolicy: "none", ttlSeconds: 9 })],
    [vote("web", "a", "critical")],
  );
  const { answer, group, ttl } = await explained("name=web&type=A");
  expect(answer.extendedError).toEqual({ code: 0, text: group.why });
  expect(ttl).toEqual({ seconds: 1, from: "negativeTtlSeconds", answered: 1 });
});

test.each<[kind: ProspectKind, seconds: number, from: string]>([
  ["lease", 2, "ttlSeconds, shortened by the end of a lease of web in 2 s"],
  ["verdict", 1, "ttlSeconds, shortened by the next verdict of a failing check of web in 1 s"],
  ["maintenance", 4, "ttlSeconds, shortened by the end of a maintenance of web in 4 s"],
  ["lease", 5, "ttlSeconds"],
])("a TTL with a %s in %i s is from %s", async (kind, seconds, from) => {
  await startForeseeing((service) => ({ kind, service, seconds }), web);
  expect((await explained("name=web&type=A")).ttl).toMatchObject({ seconds: 5, from });
});

test("what shortens the answers of a service that is stood in for is what shortens those of who stands in", async () => {
  await startForeseeing(
    (service) => ({ kind: "lease", service, seconds: 3 }),
    [
      putInstance("web", "a"),
      putInstance("spare", "s"),
      settle("web", { failover: [{ service: "spare" }], failBelow: 2 }),
    ],
  );
  expect((await explained("name=web")).ttl.from).toBe("ttlSeconds, shortened by the end of a lease of spare in 3 s");
});

test.each<[query: string, ttl: object]>([
  ["name=web&type=AAAA", { seconds: 7, from: "negativeTtlSeconds of the service", answered: 7 }],
  ["name=none.web.svc.test", { seconds: 7, from: "negativeTtlSeconds of the service", answered: 7 }],
  ["name=none", { seconds: 1, from: "negativeTtlSeconds", answered: 1 }],
  ["name=example.com", {}],
])("the TTL of the empty answer to %s is %j", async (query, ttl) => {
  await startExplaining([putInstance("web", "a"), settle("web", { negativeTtlSeconds: 7 })]);
  expect((await explained(query)).ttl).toEqual(ttl);
});

test("every fault of a question is told", async () => {
  await startExplaining(web);
  const response = await api!.send("GET", "/v1/explain?name=a..b&type=HINFO2&client=me");
  const errors = response
    .json()
    .errors.map(({ path, message }: { path: string; message: string }) => `${path} ${message}`);
  expect([response.statusCode, errors]).toEqual([
    400,
    [
      expect.stringMatching(/^\?name must be a domain name: /),
      '?type must be an RR type such as SRV or TYPE65: got "HINFO2"',
      '?client must be an IP address: got "me"',
    ],
  ]);
  expect((await api!.send("GET", "/v1/explain?name=web&type=AXFR")).statusCode).toBe(400);
});
