import { expect, test } from "vitest";
import type { Port } from "../../src/catalog/model.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { ask, lines } from "../support/ask.ts";
import { operate, putInstance, Registry } from "../support/registry.ts";

const port = (name: string, number: number, ...alpn: string[]): Port => ({ name, port: number, protocol: "tcp", alpn });
const https = port("https", 443, "h2", "http/1.1");

/** RDATA of the answer, sorted; the rcode when there is none. */
function rdata(registry: Registry, question: string): string[] {
  const message = ask(registry.snapshot(), question);
  const type = question.endsWith("HTTPS") ? TYPE.HTTPS : TYPE.SVCB;
  const found = message.answer.filter((record) => record.type === type).map((record) => rdataText(type, record.rdata));
  return found.length > 0 ? found.sort() : lines(message).slice(0, 1);
}

test.each<[name: string, ports: Port[], svcb: string[], httpsRecords: string[]]>([
  ["no port declares ALPN", [port("http", 80)], ["NOERROR aa"], ["NOERROR aa"]],
  [
    "HTTP/2 beside what every HTTPS client speaks",
    [https],
    ['11 a.i.web.svc.test. alpn="h2,http/1.1" port=443'],
    ['11 a.i.web.svc.test. alpn="h2,http/1.1" port=443'],
  ],
  [
    "HTTP/3 alone",
    [port("quic", 8443, "h3")],
    ['11 a.i.web.svc.test. alpn="h3" port=8443'],
    ['11 a.i.web.svc.test. alpn="h3" no-default-alpn port=8443'],
  ],
  ["no HTTP", [port("mqtt", 8883, "mqtt")], ['11 a.i.web.svc.test. alpn="mqtt" port=8883'], ["NOERROR aa"]],
  [
    "the first port that declares it",
    [port("plain", 80), port("mqtt", 8883, "mqtt"), https],
    ['11 a.i.web.svc.test. alpn="mqtt" port=8883'],
    ['11 a.i.web.svc.test. alpn="h2,http/1.1" port=443'],
  ],
  [
    "an id with a comma and a letter beyond ASCII",
    [port("odd", 1, "a,b", "ä")],
    ['11 a.i.web.svc.test. alpn="a\\\\,b,\\195\\164" port=1'],
    ["NOERROR aa"],
  ],
])("service bindings: %s", (_, ports, svcb, httpsRecords) => {
  const registry = new Registry().commit(putInstance("web", "a", { ports }));
  expect(rdata(registry, "web.svc.test. SVCB")).toEqual(svcb);
  expect(rdata(registry, "web.svc.test. HTTPS")).toEqual(httpsRecords);
});

test.each<[name: string, registry: Registry, question: string, expected: string[]]>([
  [
    "each answered instance by its own priority",
    new Registry().commit(
      putInstance("web", "a", { ports: [https], priority: 0 }),
      putInstance("web", "b", { ports: [https], priority: 65_535 }),
      putInstance("web", "c", { ports: [https] }),
      putInstance("web", "d", { ports: [port("http", 80)] }),
      operate("web", "c", "draining"),
    ),
    "web.svc.test. HTTPS",
    ['1 a.i.web.svc.test. alpn="h2,http/1.1" port=443', '65535 b.i.web.svc.test. alpn="h2,http/1.1" port=443'],
  ],
  [
    "those of a tag",
    new Registry().commit(
      putInstance("web", "a", { ports: [https], tags: ["canary"] }),
      putInstance("web", "b", { ports: [https] }),
    ),
    "canary.web.svc.test. SVCB",
    ['11 a.i.web.svc.test. alpn="h2,http/1.1" port=443'],
  ],
  [
    "an instance that is a host name among others",
    new Registry().commit(
      putInstance("web", "a", { ports: [https] }),
      putInstance("web", "b", { ports: [https], addresses: [], host: "web.example.com" }),
      putInstance("web", "c", { ports: [https], addresses: [], host: "web.example.com" }),
    ),
    "web.svc.test. HTTPS",
    ['11 a.i.web.svc.test. alpn="h2,http/1.1" port=443', '11 web.example.com. alpn="h2,http/1.1" port=443'],
  ],
  [
    "none beside a CNAME",
    new Registry().commit(putInstance("web", "b", { ports: [https], addresses: [], host: "web.example.com" })),
    "web.svc.test. HTTPS",
    ["NOERROR aa"],
  ],
  [
    "none at an instance",
    new Registry().commit(putInstance("web", "a", { ports: [https] })),
    "a.i.web.svc.test. HTTPS",
    ["NOERROR aa"],
  ],
])("service bindings: %s", (_, registry, question, expected) => {
  expect(rdata(registry, question)).toEqual(expected);
});

test("of more bindings than one answer may hold each client gets as many as it may", () => {
  const registry = new Registry().commit(
    ...Array.from({ length: 150 }, (_, i) => putInstance("web", `i-${i}`, { ports: [https], weight: i % 3 })),
  );
  const message = ask(registry.snapshot(), "web.svc.test. HTTPS", { protocol: "tcp" });
  expect(new Set(message.answer.map(({ rdata }) => rdata)).size).toBe(100);
});
