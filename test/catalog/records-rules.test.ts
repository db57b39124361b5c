import { describe, expect, test } from "vitest";
import { brakeKey, EVERY_SERVICE, serviceKey } from "../../src/catalog/keys.ts";
import type { Registration, ServiceSettings } from "../../src/catalog/model.ts";
import { answeredBy, isAnswered, rulingOf } from "../../src/catalog/rule.ts";
import { ask, lines } from "../support/ask.ts";
import { type Change, configure, operate, putInstance, Registry, settle, vote } from "../support/registry.ts";

/** What each instance is, in order of the revisions in which they came to be so: `a` up, `a-` fallen, and so on. */
type Standing = readonly string[];

const SUFFIXES: Readonly<Record<string, (service: string, id: string) => Change[]>> = {
  "": () => [],
  "!": (service, id) => [vote(service, id, "warning")],
  "-": (service, id) => [vote(service, id, "critical")],
  "~": (service, id) => [vote(service, id, "critical", { isStale: true })],
  "?": (service, id) => [vote(service, id, "critical", { hasPassed: false })],
  "=": (service, id) => [operate(service, id, "maintenance")],
};

/** Commits the registrations as one revision, and each of the rest as one of its own: the first fall is revision 2. */
function registryOf(service: string, standing: Standing, parts: Partial<Registration> = {}, registry = new Registry()) {
  const rows = standing.map((text) => /^(\w+)(\W?)$/.exec(text)!.slice(1) as [string, string]);
  const initialState = (suffix: string) => (suffix === "?" ? { initialState: "critical" as const } : {});
  registry.commit(
    ...rows.map(([id, suffix]) =>
      putInstance(service, id, { addresses: [addressOf(id)], ...parts, ...initialState(suffix) }),
    ),
  );
  for (const [id, suffix] of rows) {
    const changes = SUFFIXES[suffix]!(service, id);
    if (changes.length > 0) registry.commit(...changes);
  }
  return registry;
}

/** Of `a` 10.0.0.97, and so on. */
const addressOf = (id: string) => `10.0.0.${id.charCodeAt(0)}`;

function answers(registry: Registry, question: string): string[] {
  return lines(ask(registry.snapshot(), question))
    .filter((line) => line.startsWith("an "))
    .map((line) => line.split(" ").slice(3).join(" "));
}

function errorText(registry: Registry, question: string): string | undefined {
  const options = ask(registry.snapshot(), question, { udpOctets: 1232 }).edns?.options ?? [];
  return options.find(({ code }) => code === 15)?.data.slice(2);
}

/** The ids of who is answered, and the rule. */
function ruling(registry: Registry, tag?: string) {
  const found = rulingOf(registry.catalog.services.get("web")!, tag, registry.catalog);
  const ids = Array.from(answeredBy(found), ({ id }) => id).join("");
  expect(found.answered).toBe(ids.length);
  return `${found.rule} ${ids}`.trim();
}

describe("who is answered of a service alone", () => {
  test.each<[standing: string, settings: ServiceSettings, expected: string]>([
    ["a b- c!", {}, "up ac"],
    ["a b- c- d-", { failBelow: 1 }, "up a"],
    ["a b c- d-", { failBelow: 2 }, "up ab"],
    ["a b- c- d?", { failBelow: 2 }, "failOpen abc"],
    ["a b", { failBelow: 3 }, "failOpen ab"],
    ["a b c- d-", { failBelow: "50%" }, "up ab"],
    ["a b c- d-", { failBelow: "51%" }, "failOpen abcd"],
    ["a b= c= d-", { failBelow: "50%" }, "up a"],
    ["a b c-", { failBelow: "66%" }, "up ab"],
    ["a- b~", { failBelow: "0%" }, "failOpen ab"],
    ["a b- c-", { failBelow: 2, failurePolicy: "none" }, "failClosed"],
    ["a b- c- d-", { failBelow: 2, failurePolicy: "last" }, "last ad"],
    ["d- c- b- a-", { failBelow: 2, failurePolicy: "last" }, "last ab"],
    ["a- b- c?", { failBelow: 5, failurePolicy: "last" }, "last ab"],
    ["a- b~ c-", { failBelow: 3, failurePolicy: "last" }, "last ac"],
    ["a~ b~", { failurePolicy: "last" }, "failClosed"],
    ["a? b?", {}, "notReady"],
    ["a? b=", { failurePolicy: "none" }, "notReady"],
    ["a= b=", {}, "out"],
  ])("%s with %j: %s", (standing, settings, expected) => {
    const registry = registryOf("web", standing.split(" "));
    registry.commit(settle("web", settings));
    expect(ruling(registry)).toBe(expected);
  });

  test("falls of one revision are answered together under policy last", () => {
    const registry = registryOf("web", ["a", "b", "c-"]);
    registry.commit(vote("web", "a", "critical"), vote("web", "b", "critical"));
    registry.commit(settle("web", { failurePolicy: "last" }));
    expect(ruling(registry)).toBe("last ab");
  });

  test("the last set that sufficed stays the same while more of it fall", () => {
    const registry = registryOf("web", ["a-", "b", "c", "d"]);
    registry.commit(settle("web", { failBelow: 3, failurePolicy: "last" }));
    for (const id of ["b", "c", "d"]) {
      registry.commit(vote("web", id, "critical"));
      expect(ruling(registry)).toBe("last bcd");
    }
  });
});

describe("a brake", () => {
  const brake = (service: string, since: number): Change => [
    brakeKey(service),
    { since, reason: "3 fell", atMs: 0, untilMs: 1 },
  ];
  // Falls: a in revision 2, b in 3, c in 4.
  const falls = () => registryOf("web", ["a-", "b-", "c-", "d"]);

  test.each<[name: string, changes: Change[], expected: string]>([
    ["holds those that fell since", [brake("web", 3)], "braked bcd"],
    ["of all services holds them too", [brake(EVERY_SERVICE, 4)], "braked cd"],
    ["beside one of all services: the earlier counts", [brake("web", 4), brake(EVERY_SERVICE, 3)], "braked bcd"],
    ["that holds nobody alters nothing", [brake("web", 5)], "up d"],
    ["of another service alters nothing", [brake("db", 1)], "up d"],
    ["makes up for a quorum", [settle("web", { failBelow: 3 }), brake("web", 3)], "braked bcd"],
    [
      "that does not suffice leaves it to the policy",
      [settle("web", { failBelow: 4 }), brake("web", 4)],
      "failOpen abcd",
    ],
  ])("%s", (_, changes, expected) => {
    expect(ruling(falls().commit(...changes))).toBe(expected);
  });

  test("is released: what it held is answered no more", () => {
    const registry = falls().commit(brake("web", 3));
    expect(ruling(registry.commit(brakeKey("web")))).toBe("up d");
    expect(answers(registry, "web.svc.test. A")).toEqual(["A 10.0.0.100"]);
  });

  test("is told of in EDE, _status and _why", () => {
    const registry = falls().commit(brake("web", 3));
    const why = "1 of 4 instances of web pass: answering also 2 that fell at once (brake)";
    expect(errorText(registry, "web.svc.test. A")).toBe(why);
    expect(answers(registry, "_status.web.svc.test. TXT")).toEqual([
      `TXT "answered=3" "registered=4" "rule=braked" "why=${why}"`,
    ]);
    expect(answers(registry, "_why.b.i.web.svc.test. TXT")).toEqual([
      'TXT "state=critical" "answered=yes, held by the brake" "reason=because"',
    ]);
    expect(answers(registry, "_why.a.i.web.svc.test. TXT")).toEqual([
      'TXT "state=critical" "answered=no" "reason=because"',
    ]);
  });
});

describe("failover", () => {
  const port = (name: string) => ({ name, port: 80, protocol: "tcp" as const, alpn: [] });
  /** `web` with the failover given, `backup` with one tagged blue and one in eu-1a, `down` with nobody up. */
  function registryWith(web: string, settings: ServiceSettings): Registry {
    const registry = registryOf("web", web.split(" "), { tags: ["canary"] });
    registryOf("web", ["s"], { tags: ["stable"] }, registry);
    registryOf("backup", ["x"], { tags: ["blue"], ports: [port("http")], weight: 2 }, registry);
    registryOf("backup", ["y", "z-"], { locality: "eu-1a", ports: [port("http")] }, registry);
    registryOf("down", ["o-"], {}, registry);
    return registry.commit(settle("web", settings));
  }

  test.each<[web: string, settings: ServiceSettings, expected: string, tagged: string]>([
    ["a", { failover: [{ service: "backup" }] }, "up as", "up a"],
    ["a-", { failover: [{ service: "backup" }] }, "up s", "failover xy"],
    ["a-", { failBelow: 2, failover: [{ service: "backup" }] }, "failover xy", "failover xy"],
    ["a-", { failBelow: 2, failover: [{ service: "backup", tag: "blue" }] }, "failover x", "failover x"],
    ["a-", { failBelow: 2, failover: [{ service: "backup", locality: "eu-1a" }] }, "failover y", "failover y"],
    ["a-", { failBelow: 2, failover: [{ service: "down" }, { service: "backup" }] }, "failover xy", "failover xy"],
    ["a-", { failBelow: 2, failover: [{ service: "down" }, { service: "none" }] }, "failOpen as", "failOpen a"],
    ["a-", { failover: [{ tag: "stable" }] }, "up s", "failover s"],
    ["a- b", { failBelow: 3, failover: [{ tag: "canary" }] }, "failover b", "failOpen ab"],
    ["a-", { failBelow: 2, failover: [{ service: "web" }] }, "failOpen as", "failover s"],
    ["a=", { failover: [{ service: "backup" }], failBelow: 2 }, "failover xy", "failover xy"],
  ])("web %s with %j: %s, those tagged canary %s", (web, settings, expected, tagged) => {
    const registry = registryWith(web, settings);
    expect(ruling(registry)).toBe(expected);
    expect(ruling(registry, "canary")).toBe(tagged);
  });

  test("is not followed any further", () => {
    const registry = registryWith("a-", { failBelow: 2, failover: [{ service: "down" }] });
    registry.commit(settle("down", { failover: [{ service: "backup" }] }));
    expect(ruling(registry)).toBe("failOpen as");
  });

  test("answers those who stand in at every name, under their own names", () => {
    const registry = registryWith("a-", { failBelow: 2, ttlSeconds: 7, failover: [{ service: "backup" }] });
    const srv = ["SRV 10 256 80 y.i.backup.svc.test.", "SRV 10 512 80 x.i.backup.svc.test."];
    expect(answers(registry, "web.svc.test. A").sort()).toEqual(["A 10.0.0.120", "A 10.0.0.121"]);
    for (const name of ["web", "_http._tcp.web", "_web._tcp", "_http._tcp.canary.web", "web._http._tcp"])
      expect(answers(registry, `${name}.svc.test. SRV`).sort(), name).toEqual(srv);
    expect(answers(registry, "a.i.web.svc.test. A")).toEqual(["A 10.0.0.97"]);
  });

  test("ends by itself, with the names that only those who stood in have", () => {
    const registry = registryWith("a-", { failBelow: 2, failover: [{ service: "backup" }] });
    registry.commit(vote("web", "a", "passing"));
    expect(ruling(registry)).toBe("up as");
    expect(lines(ask(registry.snapshot(), "_http._tcp.web.svc.test. SRV"))[0]).toBe("NXDOMAIN aa");
  });

  test("follows what becomes of those who stand in", () => {
    const registry = registryWith("a-", { failBelow: 2, failover: [{ service: "backup" }] });
    registry.commit(vote("backup", "x", "critical"));
    expect(registry.catalog.changedAt("web"), "what was read of it does not hold").toBe(registry.catalog.revision);
    expect(answers(registry, "web.svc.test. A")).toEqual(["A 10.0.0.121"]);
    registry.commit(vote("backup", "y", "critical"));
    expect(answers(registry, "web.svc.test. A").sort()).toEqual(["A 10.0.0.115", "A 10.0.0.97"]);
    registry.commit(vote("backup", "y", "passing"), serviceKey("web"));
    expect(ruling(registry)).toBe("up s");
  });

  test("follows it for a tag too that is only configured so far", () => {
    const registry = registryWith("a", { failover: [{ service: "backup" }] });
    registry.commit(configure({ kind: "tag", service: "web", tag: "beta" }, { level: 1 }));
    registry.commit(vote("backup", "x", "critical"));
    expect(answers(registry, "beta.web.svc.test. A")).toEqual(["A 10.0.0.121"]);
  });

  test("to what is one host name is a CNAME", () => {
    const registry = registryOf("web", ["a-"]);
    registry.commit(putInstance("cdn", "c", { addresses: [], host: "cdn.example.com" }));
    registry.commit(settle("web", { failover: [{ service: "cdn" }] }));
    expect(answers(registry, "web.svc.test. CNAME")).toEqual(["CNAME cdn.example.com."]);
  });

  test("is told of in EDE, _status and _why", () => {
    const registry = registryWith("a-", { failBelow: 2, failover: [{ service: "backup", locality: "eu-1a" }] });
    const why = "too few instances of web pass (1 of 2, 2 needed): answering backup in eu-1a (failover)";
    expect(errorText(registry, "web.svc.test. A")).toBe(why);
    expect(errorText(registry, "_web._tcp.svc.test. SRV")).toBe(why);
    expect(answers(registry, "_status.web.svc.test. TXT")).toEqual([
      `TXT "answered=1" "registered=2" "rule=failover" "why=${why}"`,
    ]);
    expect(answers(registry, "_why.s.i.web.svc.test. TXT")).toEqual([
      'TXT "state=passing" "answered=no, others stand in" "reason=no check"',
    ]);
  });
});

test.each<[standing: string, settings: ServiceSettings, expected: string]>([
  ["a-", {}, "no instance of web passes (0 of 1, 1 needed): answering all that ever did (failure policy all)"],
  [
    "a b- c-",
    { failBelow: 2, failurePolicy: "none" },
    "too few instances of web pass (1 of 3, 2 needed) (failure policy none)",
  ],
  [
    "a b- c-",
    { failBelow: 2, failurePolicy: "last" },
    "too few instances of web pass (1 of 3, 2 needed): answering the 2 that did last (failure policy last)",
  ],
  [
    "a~",
    { failurePolicy: "last" },
    "no instance of web passes (0 of 1, 1 needed) (failure policy last: 1 fell too long ago)",
  ],
  ["a? b=", {}, "no instance of web has passed yet (0 of 2)"],
  ["a= b=", {}, "all instances of web are draining or in maintenance (2)"],
])("%s with %j says why: %s", (standing, settings, expected) => {
  const registry = registryOf("web", standing.split(" "), { tags: ["canary"] }).commit(settle("web", settings));
  expect(errorText(registry, "web.svc.test. A")).toBe(expected);
  for (const name of ["_web._tcp.web", "_web._tcp", "web._web._tcp"])
    expect(errorText(registry, `${name}.svc.test. SRV`), name).toBe(expected);
  expect(errorText(registry, "web._web._tcp.svc.test. TXT")).toBe(expected);
  const ofTag = expected.replace(" of web ", " of web tagged canary ");
  expect(errorText(registry, "_web._tcp.canary.web.svc.test. SRV")).toBe(ofTag);
});

test("the numbers are the same at the name of every port, whichever instance they changed by", () => {
  const port = (name: string) => ({ name, port: 80, protocol: "tcp" as const, alpn: [] });
  const registry = new Registry().commit(
    putInstance("web", "a", { ports: [port("http"), port("admin")] }),
    putInstance("web", "b", { ports: [port("http")] }),
    putInstance("web", "c", { ports: [port("http")] }),
  );
  registry.commit(settle("web", { failBelow: 3 }));
  for (const [id, up] of [
    ["b", 2],
    ["c", 1],
  ] as const) {
    registry.commit(vote("web", id, "critical"));
    const why = `too few instances of web pass (${up} of 3, 3 needed): answering all that ever did (failure policy all)`;
    for (const name of ["_http._tcp.web", "_admin._tcp.web", "web._admin._tcp"])
      expect(errorText(registry, `${name}.svc.test. SRV`), name).toBe(why);
  }
  registry.commit(settle("web", {}));
  expect(errorText(registry, "_admin._tcp.web.svc.test. SRV")).toBeUndefined();
});

test("who is answered is asked of one instance as of all", () => {
  const registry = registryOf("web", ["a", "b-", "c?"], { tags: ["canary"] });
  const { services } = registry.catalog;
  const found = rulingOf(services.get("web")!, "canary", { services });
  const each = services.get("web")!.instances.map((instance) => isAnswered(instance, found));
  expect(each).toEqual([true, false, false]);
});

describe("weight on the wire", () => {
  test.each<
    [name: string, registration: Partial<Registration>, settings: ServiceSettings, changes: Change[], weight: number]
  >([
    ["is that of the registration times 256", { weight: 3 }, {}, [], 768],
    ["is 0 where it was registered so", { weight: 0 }, {}, [vote("web", "a", "warning")], 0],
    ["is half in state warning", { weight: 3 }, {}, [vote("web", "a", "warning")], 384],
    ["is what the service says in state warning", {}, { warningWeight: 0.1 }, [vote("web", "a", "warning")], 26],
    ["is never lost", {}, { warningWeight: 0 }, [vote("web", "a", "warning")], 1],
    ["rises in a slow start", { weight: 255 }, {}, [vote("web", "a", "passing", { weightShare: 0.1 })], 6528],
    ["is less of less", {}, {}, [vote("web", "a", "warning", { weightShare: 0.5 })], 64],
  ])("%s", (_, registration, settings, changes, weight) => {
    const registry = new Registry().commit(settle("web", settings), putInstance("web", "a", registration));
    if (changes.length > 0) registry.commit(...changes);
    for (const name of ["web", "_web._tcp.web", "a.i.web"])
      expect(answers(registry, `${name}.svc.test. SRV`), name).toEqual([`SRV 10 ${weight} 8080 a.i.web.svc.test.`]);
  });
});
