import { describe, expect, test } from "vitest";
import { instanceKey, voteKey } from "../../src/catalog/keys.ts";
import { isNameTooLong, nameOf, parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { eachChild } from "../../src/zone/children.ts";
import { findRRset, type Node } from "../../src/zone/node.ts";
import { ask, lines } from "../support/ask.ts";
import { operate, putInstance, Registry, SCHEME, settle } from "../support/registry.ts";

const http = { name: "http", port: 80, protocol: "tcp", alpn: [] } as const;
const admin = { name: "admin", port: 81, protocol: "tcp", alpn: [] } as const;
const voice = { name: "voice", port: 5060, protocol: "udp", alpn: [] } as const;
const dnsSd = { name: "dns-sd", port: 5353, protocol: "udp", alpn: [] } as const;

/** rcode and answer section; what else is sent along is the responder's matter. */
function answer(registry: Registry, question: string): string[] {
  const [first, ...rest] = lines(ask(registry.snapshot(), question));
  return [first!, ...rest.filter((line) => line.startsWith("an "))].map((line) => line.replace(/^an \S+ /, "")).sort();
}

describe("browsing (RFC 6763)", () => {
  const registry = new Registry().commit(
    putInstance("web", "a", { ports: [http, admin], meta: { path: "/", version: "1" } }),
    putInstance("web", "b", { ports: [http], meta: { path: "/", version: "2" }, addresses: ["10.0.0.2"] }),
    putInstance("http", "h", { ports: [http], meta: {} }),
    putInstance("phone", "p", { ports: [voice, dnsSd], meta: { version: "1" } }),
    putInstance("ext", "e", { addresses: [], host: "db.example.com", ports: [http] }),
    putInstance("resting", "r", { ports: [http] }),
    operate("resting", "r", "maintenance"),
    settle("settled", { ttlSeconds: 9 }),
  );
  test.each<[question: string, expected: string[]]>([
    ["b._dns-sd._udp.svc.test. PTR", ["5 PTR svc.test."]],
    ["lb._dns-sd._udp.svc.test. PTR", ["5 PTR svc.test."]],
    [
      "_services._dns-sd._udp.svc.test. PTR",
      ["5 PTR _admin._tcp.svc.test.", "5 PTR _http._tcp.svc.test.", "5 PTR _voice._udp.svc.test."],
    ],
    [
      "_http._tcp.svc.test. PTR",
      ["ext", "http", "resting", "web"].map((service) => `5 PTR ${service}._http._tcp.svc.test.`),
    ],
    // None of its instances is answered: it is there all the same.
    ["resting._http._tcp.svc.test. SRV", []],
    ["resting._http._tcp.svc.test. TXT", []],
    ["_http._tcp.svc.test. SRV", ["5 SRV 10 256 80 h.i.http.svc.test."]],
    ["_admin._tcp.svc.test. PTR", ["5 PTR web._admin._tcp.svc.test."]],
    ["_voice._udp.svc.test. PTR", ["5 PTR phone._voice._udp.svc.test."]],
    ["web._http._tcp.svc.test. SRV", ["5 SRV 10 256 80 a.i.web.svc.test.", "5 SRV 10 256 80 b.i.web.svc.test."]],
    ["web._http._tcp.svc.test. TXT", ['5 TXT "path=/"']],
    ["web._admin._tcp.svc.test. SRV", ["5 SRV 10 256 81 a.i.web.svc.test."]],
    ["http._http._tcp.svc.test. TXT", ['5 TXT ""']],
    ["ext._http._tcp.svc.test. SRV", ["5 SRV 10 256 80 db.example.com."]],
    ["phone._voice._udp.svc.test. TXT", ['5 TXT "version=1"']],
    ["_dns-sd._udp.svc.test. PTR", []],
  ])("%s", (question, expected) => {
    expect(answer(registry, question)).toEqual([...expected, "NOERROR aa"].sort());
  });

  test.each([
    "resting._admin._tcp.svc.test. SRV",
    "settled._http._tcp.svc.test. SRV",
    "phone._dns-sd._udp.svc.test. SRV",
  ])("%s is NXDOMAIN: it is not browsed", (question) => expect(answer(registry, question)).toEqual(["NXDOMAIN aa"]));
});

describe("what browsing shares with other names stays when the one or the other goes", () => {
  const twoTypes = () =>
    new Registry().commit(putInstance("http", "h", { ports: [http] }), putInstance("web", "a", { ports: [http] }));
  const srv = "5 SRV 10 256 80 h.i.http.svc.test.";
  const pointer = (service: string) => `5 PTR ${service}._http._tcp.svc.test.`;
  test.each<[name: string, change: (registry: Registry) => Registry, question: string, expected: string[]]>([
    ["a service goes", (r) => r.commit(instanceKey("web", "a")), "PTR", [pointer("http"), "NOERROR aa"]],
    ["a service goes", (r) => r.commit(instanceKey("web", "a")), "SRV", [srv, "NOERROR aa"]],
    ["the service named http goes", (r) => r.commit(instanceKey("http", "h")), "PTR", [pointer("web"), "NOERROR aa"]],
    ["the service named http goes", (r) => r.commit(instanceKey("http", "h")), "SRV", ["NOERROR aa"]],
    [
      "the service named http rests",
      (r) => r.commit(operate("http", "h", "draining")),
      "PTR",
      [pointer("http"), pointer("web"), "NOERROR aa"],
    ],
    ["both go at once", (r) => r.commit(instanceKey("http", "h"), instanceKey("web", "a")), "PTR", ["NXDOMAIN aa"]],
    [
      "a service is given another port",
      (r) => r.commit(putInstance("web", "a", { ports: [admin] })),
      "PTR",
      [pointer("http"), "NOERROR aa"],
    ],
  ])("%s: %#", (_, change, type, expected) => {
    expect(answer(change(twoTypes()), `_http._tcp.svc.test. ${type}`)).toEqual(expected);
  });

  test("the last service takes every name for browsing with it", () => {
    const registry = new Registry().commit(putInstance("web", "a", { ports: [http, voice] }));
    registry.commit(instanceKey("web", "a"), voteKey("web", "a", "local"));
    for (const name of ["_http._tcp", "_tcp", "_udp", "_dns-sd._udp", "_services._dns-sd._udp", "b._dns-sd._udp"]) {
      expect(answer(registry, `${name}.svc.test. PTR`)).toEqual(["NXDOMAIN aa"]);
    }
  });
});

test("a label that an underscore would make too long is left out, and every name fits", () => {
  const [long, longest] = ["a".repeat(62), "b".repeat(63)];
  const ports = [long, longest].map((name) => ({ ...http, name }));
  const registry = new Registry().commit(
    ...[long, longest].map((service) => putInstance(service, longest, { ports, tags: [longest] })),
  );
  expect(answer(registry, "_services._dns-sd._udp.svc.test. PTR")).toEqual([
    `5 PTR _${long}._tcp.svc.test.`,
    "NOERROR aa",
  ]);
  for (const name of everyName(registry.generated, SCHEME.zone)) expect(isNameTooLong(name)).toBe(false);
});

test("of more services than one answer may hold each client gets as many as it may", () => {
  const registry = new Registry().commit(
    ...Array.from({ length: 150 }, (_, i) => putInstance(`web-${i}`, "a", { ports: [http] })),
  );
  const message = ask(registry.snapshot(), "_http._tcp.svc.test. PTR", { protocol: "tcp" });
  expect(message.answer.filter(({ type }) => type === TYPE.PTR).length).toBe(SCHEME.maxAnswers);
  const pointers = findRRset(nodeAt(registry.generated, ["_tcp", "_http"]), TYPE.PTR);
  expect(pointers?.rdatas.length).toBe(150);
  expect(pointers?.rdatas).toContain(parseName("web-149._http._tcp.svc.test."));
});

function nodeAt(node: Node, path: readonly string[]): Node {
  const [label, ...rest] = path;
  return label === undefined
    ? node
    : nodeAt([...eachChild(node.children)].find((child) => child.label === label)!, rest);
}

function* everyName(node: Node, name: string): Generator<string> {
  yield name;
  for (const child of eachChild(node.children)) yield* everyName(child, nameOf([child.label], name));
}
