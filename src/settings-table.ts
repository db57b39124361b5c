import { TTL_SECONDS_MAX } from "./catalog/service-ttl.ts";
import { parseNetwork } from "./dns/networks.ts";
import * as dns from "./settings-dns-kinds.ts";
import * as kind from "./settings-kinds.ts";

/** The one directory that may be missing: nobody named it. */
export const ZONES_DIR_DEFAULT = "./zones";

const LOOPBACK = ["127.0.0.0/8", "::1"];
/** Networks from which no stranger's address can be forged (RFC 1918, RFC 6598, RFC 4193, RFC 3927, RFC 4291). */
const PRIVATE = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
  "169.254.0.0/16",
  "fe80::/10",
];

const networks = (texts: readonly string[]) => texts.map((text) => parseNetwork(text)!);

interface Machine {
  readonly hostname: string;
  /** Whether the log goes to a terminal. */
  readonly isTty: boolean;
  readonly cores: number;
}

export interface Row<T> {
  readonly kind: kind.Kind<T>;
  readonly fallback: (machine: Machine) => T | undefined;
  readonly help: string;
  /** Never printed. */
  readonly isSecret?: true;
}

/** One row per setting under its key in the file; its flag, variable, check, default and help all follow from here. */
export const TABLE = {
  "dns.listen": {
    kind: kind.listOf(kind.endpoint),
    fallback: () => [{ address: "127.0.0.1", port: 5300 }],
    help: "where to answer DNS, over UDP and TCP",
  },
  "dns.workers": {
    kind: kind.wholeNumber(0, 1024),
    fallback: ({ cores }) => cores,
    help: "threads that answer UDP, each with a copy of the zones; 0 = the main thread does",
  },
  "dns.maxAnswers": {
    kind: kind.wholeNumber(1, 65_535),
    fallback: () => 100,
    help: "records of one generated RRset in an answer at most",
  },
  "dns.diagnostics": { kind: kind.flag, fallback: () => true, help: "publish the names _status and _why" },
  "dns.identity": {
    kind: kind.publicText,
    fallback: ({ hostname }) => hostname,
    help: "what NSID, id.server and hostname.bind tell; empty tells nothing",
  },
  "dns.version": {
    kind: kind.publicText,
    fallback: () => "Muster",
    help: "what version.bind and version.server tell; empty tells nothing",
  },
  "dns.cookieSecrets": {
    kind: kind.anyOf(dns.cookieSecret),
    fallback: () => [],
    help: "secrets of DNS cookies in hexadecimal, the newest first; without any the server makes one of its own",
    isSecret: true,
  },
  "dns.largeAnswersTo": {
    kind: kind.anyOf(dns.network),
    fallback: () => [],
    help: "networks that get up to 4096 octets over UDP when they ask for it, instead of 1232",
  },
  "dns.localities": {
    kind: kind.anyOf(dns.locality),
    fallback: () => [],
    help: 'where clients are: "NETWORK LOCALITY"; services that select the nearest answer instances of that locality',
  },
  "dns.tls.listen": {
    kind: kind.anyOf(kind.endpoint),
    fallback: () => [],
    help: "where to answer DNS over TLS",
  },
  "dns.tls.certificate": { kind: kind.path, fallback: () => undefined, help: "file with the certificate chain in PEM" },
  "dns.tls.key": { kind: kind.path, fallback: () => undefined, help: "file with the certificate's private key in PEM" },
  "dns.keys": {
    kind: kind.anyOf(dns.tsigKey),
    fallback: () => [],
    help: "TSIG keys as ALGORITHM:NAME:SECRET; better in dns.keyFile than in a flag",
    isSecret: true,
  },
  "dns.keyFile": { kind: kind.path, fallback: () => undefined, help: "file with TSIG keys as tsig-keygen writes them" },
  "dns.transferTo": {
    kind: kind.anyOf(dns.grant),
    fallback: () => networks(LOOPBACK).map((network) => ({ network })),
    help: 'who may transfer zones: a network, "key NAME" or both',
  },
  "dns.notify": {
    kind: kind.anyOf(dns.notifyTarget),
    fallback: () => [],
    help: 'secondaries to notify of changes: ADDRESS:PORT or "ADDRESS:PORT key NAME"',
  },
  "dns.update": {
    kind: kind.anyOf(dns.updateGrant),
    fallback: () => [],
    help: 'which key may update what: "KEY name|subtree OWNER [TYPE...]"',
  },
  "dns.reverseZones": {
    kind: kind.anyOf(dns.reverseZone),
    fallback: () => [],
    help: "networks whose reverse zones are answered, with a PTR for each instance address",
  },
  "dns.catalogZone": {
    kind: dns.catalogZoneName,
    fallback: () => undefined,
    help: "name of a catalog zone that lists all zones for secondaries",
  },
  "dns.rateLimit.perSecond": {
    kind: kind.wholeNumber(0, 1_000_000),
    fallback: () => 200,
    help: "like responses over UDP to one network in a second; 0 = any number",
  },
  "dns.rateLimit.slip": {
    kind: kind.wholeNumber(0, 100),
    fallback: () => 2,
    help: "of the responses above the limit every so many is truncated instead of dropped; 0 = none",
  },
  "dns.rateLimit.exempt": {
    kind: kind.anyOf(dns.network),
    fallback: () => networks([...LOOPBACK, ...PRIVATE]),
    help: "networks whose responses are not limited",
  },
  "checks.exec": {
    kind: kind.flag,
    fallback: () => false,
    help: "allow checks that run programs, as the server's user",
  },
  "brake.aboveShare": {
    kind: kind.number(0.01, 1),
    fallback: () => 0.5,
    help: "share of the instances that must fall at once for a brake to keep them in the answers; 1 = never",
  },
  "brake.windowSeconds": { kind: kind.number(1, 3600), fallback: () => 60, help: "what is at once, for a brake" },
  "brake.leastInstances": { kind: kind.wholeNumber(1, 1_000_000), fallback: () => 5, help: "with fewer, no brake" },
  "brake.holdSecondsMax": {
    kind: kind.number(1, 86_400),
    fallback: () => 600,
    help: "then a brake is released anyway",
  },
  "http.listen": {
    kind: kind.endpoint,
    fallback: () => ({ address: "127.0.0.1", port: 5380 }),
    help: "where to answer the HTTP API",
  },
  "http.token": {
    kind: kind.token,
    fallback: () => undefined,
    help: "what the API's clients must present; required off loopback, better not given as a flag",
    isSecret: true,
  },
  dataDir: { kind: kind.path, fallback: () => "./data", help: "directory of muster.db; :memory: keeps nothing" },
  zone: { kind: kind.zoneName, fallback: () => "svc.internal", help: "the discovery zone" },
  zonesDir: { kind: kind.path, fallback: () => ZONES_DIR_DEFAULT, help: "directory of master files, every *.zone" },
  ttlSeconds: { kind: kind.wholeNumber(0, TTL_SECONDS_MAX), fallback: () => 5, help: "TTL of generated records" },
  serviceTtlSeconds: {
    kind: kind.anyOf(dns.ttlRule),
    fallback: () => [],
    help: "TTL of single services, NAME=SECONDS, and of those whose names begin alike, BEGINNING*=SECONDS",
  },
  negativeTtlSeconds: {
    // Never 0: a client that asks for AAAA where there are none would ask again and again.
    kind: kind.wholeNumber(1, 86_400),
    fallback: () => 1,
    help: "how long a resolver may remember that something is not there",
  },
  publishIntervalMs: { kind: kind.number(0, 10_000), fallback: () => 5, help: "publish at most once in this time" },
  lameDuckSeconds: {
    kind: kind.number(0, 3600),
    fallback: () => 1,
    help: "go on answering this long after readiness was withdrawn at shutdown",
  },
  "log.level": {
    kind: kind.oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
    fallback: () => "info",
    help: "the least grave messages to log",
  },
  "log.format": {
    kind: kind.oneOf("json", "pretty"),
    fallback: ({ isTty }) => (isTty ? "pretty" : "json"),
    help: "pretty on a terminal, else json",
  },
  "log.queries": {
    kind: kind.number(0, 1),
    fallback: () => 0,
    help: "share of the DNS queries to log, at level info: 1 = all, 0.01 = one in a hundred",
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;
