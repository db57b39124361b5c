import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { parseNetwork } from "../../src/dns/networks.ts";
import { endpointText, parseEndpoint, readSettings, SETTINGS, type Sources, settingText } from "../../src/settings.ts";

const TOKEN = "s3cr3t";

function read(sources: Partial<Sources> & { toml?: string }) {
  const { toml, ...rest } = sources;
  const file = toml === undefined ? undefined : { path: "muster.toml", text: toml };
  return readSettings({ flags: {}, env: {}, file, isTty: false, cores: 4, hostname: "host", ...rest });
}

function accepted(sources: Parameters<typeof read>[0]) {
  const result = read(sources);
  if ("problems" in result) throw new Error(result.problems.join("\n"));
  return result;
}

function problemsOf(sources: Parameters<typeof read>[0]): readonly string[] {
  const result = read(sources);
  return "problems" in result ? result.problems : [];
}

test("without any source every setting has its default", () => {
  const { settings, origins } = accepted({});
  expect(settings).toEqual({
    dns: {
      listen: [{ address: "127.0.0.1", port: 5300 }],
      workers: 4,
      maxAnswers: 100,
      diagnostics: true,
      identity: "host",
      version: "Muster",
      cookieSecrets: [],
      largeAnswersTo: [],
      localities: [],
      tls: { listen: [], certificate: undefined, key: undefined },
      keys: [],
      keyFile: undefined,
      transferTo: ["127.0.0.0/8", "::1"].map((text) => ({ network: parseNetwork(text) })),
      notify: [],
      update: [],
      reverseZones: [],
      catalogZone: undefined,
      rateLimit: { perSecond: 200, slip: 2, exempt: expect.arrayContaining([parseNetwork("10.0.0.0/8")]) },
    },
    checks: { exec: false },
    brake: { aboveShare: 0.5, windowSeconds: 60, leastInstances: 5, holdSecondsMax: 600 },
    http: { listen: { address: "127.0.0.1", port: 5380 }, token: undefined },
    dataDir: "./data",
    zone: "svc.internal",
    zonesDir: "./zones",
    ttlSeconds: 5,
    serviceTtlSeconds: [],
    negativeTtlSeconds: 1,
    publishIntervalMs: 5,
    lameDuckSeconds: 1,
    log: { level: "info", format: "json", queries: 0 },
  });
  expect(new Set(Object.values(origins))).toEqual(new Set(["default"]));
});

test("the log is pretty on a terminal", () => {
  expect(accepted({ isTty: true }).settings.log.format).toBe("pretty");
});

test("settings and origins are frozen to the bottom", () => {
  const { settings, origins } = accepted({});
  for (const part of [settings, settings.dns, settings.dns.listen, settings.dns.listen[0], origins]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("flag wins over environment over file over default", () => {
  const toml = "zone = 'file.test'\nttlSeconds = 7\nnegativeTtlSeconds = 3";
  const env = { MUSTER_ZONE: "env.test", MUSTER_TTL_SECONDS: "8" };
  const { settings, origins } = accepted({ toml, env, flags: { zone: "flag.test" } });
  expect([settings.zone, settings.ttlSeconds, settings.negativeTtlSeconds]).toEqual(["flag.test", 8, 3]);
  expect(origins).toMatchObject({
    zone: "--zone",
    ttlSeconds: "MUSTER_TTL_SECONDS",
    negativeTtlSeconds: "muster.toml:3:1",
    dataDir: "default",
  });
});

describe("settings of DNS that are more than a text", () => {
  test.each([
    ["dns.transferTo", "10.0.0.0/8 key transfer", "10.0.0.0/8 key transfer."],
    ["dns.transferTo", "none", "none"],
    ["dns.localities", "10.1.0.0/16  eu-1a,2001:db8::/32 us", "10.1.0.0/16 eu-1a,2001:db8::/32 us"],
    ["dns.notify", "192.0.2.53:53 key transfer,[2001:db8::53]:53", "192.0.2.53:53 key transfer.,[2001:db8::53]:53"],
    ["dns.update", "acme subtree example.org TXT CAA", "acme. subtree example.org. TXT CAA"],
    ["dns.reverseZones", "10.0.0.0/8,2001:db8::/32", "10.in-addr.arpa.,8.b.d.0.1.0.0.2.ip6.arpa."],
    ["dns.catalogZone", "Catalog.example", "catalog.example."],
    ["dns.keys", "hmac-sha256:transfer:c2VjcmV0", "set"],
    ["dns.cookieSecrets", "00112233445566778899aabbccddeeff", "set"],
    ["dns.tls.listen", "none", "none"],
  ] as const)("%s = %s is %s", (key, text, shown) => {
    expect(settingText(key, accepted({ flags: { [key]: text } }).settings)).toBe(shown);
  });

  test.each([
    ["dns.transferTo", "10.0.0.1/8", 'such as 10.0.0.0/8 key transfer: got ["10.0.0.1/8"]'],
    ["dns.localities", "10.1.0.0/16", 'such as 10.1.0.0/16 eu-1a: got ["10.1.0.0/16"]'],
    ["dns.notify", "192.0.2.53", 'may name a key, such as 192.0.2.1:53 key transfer: got ["192.0.2.53"]'],
    ["dns.update", "acme example.org", 'such as acme subtree example.org TXT: got ["acme example.org"]'],
    ["dns.reverseZones", "10.0.0.0/9", 'or the name of a reverse zone: got ["10.0.0.0/9"]'],
    ["dns.keys", "hmac-md5:transfer:c2VjcmV0", "a secret in base64"],
  ] as const)("%s = %s is refused", (key, text, end) => {
    const [problem = ""] = problemsOf({ flags: { [key]: text } });
    expect(problem.endsWith(end)).toBe(true);
  });

  test("a list may be empty, where that means something", () => {
    const { settings } = accepted({ toml: "[dns]\ntransferTo = []\n[dns.rateLimit]\nexempt = []" });
    expect([settings.dns.transferTo, settings.dns.rateLimit.exempt]).toEqual([[], []]);
    expect(problemsOf({ toml: "[dns]\nlisten = []" })).toHaveLength(1);
  });

  test("DNS over TLS wants a certificate and its key", () => {
    expect(problemsOf({ flags: { "dns.tls.listen": "127.0.0.1:853" } })).toEqual([
      "--dns-tls-listen: Cannot set dns.tls.listen as dns.tls.certificate and dns.tls.key must be set with it",
    ]);
  });

  test("names are folded", () => {
    const { settings } = accepted({ flags: { "dns.transferTo": "key Transfer" } });
    expect(settings.dns.transferTo).toEqual([{ key: parseName("transfer") }]);
  });
});

describe("each setting is called by key, variable and flag", () => {
  test.each([
    ["dns.listen", "MUSTER_DNS_LISTEN", "--dns-listen"],
    ["dns.workers", "MUSTER_DNS_WORKERS", "--dns-workers"],
    ["dns.maxAnswers", "MUSTER_DNS_MAX_ANSWERS", "--dns-max-answers"],
    ["dns.diagnostics", "MUSTER_DNS_DIAGNOSTICS", "--dns-diagnostics"],
    ["http.listen", "MUSTER_HTTP_LISTEN", "--http-listen"],
    ["http.token", "MUSTER_HTTP_TOKEN", "--http-token"],
    ["dataDir", "MUSTER_DATA_DIR", "--data-dir"],
    ["zone", "MUSTER_ZONE", "--zone"],
    ["zonesDir", "MUSTER_ZONES_DIR", "--zones-dir"],
    ["ttlSeconds", "MUSTER_TTL_SECONDS", "--ttl-seconds"],
    ["serviceTtlSeconds", "MUSTER_SERVICE_TTL_SECONDS", "--service-ttl-seconds"],
    ["negativeTtlSeconds", "MUSTER_NEGATIVE_TTL_SECONDS", "--negative-ttl-seconds"],
    ["publishIntervalMs", "MUSTER_PUBLISH_INTERVAL_MS", "--publish-interval-ms"],
    ["lameDuckSeconds", "MUSTER_LAME_DUCK_SECONDS", "--lame-duck-seconds"],
    ["log.level", "MUSTER_LOG_LEVEL", "--log-level"],
    ["log.format", "MUSTER_LOG_FORMAT", "--log-format"],
    ["log.queries", "MUSTER_LOG_QUERIES", "--log-queries"],
  ])("%s", (key, variable, flag) => {
    expect(SETTINGS.find((setting) => setting.key === key)).toMatchObject({ variable, flag });
  });
});

describe("a value is read from the file, and as text from environment and flag", () => {
  test.each([
    ["dns.listen", "['0.0.0.0:53', '[::1]:0']", "0.0.0.0:53, [::1]:0", "0.0.0.0:53,[::1]:0"],
    ["dns.workers", "0", "0", "0"],
    ["dns.diagnostics", "false", "false", "false"],
    ["http.listen", "'[::ffff:127.0.0.1]:80'", "[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80"],
    ["http.token", "'s3cr3t'", "s3cr3t", "set"],
    ["dataDir", "':memory:'", ":memory:", ":memory:"],
    ["zone", "'SVC.Example.'", "SVC.Example.", "svc.example"],
    ["serviceTtlSeconds", "['web-*=2', 'db = 30', '*=0']", "web-*=2,db = 30,*=0", "web-*=2,db=30,*=0"],
    ["lameDuckSeconds", "0.5", "0.5", "0.5"],
    ["log.level", "'silent'", "silent", "silent"],
    ["log.queries", "0.01", "0.01", "0.01"],
  ] as const)("%s = %s", (key, inFile, asText, shown) => {
    const variable = SETTINGS.find((setting) => setting.key === key)!.variable;
    const sources = [{ toml: `${key} = ${inFile}` }, { env: { [variable]: asText } }, { flags: { [key]: asText } }];
    for (const source of sources) expect(settingText(key, accepted(source).settings)).toBe(shown);
  });
});

test("an empty variable is one that is not set", () => {
  expect(accepted({ env: { MUSTER_ZONE: "" } }).origins.zone).toBe("default");
});

test("the variables of the commands are none of the server's", () => {
  const env = { MUSTER_URL: "http://127.0.0.1:1", MUSTER_TOKEN: "x", MUSTER_CONFIG: "muster.toml", PATH: "/bin" };
  expect(problemsOf({ env })).toEqual([]);
});

describe("what breaks a rule is refused where it stands", () => {
  test.each([
    [
      "zone = 5",
      "muster.toml:1:1: Cannot set zone as it must be a domain name below the root of at most 58 octets, such as svc.internal: got 5",
    ],
    [
      "zone = '.'",
      'muster.toml:1:1: Cannot set zone as it must be a domain name below the root of at most 58 octets, such as svc.internal: got "."',
    ],
    ["ttlSeconds = '5'", 'muster.toml:1:1: Cannot set ttlSeconds as it must be a whole number 0–604800: got "5"'],
    ["\n  ttlSeconds = 1.5", "muster.toml:2:3: Cannot set ttlSeconds as it must be a whole number 0–604800: got 1.5"],
    ["lameDuckSeconds = nan", "muster.toml:1:1: Cannot set lameDuckSeconds as it must be a number 0–3600: got NaN"],
    [
      "[log]\nlevel = 'loud'",
      'muster.toml:2:1: Cannot set log.level as it must be one of trace, debug, info, warn, error, fatal, silent: got "loud"',
    ],
    ...["web", "web=", "web*b=1", "-web=1", "Web=1", "web.a=1", "web=604801", "web=1.5", "web=-1"].map(
      (rule): [string, string] => [
        `serviceTtlSeconds = ['${rule}']`,
        `muster.toml:1:1: Cannot set serviceTtlSeconds as it must be a list of which each must be a service or the beginning of one, and a TTL of 0–604800 s, such as db=30 or web-*=2: got ["${rule}"]`,
      ],
    ),
    ["log.queries = true", "muster.toml:1:1: Cannot set log.queries as it must be a number 0–1: got true"],
    ["log = { format = 'xml' }", 'muster.toml:1:1: Cannot set log.format as it must be one of json, pretty: got "xml"'],
    [
      "[http]\n\n# ours\n\"token\" = ''",
      "muster.toml:4:1: Cannot set http.token as it must be one or more ASCII characters without spaces",
    ],
    ["dns.lisen = []", "muster.toml:1:1: Cannot set dns.lisen as there is no such setting"],
    ["[dsn]\nlisten = []", "muster.toml:1:1: Cannot set dsn as there is no such setting"],
    ["dns = 5", "muster.toml:1:1: Cannot set dns as there is no such setting"],
    ["constructor = 5", "muster.toml:1:1: Cannot set constructor as there is no such setting"],
    [
      "zone = 'a.test'\nzone = 'b.test'",
      "muster.toml:2:1: Cannot read the settings file as it must be TOML: trying to redefine an already defined table or value",
    ],
    ["zone = ", "muster.toml:1:8: Cannot read the settings file as it must be TOML: invalid value"],
  ])("%j", (toml, problem) => {
    expect(problemsOf({ toml })).toEqual([problem]);
  });

  test.each([
    ["127.0.0.1"],
    ["5300"],
    [":5300"],
    ["localhost:5300"],
    ["::1:5300"],
    ["[127.0.0.1]:53"],
    ["127.0.0.1:65536"],
    ["127.0.0.1:-1"],
    ["127.1:53"],
    [""],
    [","],
  ])("dns.listen %j", (text) => {
    const rule = "must be a list of which each must be an IP address and a port such as 127.0.0.1:5300 or [::1]:5300";
    const [problem] = problemsOf({ flags: { "dns.listen": text } });
    expect(problem).toContain(`--dns-listen: Cannot set dns.listen as it ${rule}`);
  });

  test("a variable that is no setting", () => {
    expect(problemsOf({ env: { MUSTER_TTL: "5" } })).toEqual([
      "MUSTER_TTL: Cannot set MUSTER_TTL as there is no such setting",
    ]);
  });

  test("all of it at once, also what another source overrides", () => {
    const problems = problemsOf({
      toml: "zone = 1\nfoo = 2",
      env: { MUSTER_ZONE: "..", MUSTER_X: "1" },
      flags: { zone: "svc.test", ttlSeconds: "-1" },
    });
    expect(problems.map((problem) => problem.split(": ", 1)[0])).toEqual([
      "muster.toml:1:1",
      "muster.toml:2:1",
      "MUSTER_ZONE",
      "MUSTER_X",
      "--ttl-seconds",
    ]);
  });

  test("a file that is no TOML does not hide the rest", () => {
    expect(problemsOf({ toml: "=", env: { MUSTER_X: "1" } })).toHaveLength(2);
  });
});

describe("HTTP off the loopback needs a token", () => {
  test.each([
    ["127.0.0.1:0", undefined, true],
    ["127.9.9.9:80", undefined, true],
    ["[::1]:80", undefined, true],
    ["0.0.0.0:80", undefined, false],
    ["[::]:80", undefined, false],
    ["192.0.2.1:80", undefined, false],
    ["0.0.0.0:80", TOKEN, true],
  ])("%s, token %s: %s", (listen, token, isAccepted) => {
    const env = { MUSTER_HTTP_LISTEN: listen, MUSTER_HTTP_TOKEN: token };
    expect("settings" in read({ env })).toBe(isAccepted);
  });

  test("and the start says so", () => {
    expect(problemsOf({ toml: "[http]\nlisten = '0.0.0.0:80'" })).toEqual([
      "muster.toml:2:1: Cannot leave out http.token as it must be set where HTTP is not on a loopback address, or anybody could register: got 0.0.0.0:80",
    ]);
  });

  test("a faulty token is one problem and is not printed", () => {
    const [problem, ...more] = problemsOf({
      env: { MUSTER_HTTP_LISTEN: "0.0.0.0:80", MUSTER_HTTP_TOKEN: "my secret" },
    });
    expect([problem, more]).toEqual([expect.not.stringContaining("secret"), []]);
  });
});

test("a token is shown as set", () => {
  const { settings } = accepted({ env: { MUSTER_HTTP_TOKEN: TOKEN } });
  expect(SETTINGS.map(({ key }) => settingText(key, settings)).join()).not.toContain(TOKEN);
});

test("an endpoint's text reads as the same endpoint", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(fc.record({ address, port: fc.integer({ min: 0, max: 65_535 }) }), (endpoint) => {
      expect(parseEndpoint(endpointText(endpoint))).toEqual(endpoint);
    }),
  );
});

test("no text of a file is more than a problem", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (toml) => void read({ toml })));
  const line = fc.constantFrom(
    "[http]",
    "dns.listen = [",
    '"a.b" = 1',
    "]",
    "zone = 'x'",
    "[[log]]",
    "= 1",
    "http = { token = 1 }",
  );
  fc.assert(fc.property(fc.array(line), (lines) => void read({ toml: lines.join("\n") })));
});
