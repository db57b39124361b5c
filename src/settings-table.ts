import * as kind from "./settings-kinds.ts";

/** The one directory that may be missing: nobody named it. */
export const ZONES_DIR_DEFAULT = "./zones";

interface Machine {
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
    help: "UDP workers; none run yet, UDP is answered in the main thread whatever this says",
  },
  "dns.maxAnswers": {
    kind: kind.wholeNumber(1, 65_535),
    fallback: () => 100,
    help: "records of one generated RRset in an answer at most",
  },
  "dns.diagnostics": { kind: kind.flag, fallback: () => true, help: "publish the names _status and _why" },
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
  ttlSeconds: { kind: kind.wholeNumber(0, 604_800), fallback: () => 5, help: "TTL of generated records" },
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
} as const satisfies Readonly<Record<string, Row<unknown>>>;
