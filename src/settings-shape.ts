import type { BrakeTerms } from "./catalog/model.ts";
import type { TtlRule } from "./catalog/service-ttl.ts";
import type { Grant } from "./dns/grants.ts";
import type { Name } from "./dns/name.ts";
import type { Placed } from "./dns/network-map.ts";
import type { Network } from "./dns/networks.ts";
import type { Octets } from "./dns/octets.ts";
import type { TsigKey } from "./dns/tsig-key.ts";
import type { UpdateGrant } from "./dns/update-policy.ts";
import type { NotifyTarget } from "./server/notify.ts";
import type { Endpoint } from "./settings-kinds.ts";
import type { TABLE } from "./settings-table.ts";

/** The server's settings: flags > environment > file > defaults, checked whole, frozen. */
export interface Settings {
  readonly dns: {
    readonly listen: readonly Endpoint[];
    /** Threads that answer UDP; 0 = the main thread does. */
    readonly workers: number;
    /** Records of one generated RRset in one answer at most (DNS.md §2.10). */
    readonly maxAnswers: number;
    /** Publish `_status` and `_why` names. */
    readonly diagnostics: boolean;
    /** What NSID, id.server and hostname.bind tell; version.bind and version.server the other. "" tells nothing. */
    readonly identity: string;
    readonly version: string;
    /** Of 16 octets each; the first makes cookies, the others are still accepted. Empty: one of our own. */
    readonly cookieSecrets: readonly Octets[];
    /** Who gets more than 1232 octets over UDP when they ask for it. */
    readonly largeAnswersTo: readonly Network[];
    /** Where clients are, for services whose selection is "nearest"; UTF-8. Of several networks the longest counts. */
    readonly localities: readonly Placed<Octets>[];
    readonly tls: {
      readonly listen: readonly Endpoint[];
      /** Files in PEM. */
      readonly certificate: string | undefined;
      readonly key: string | undefined;
    };
    readonly keys: readonly TsigKey[];
    /** A file of keys in BIND's syntax. */
    readonly keyFile: string | undefined;
    readonly transferTo: readonly Grant[];
    readonly notify: readonly NotifyTarget[];
    readonly update: readonly UpdateGrant[];
    readonly reverseZones: readonly Name[];
    readonly catalogZone: Name | undefined;
    readonly rateLimit: {
      /** Like responses over UDP to one network in a second; 0 = any number. */
      readonly perSecond: number;
      /** Of those above it every so many is truncated instead of dropped; 0 = none. */
      readonly slip: number;
      readonly exempt: readonly Network[];
    };
  };
  readonly checks: {
    /** Checks may run programs: whoever may register may then do so as this user. */
    readonly exec: boolean;
  };
  readonly brake: BrakeTerms;
  readonly http: {
    readonly listen: Endpoint;
    readonly token: string | undefined;
  };
  /** Directory of muster.db, or ":memory:". */
  readonly dataDir: string;
  /** The discovery zone, presentation form without the final dot, lower case. */
  readonly zone: string;
  readonly zonesDir: string;
  readonly ttlSeconds: number;
  /** Of services by name, the more specific before `ttlSeconds`. */
  readonly serviceTtlSeconds: readonly TtlRule[];
  readonly negativeTtlSeconds: number;
  readonly publishIntervalMs: number;
  readonly lameDuckSeconds: number;
  readonly log: {
    readonly level: string;
    readonly format: "json" | "pretty";
    /** Share of the DNS queries that are logged: 0 = none, 1 = all. */
    readonly queries: number;
  };
}

export type SettingKey = keyof typeof TABLE;

export type Value<K extends SettingKey> =
  | NonNullable<ReturnType<(typeof TABLE)[K]["kind"]["check"]>>
  | ReturnType<(typeof TABLE)[K]["fallback"]>;

export function assemble(at: <K extends SettingKey>(key: K) => Value<K>): Settings {
  return {
    dns: {
      listen: at("dns.listen"),
      workers: at("dns.workers"),
      maxAnswers: at("dns.maxAnswers"),
      diagnostics: at("dns.diagnostics"),
      identity: at("dns.identity"),
      version: at("dns.version"),
      cookieSecrets: at("dns.cookieSecrets"),
      largeAnswersTo: at("dns.largeAnswersTo"),
      localities: at("dns.localities"),
      tls: { listen: at("dns.tls.listen"), certificate: at("dns.tls.certificate"), key: at("dns.tls.key") },
      keys: at("dns.keys"),
      keyFile: at("dns.keyFile"),
      transferTo: at("dns.transferTo"),
      notify: at("dns.notify"),
      update: at("dns.update"),
      reverseZones: at("dns.reverseZones"),
      catalogZone: at("dns.catalogZone"),
      rateLimit: {
        perSecond: at("dns.rateLimit.perSecond"),
        slip: at("dns.rateLimit.slip"),
        exempt: at("dns.rateLimit.exempt"),
      },
    },
    checks: { exec: at("checks.exec") },
    brake: {
      aboveShare: at("brake.aboveShare"),
      windowSeconds: at("brake.windowSeconds"),
      leastInstances: at("brake.leastInstances"),
      holdSecondsMax: at("brake.holdSecondsMax"),
    },
    http: { listen: at("http.listen"), token: at("http.token") },
    dataDir: at("dataDir"),
    zone: at("zone"),
    zonesDir: at("zonesDir"),
    ttlSeconds: at("ttlSeconds"),
    serviceTtlSeconds: at("serviceTtlSeconds"),
    negativeTtlSeconds: at("negativeTtlSeconds"),
    publishIntervalMs: at("publishIntervalMs"),
    lameDuckSeconds: at("lameDuckSeconds"),
    log: { level: at("log.level"), format: at("log.format"), queries: at("log.queries") },
  };
}
