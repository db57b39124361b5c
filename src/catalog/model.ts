import type { RRset } from "../zone/rrset.ts";
import type { Check, CheckTiming } from "./check.ts";
import type { Revision } from "./store.ts";

export type { Check } from "./check.ts";

/** What may be registered, and how much of it. README states these; catalog/registration.ts enforces them. */
export const LIMITS = {
  instances: 1_000_000,
  instancesPerService: 10_000,
  tags: 64,
  ports: 64,
  checks: 16,
  addresses: 16,
  metaOctets: 4096,
  configKeysPerLayer: 1000,
  configValueOctets: 60_000,
  batchWrites: 1000,
  updatedNamesPerZone: 100_000,
  /** Leaves an RRset room in one message, with everything else that may stand there. */
  updatedNameOctets: 32_768,
} as const;

/** A service, tag, port or instance name: one DNS label in lower case. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Labels the scheme uses itself directly under a service. */
export const RESERVED_TAGS: ReadonlySet<string> = new Set(["i", "leader"]);

export type Protocol = "tcp" | "udp";

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** ALPN protocol ids; empty when none were declared. */
  readonly alpn: readonly string[];
}

/** Results in a row that make a state: 1 or more. */
export type Thresholds = Pick<CheckTiming, "passAfter" | "failAfter">;

/** A registration as stored under `inst/<service>/<id>`: validated, defaults filled in, sorted where order means nothing. */
export interface Registration {
  /** The incarnation: a vote of another generation is void. Stays while the checks and the lease stay the same. */
  readonly generation: number;
  /** IPv4 and IPv6, canonical text. Empty exactly when `host` is set. */
  readonly addresses: readonly string[];
  readonly host?: string;
  /** The first one is what `web.Z` SRV answers. */
  readonly ports: readonly Port[];
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly weight: number;
  readonly locality?: string;
  readonly leaseSeconds?: number;
  /** Of what heartbeats say; absent: each of them decides. */
  readonly heartbeat?: Thresholds;
  readonly initialState: CheckState;
  /** 0 = never. */
  readonly deregisterAfterSeconds: number;
  readonly checks: readonly Check[];
}

/** What a check can say. */
export type CheckState = "passing" | "warning" | "critical";
/** One result of a check as it is kept for people, in memory; `atMs` is wall clock. */
export interface CheckResult {
  /** `http http://10.0.0.5:8080/health`, `tcp 10.0.0.5:6379` or `heartbeat`. */
  readonly check: string;
  readonly state: CheckState;
  readonly output: string;
  readonly latencyMs?: number;
  readonly atMs: number;
}

/** What an instance can be. */
export type State = CheckState | "draining" | "maintenance";

/** A checker's verdict, under `vote/<service>/<id>/<server>`: written on transitions only. */
export interface Vote {
  readonly generation: number;
  readonly state: CheckState;
  readonly reason: string;
  /** Passed at least once in this generation. */
  readonly hasPassed: boolean;
  /** Wall clock of the transition, for people. */
  readonly atMs: number;
}

/** A vote as the catalog holds it. */
export interface CastVote extends Vote {
  readonly server: string;
}

/** An operator's word, under `oper/<service>/<id>`. */
export interface OperatorState {
  readonly state: "draining" | "maintenance";
  readonly reason: string;
  readonly atMs: number;
  /** Wall clock at which it ends by itself; absent = when somebody ends it. */
  readonly untilMs?: number;
}

/** When an instance falls too often to be trusted (RFC 2439): every fall adds 1 to a penalty, which decays. */
export interface FlapDamping {
  /** Time in which the penalty decays by half. */
  readonly halfLifeSeconds: number;
  /** Held out when the penalty rises above this; 0 = never. */
  readonly suppressAbove: number;
  /** Answered again when the penalty has decayed to this. */
  readonly reuseAt: number;
  /** Never held out for longer than this after the last fall. */
  readonly holdSecondsMax: number;
}

export type FailurePolicy = "all" | "none";

/** A service's settings, under `svc/<service>`; what is absent comes from the server's settings. */
export interface ServiceSettings {
  readonly ttlSeconds?: number;
  readonly negativeTtlSeconds?: number;
  readonly failurePolicy?: FailurePolicy;
  /** Checks of instances that bring neither checks nor a lease. */
  readonly checks?: readonly Check[];
  readonly flapDamping?: FlapDamping;
}

/** Where a set of configuration keys applies; the more specific layer wins. */
export type Layer =
  | { readonly kind: "all" }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "tag"; readonly service: string; readonly tag: string }
  | { readonly kind: "instance"; readonly service: string; readonly id: string };

/** Any JSON value; `configText` in config-values.ts is its text in a TXT record. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [name: string]: ConfigValue };

/** One release of a layer: under `cfg/<layer>/head` the present one, under `cfg/<layer>/v/<n>` each. */
export interface ConfigRelease {
  readonly release: number;
  readonly atMs: number;
  readonly values: Readonly<Record<string, ConfigValue>>;
  /** Keys of `values` that never reach DNS, logs or an export in clear. */
  readonly secret: readonly string[];
}

/** What updates (RFC 2136) made of a name, under `name/<zone>/<owner>`. Octets of RDATA are characters of its text. */
export interface UpdatedName {
  readonly rrsets: readonly RRset[];
}

/** Keys in the store, parsed. */
export type Key =
  | { readonly kind: "instance"; readonly service: string; readonly id: string }
  | { readonly kind: "vote"; readonly service: string; readonly id: string; readonly server: string }
  | { readonly kind: "operator"; readonly service: string; readonly id: string }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "config"; readonly layer: Layer; readonly release: number | "head" }
  | { readonly kind: "updatedName"; readonly zone: string; readonly owner: string }
  | { readonly kind: "updatedZone"; readonly zone: string };

export const instanceKey = (service: string, id: string): string => `inst/${service}/${id}`;
export const voteKey = (service: string, id: string, server: string): string => `vote/${service}/${id}/${server}`;
export const operatorKey = (service: string, id: string): string => `oper/${service}/${id}`;
export const serviceKey = (service: string): string => `svc/${service}`;
export const configKey = (layer: Layer, release: number | "head"): string =>
  `cfg/${layerPath(layer)}/${release === "head" ? "head" : `v/${String(release).padStart(10, "0")}`}`;

/** What the keys of all releases of a layer begin with. */
export const configReleasesPrefix = (layer: Layer): string => `cfg/${layerPath(layer)}/v/`;

function layerPath(layer: Layer): string {
  switch (layer.kind) {
    case "all":
      return "all";
    case "service":
      return `service/${layer.service}`;
    case "tag":
      return `tag/${layer.service}/${layer.tag}`;
    case "instance":
      return `instance/${layer.service}/${layer.id}`;
  }
}

/** What a stored key speaks of, or undefined for a key that is none of ours. */
export function parseKey(key: string): Key | undefined {
  const [kind, ...rest] = key.split("/");
  const [service = "", id = "", server = ""] = rest;
  if (kind === "inst" && rest.length === 2) return { kind: "instance", service, id };
  if (kind === "vote" && rest.length === 3) return { kind: "vote", service, id, server };
  if (kind === "oper" && rest.length === 2) return { kind: "operator", service, id };
  if (kind === "svc" && rest.length === 1) return { kind: "service", service };
  if (kind === "cfg") return parseConfigKey(rest);
  if (kind === "name" && rest.length === 2) return { kind: "updatedName", zone: rest[0]!, owner: rest[1]! };
  if (kind === "zone" && rest.length === 1) return { kind: "updatedZone", zone: rest[0]! };
  return undefined;
}

function parseConfigKey(rest: readonly string[]): Key | undefined {
  const isHead = rest.at(-1) === "head";
  const release = isHead ? "head" : Number(rest.at(-1));
  const [kind, service = "", id = ""] = rest.slice(0, isHead ? -1 : -2);
  switch (kind) {
    case "all":
      return { kind: "config", layer: { kind }, release };
    case "service":
      return { kind: "config", layer: { kind, service }, release };
    case "tag":
      return { kind: "config", layer: { kind, service, tag: id }, release };
    case "instance":
      return { kind: "config", layer: { kind, service, id }, release };
    default:
      return undefined;
  }
}

/** One instance as the feed left it. */
export interface Instance {
  readonly service: string;
  readonly id: string;
  readonly registration: Registration;
  /** Revision of the registration. */
  readonly revision: Revision;
  readonly votes: readonly CastVote[];
  readonly operator: OperatorState | undefined;
}
