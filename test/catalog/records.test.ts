import { describe, expect, test } from "vitest";
import { instanceKey, voteKey } from "../../src/catalog/keys.ts";
import { EDE } from "../../src/dns/numbers.ts";
import { readU16 } from "../../src/dns/octets.ts";
import { ask, lines } from "../support/ask.ts";
import { configure, operate, putInstance, Registry, settle, vote } from "../support/registry.ts";

const http = { name: "http", port: 80, protocol: "tcp", alpn: [] } as const;
const admin = { name: "admin", port: 81, protocol: "tcp", alpn: [] } as const;
const voice = { name: "voice", port: 5060, protocol: "udp", alpn: [] } as const;
const checked = {
  initialState: "critical" as const,
  checks: [{ kind: "tcp" as const, intervalSeconds: 1, timeoutSeconds: 1, passAfter: 1, failAfter: 1 }],
};

/** Sections without the SOA of negative answers. */
function answers(registry: Registry, question: string): string[] {
  return lines(ask(registry.snapshot(), question)).filter((line) => !line.startsWith("au svc.test."));
}

function errorCode(registry: Registry, question: string): number | undefined {
  const options = ask(registry.snapshot(), question, { udpOctets: 1232 }).edns?.options ?? [];
  const data = options.find(({ code }) => code === 15)?.data;
  return data === undefined ? undefined : readU16(data, 0);
}

describe("the naming scheme (DESIGN §5)", () => {
  const registry = new Registry().commit(
    putInstance("web", "a", { ports: [http, admin], tags: ["canary"], meta: { version: "1" }, weight: 3 }),
    putInstance("web", "b", { ports: [http], addresses: ["10.0.0.2", "2001:db8::2"], priority: 20 }),
    putInstance("sip", "s", { ports: [voice] }),
    putInstance("ext", "only", { addresses: [], host: "db.example.com", ports: [http] }),
    putInstance("mix", "h", { addresses: [], host: "db.example.com", ports: [http] }),
    putInstance("mix", "i", { ports: [http] }),
  );
  const srvA = "SRV 10 768 80 a.i.web.svc.test.";
  const srvB = "SRV 20 256 80 b.i.web.svc.test.";
  const addresses = [
    "ad a.i.web.svc.test. 5 A 10.0.0.1",
    "ad b.i.web.svc.test. 5 A 10.0.0.2",
    "ad b.i.web.svc.test. 5 AAAA 2001:db8::2",
  ];

  test.each<[question: string, expected: string[]]>([
    ["web.svc.test. A", ["an web.svc.test. 5 A 10.0.0.1", "an web.svc.test. 5 A 10.0.0.2"]],
    ["web.svc.test. AAAA", ["an web.svc.test. 5 AAAA 2001:db8::2"]],
    ["web.svc.test. SRV", [`an web.svc.test. 5 ${srvA}`, `an web.svc.test. 5 ${srvB}`, ...addresses]],
    [
      "_http._tcp.web.svc.test. SRV",
      [`an _http._tcp.web.svc.test. 5 ${srvA}`, `an _http._tcp.web.svc.test. 5 ${srvB}`, ...addresses],
    ],
    [
      "_admin._tcp.web.svc.test. SRV",
      ["an _admin._tcp.web.svc.test. 5 SRV 10 768 81 a.i.web.svc.test.", addresses[0]!],
    ],
    ["_web._tcp.svc.test. SRV", [`an _web._tcp.svc.test. 5 ${srvA}`, `an _web._tcp.svc.test. 5 ${srvB}`, ...addresses]],
    ["_web._udp.svc.test. SRV", []],
    [
      "_sip._udp.svc.test. SRV",
      ["an _sip._udp.svc.test. 5 SRV 10 256 5060 s.i.sip.svc.test.", "ad s.i.sip.svc.test. 5 A 10.0.0.1"],
    ],
    ["canary.web.svc.test. A", ["an canary.web.svc.test. 5 A 10.0.0.1"]],
    ["_http._tcp.canary.web.svc.test. SRV", [`an _http._tcp.canary.web.svc.test. 5 ${srvA}`, addresses[0]!]],
    ["a.i.web.svc.test. A", ["an a.i.web.svc.test. 5 A 10.0.0.1"]],
    ["a.i.web.svc.test. TXT", ['an a.i.web.svc.test. 5 TXT "version=1"']],
    ["a.i.web.svc.test. SRV", [`an a.i.web.svc.test. 5 ${srvA}`, addresses[0]!]],
    ["only.i.ext.svc.test. A", ["an only.i.ext.svc.test. 5 CNAME db.example.com."]],
    ["ext.svc.test. A", ["an ext.svc.test. 5 CNAME db.example.com."]],
    ["_http._tcp.ext.svc.test. SRV", ["an _http._tcp.ext.svc.test. 5 SRV 10 256 80 db.example.com."]],
    ["mix.svc.test. A", ["an mix.svc.test. 5 A 10.0.0.1"]],
    [
      "mix.svc.test. SRV",
      [
        "an mix.svc.test. 5 SRV 10 256 80 db.example.com.",
        "an mix.svc.test. 5 SRV 10 256 80 i.i.mix.svc.test.",
        "ad i.i.mix.svc.test. 5 A 10.0.0.1",
      ],
    ],
    ["web.svc.test. TXT", []],
    ["_status.web.svc.test. TXT", ['an _status.web.svc.test. 0 TXT "answered=2" "registered=2" "rule=up"']],
    [
      "_why.a.i.web.svc.test. TXT",
      ['an _why.a.i.web.svc.test. 0 TXT "state=passing" "answered=yes" "reason=no check"'],
    ],
  ])("%s", (question, expected) => {
    const [rcode, ...sections] = answers(registry, question);
    expect(rcode).toBe("NOERROR aa");
    expect(sections.toSorted()).toEqual(expected.toSorted());
  });

  test.each(["other.svc.test. A", "x.i.web.svc.test. A", "_x._tcp.web.svc.test. SRV"])("%s is NXDOMAIN", (question) => {
    expect(answers(registry, question)).toEqual(["NXDOMAIN aa"]);
  });
});

describe("what is answered when none passes (DESIGN §6)", () => {
  const down = (id: string) => vote("web", id, "critical");
  test.each<[name: string, registry: Registry, expected: string[], ede: number | undefined]>([
    [
      "one passes",
      new Registry().commit(putInstance("web", "a"), putInstance("web", "b", { addresses: ["10.0.0.2"] }), down("a")),
      ["NOERROR aa", "an web.svc.test. 5 A 10.0.0.2"],
      undefined,
    ],
    [
      "warning is answered",
      new Registry().commit(putInstance("web", "a"), vote("web", "a", "warning")),
      ["NOERROR aa", "an web.svc.test. 5 A 10.0.0.1"],
      undefined,
    ],
    [
      "policy all answers those that ever passed",
      new Registry().commit(putInstance("web", "a"), down("a")),
      ["NOERROR aa", "an web.svc.test. 5 A 10.0.0.1"],
      EDE.OTHER,
    ],
    [
      "policy none is NODATA",
      new Registry().commit(settle("web", { failurePolicy: "none" }), putInstance("web", "a"), down("a")),
      ["NOERROR aa"],
      EDE.OTHER,
    ],
    ["never passed is NODATA", new Registry().commit(putInstance("web", "a", checked)), ["NOERROR aa"], EDE.NOT_READY],
    [
      "a vote about another incarnation is void",
      new Registry().commit(putInstance("web", "a", { generation: 2 }), down("a")),
      ["NOERROR aa", "an web.svc.test. 5 A 10.0.0.1"],
      undefined,
    ],
    [
      "maintenance is not failing",
      new Registry().commit(putInstance("web", "a"), operate("web", "a", "maintenance")),
      ["NOERROR aa"],
      EDE.OTHER,
    ],
    ["settings alone make a service", new Registry().commit(settle("web", {})), ["NOERROR aa"], EDE.OTHER],
  ])("%s", (_, registry, expected, ede) => {
    expect(answers(registry, "web.svc.test. A")).toEqual(expected);
    expect(errorCode(registry, "web.svc.test. A")).toBe(ede);
  });

  test("the last instance takes every name of its service with it", () => {
    const registry = new Registry().commit(putInstance("web", "a", { tags: ["canary"] }));
    registry.commit(instanceKey("web", "a"), voteKey("web", "a", "local"));
    for (const name of ["web", "i.web", "canary.web", "_tcp.web", "_web._tcp", "_tcp"]) {
      expect(answers(registry, `${name}.svc.test. A`)).toEqual(["NXDOMAIN aa"]);
    }
  });

  test("the negative TTL of a service stands in its SOA", () => {
    const registry = new Registry().commit(settle("web", { negativeTtlSeconds: 3 }), putInstance("web", "a"));
    expect(ask(registry.snapshot(), "web.svc.test. TXT").authority[0]?.ttl).toBe(3);
    expect(ask(registry.snapshot(), "x.i.web.svc.test. A").authority[0]?.ttl).toBe(3);
    expect(ask(registry.snapshot(), "other.svc.test. A").authority[0]?.ttl).toBe(1);
  });
});

describe("configuration as TXT (DESIGN §7)", () => {
  const long = "x".repeat(300);
  const registry = new Registry().commit(
    putInstance("web", "a", { tags: ["canary"] }),
    putInstance("web", "b"),
    configure({ kind: "all" }, { region: "eu", "db.pool": 5 }),
    configure({ kind: "service", service: "web" }, { "db.pool": 10, key: "s3cret", text: long }, ["key"]),
    configure({ kind: "tag", service: "web", tag: "canary" }, { beta: true }),
    configure({ kind: "instance", service: "web", id: "b" }, { "db.pool": 20 }),
    configure({ kind: "service", service: "later" }, { early: "yes" }),
  );
  test.each<[name: string, expected: string]>([
    ["_config.svc.test.", '"db.pool=5" "region=eu"'],
    ["_config.web.svc.test.", '"db.pool=10" "region=eu" "text"'],
    ["_config.canary.web.svc.test.", '"beta=true" "db.pool=10" "region=eu" "text"'],
    ["_config.a.i.web.svc.test.", '"beta=true" "db.pool=10" "region=eu" "text"'],
    ["_config.b.i.web.svc.test.", '"db.pool=20" "region=eu" "text"'],
    ["db.pool._config.b.i.web.svc.test.", '"20"'],
    ["text._config.web.svc.test.", `"${long.slice(0, 255)}" "${long.slice(255)}"`],
    ["_config.later.svc.test.", '"db.pool=5" "early=yes" "region=eu"'],
  ])("%s", (name, expected) => {
    expect(answers(registry, `${name} TXT`)).toEqual(["NOERROR aa", `an ${name} 5 TXT ${expected}`]);
  });

  test("a secret is nowhere in DNS", () => {
    expect(answers(registry, "key._config.web.svc.test. TXT")).toEqual(["NXDOMAIN aa"]);
  });

  test("_rev changes exactly when something readable does", () => {
    const rev = () => answers(registry, "_rev._config.web.svc.test. TXT");
    const before = rev();
    expect(before[1]).toMatch(/TXT "1 [0-9a-f]{16}"$/);
    registry.commit(putInstance("web", "c"));
    expect(rev()).toEqual(before);
    registry.commit(configure({ kind: "all" }, { region: "us" }));
    expect(rev()).not.toEqual(before);
  });
});
