import { expect, test } from "vitest";
import { terminal } from "./terminal.ts";

const question = { name: "web.svc.internal.", type: "A", client: "10.1.2.3" };
const explanation = {
  question,
  what: "the instances of web",
  place: { zone: "svc.internal.", serial: 7 },
  answer: {
    rcode: "NOERROR",
    extendedError: { text: "answering spare (failover)" },
    answer: [{ name: "web.svc.internal.", ttl: 3, type: "A", rdata: "10.0.0.1" }],
  },
  group: {
    rule: "failover",
    answered: 1,
    registered: 2,
    quorum: 1,
    failurePolicy: "all",
    standIn: "spare",
    brakes: [{ service: "*", reason: "9 of 10 fell", untilMs: 0 }],
    selection: "random",
    maxAnswers: 5,
  },
  ttl: { seconds: 5, from: "ttlSeconds", answered: 3 },
  leader: { id: "a", token: 4 },
  instances: [
    { service: "web", id: "a", state: "critical", isAnswered: false, isInAnswer: false, why: "critical: HTTP 503" },
    { service: "spare", id: "s", state: "passing", isAnswered: true, why: "no check; stands in" },
  ],
};

test("explain NAME TYPE --client tells the rule, the TTL and each instance", async () => {
  const it = terminal({ replies: [{ json: explanation }] });
  expect(await it.run("explain", "web", "A", "--client", "10.1.2.3")).toBe(0);
  expect(it.requests.map(({ url }) => url)).toEqual(["/v1/explain?name=web&type=A&client=10.1.2.3"]);
  expect(it.stdout.split("\n")).toEqual([
    "question        web.svc.internal. A from 10.1.2.3",
    "name            the instances of web",
    "zone            svc.internal. at serial 7",
    "answer          NOERROR: answering spare (failover)",
    "rule            failover: 1 of 2 answered, 1 must be up",
    "failure policy  all",
    "failover        spare",
    "brake           * until 1970-01-01T00:00:00.000Z: 9 of 10 fell",
    "selection       random, 5 records at most",
    "leader          a with token 4",
    "TTL             5 s from ttlSeconds, answered 3 s",
    "web.svc.internal. 3 IN A 10.0.0.1",
    "INSTANCE  STATE     ANSWERED  HERE  WHY",
    "web/a     critical  no        no    critical: HTTP 503",
    "spare/s   passing   yes       -     no check; stands in",
    "",
  ]);
});

test("explain of what is no name of ours says only what it is", async () => {
  const json = {
    question,
    what: "in no zone of this server",
    answer: { rcode: "REFUSED", extendedError: { text: "" }, answer: [] },
    ttl: {},
    instances: [],
  };
  const it = terminal({ replies: [{ json }] });
  expect(await it.run("explain", "example.com")).toBe(0);
  expect(it.requests.map(({ url }) => url)).toEqual(["/v1/explain?name=example.com&type=SRV"]);
  expect(it.stdout.split("\n")).toEqual([
    "question  web.svc.internal. A from 10.1.2.3",
    "name      in no zone of this server",
    "answer    REFUSED",
    "",
  ]);
});

test("explain --json prints what the server says", async () => {
  const it = terminal({ replies: [{ json: explanation }] });
  await it.run("explain", "web", "--json");
  expect(JSON.parse(it.stdout)).toEqual(explanation);
});
