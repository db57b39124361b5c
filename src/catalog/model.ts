import type { RRset, SelectionKind } from "../zone/rrset.ts";
import type { Check, CheckTiming } from "./check.ts";
import type { Revision } from "./store.ts";

export type { SelectionKind } from "../zone/rrset.ts";
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

/** A checker's verdict, under `vote/<service>/<id>/<server>`: written on transitions, and again as its last fields change. */
export interface Vote {
  readonly generation: number;
  readonly state: CheckState;
  readonly reason: string;
  /** Passed at least once in this generation. */
  readonly hasPassed: boolean;
  /** Wall clock of the transition, for people. */
  readonly atMs: number;
  /** Share of its weight that the instance has while it starts slowly, above 0 and below 1; absent: all of it. */
  readonly weightShare?: number;
  /** It has been critical for so long that the policy `last` does not answer it any more. */
  readonly isStale?: true;
  /** Revision of its transition, in a vote that was written again since. */
  readonly castAt?: Revision;
}

/** A vote as the catalog holds it. */
export interface CastVote extends Vote {
  readonly server: string;
  /** That of its transition, however often it was written again since. */
  readonly revision: Revision;
}

/** An operator's word, under `oper/<service>/<id>`. */
export interface OperatorState {
  readonly state: "draining" | "maintenance";
  readonly reason: string;
  /** Who says so. */
  readonly author?: string;
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

/**
 * What is answered when too few instances pass and nobody stands in for them: all that ever passed, the last set that did
 * suffice, or none.
 */
export type FailurePolicy = "all" | "last" | "none";

/** Who stands in for instances of which too few pass: those of a service, a tag or a locality, one of them at least. */
export interface Failover {
  /** Absent: the service itself. */
  readonly service?: string;
  readonly tag?: string;
  readonly locality?: string;
}

/** When so many fall at once that it is not believed: their answers stay, and nobody is deregistered. */
export interface BrakeTerms {
  /** It is engaged when more than this share of the instances that passed fell within the window; 1 = never. */
  readonly aboveShare: number;
  readonly windowSeconds: number;
  /** Of fewer instances a share means nothing. */
  readonly leastInstances: number;
  /** It is released after this time whatever happens: it cannot stick. */
  readonly holdSecondsMax: number;
}

/** A brake that is engaged, under `brake/<service>`, or `brake/*` for all services. */
export interface Brake {
  /** Instances that fell in this revision or later are answered as if they had not. */
  readonly since: Revision;
  readonly reason: string;
  /** Wall clock. */
  readonly atMs: number;
  /** Wall clock at which it is released at the latest. */
  readonly untilMs: number;
}

/** Who holds the leader lease of a service, under `lead/<service>`; the fencing token is the revision of this item. */
export interface Leadership {
  readonly id: string;
  readonly leaseSeconds: number;
  readonly atMs: number;
}

/** A service's settings, under `svc/<service>`; what is absent comes from the server's settings. */
export interface ServiceSettings {
  readonly ttlSeconds?: number;
  readonly negativeTtlSeconds?: number;
  /** When fewer pass the failure policy holds: a number of instances, or a share of them such as "30%"; absent: 1. */
  readonly failBelow?: number | string;
  /** In order; the first of which enough pass is answered, before the failure policy is asked. */
  readonly failover?: readonly Failover[];
  readonly failurePolicy?: FailurePolicy;
  /** How long ago an instance may have fallen that the policy `last` answers; absent: 3600. */
  readonly lastSecondsMax?: number;
  readonly selection?: SelectionKind;
  /** Records of one RRset in one answer at most. */
  readonly maxAnswers?: number;
  /** Share of its weight that an instance in state warning keeps, from 0 to 1; absent: 0.5. */
  readonly warningWeight?: number;
  /** Time in which the weight of an instance that came to pass rises from a tenth to all of it; absent: at once. */
  readonly slowStartSeconds?: number;
  /** What differs from the server's settings. */
  readonly brake?: Partial<BrakeTerms>;
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

/** One instance as the feed left it. */
export interface Instance {
  readonly service: string;
  readonly id: string;
  readonly registration: Registration;
  /** Revision of the registration. */
  readonly revision: Revision;
  readonly votes: readonly CastVote[];
  readonly operator: OperatorState | undefined;
  /** While a brake holds it: those that fell in this revision or later are answered as if they had not. */
  readonly brakedSince: Revision | undefined;
}
