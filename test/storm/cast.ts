import type { Random } from "../fuzz/random.ts";
import type { Target } from "./host.ts";
import type { Group, Settings } from "./rules.ts";
import { type Deadlines, Instance } from "./standing.ts";

/** A target as it is registered, and what the model knows of it. */
export interface Actor extends Target {
  readonly service: string;
  readonly id: string;
  readonly instance: Instance;
  readonly registration: object;
}

export interface Service extends Group {
  readonly name: string;
  readonly settings: Settings;
  /** As the API takes them. */
  readonly put: object;
  readonly actors: readonly Actor[];
}

export interface CastOptions {
  readonly targets: number;
  readonly services: number;
  /** What services there are, in turns. */
  readonly kinds: readonly Kind[];
  readonly intervalSeconds: number;
  readonly toleranceMs: number;
  readonly random: Random;
}

/** What a kind of service is set to, and where the answers of those of the kind before it may come from. */
export interface Kind {
  readonly name: string;
  readonly put: Record<string, unknown>;
  readonly brake?: Settings["brake"];
  readonly passAfter?: number;
  readonly standsIn?: "next service";
}

export const TAG = "canary";
export const PORT = 4080;
/** Every so many instances bear the tag; those are never deregistered, so that its name is always there. */
const TAGGED_EVERY = 3;
const NETWORK_HOSTS = 250;
const FAIL_AFTER = 2;
const TIMEOUT_SHARE = 0.8;
/** A lease is so many intervals of checks, and heartbeats come so many times as often. */
const LEASE_INTERVALS = 4;
const BEATS_PER_LEASE = 4;
/** From one run of a check to the next there may be up to 1.6 intervals, as each has a place of its own in the interval. */
const RUN_INTERVALS = 1.75;
/** Of checks that have failed for long. */
const STRETCH = 4;
const LONG_INTERVALS = 5;
const WEIGHTS = [1, 10, 40];

/** Services whose instances are the targets, each on an address of a network that this run has to itself, in all likelihood. */
export function cast(options: CastOptions): readonly Service[] {
  const { targets, services: count, kinds, random } = options;
  const network = `127.${100 + random.below(140)}`;
  const members = Array.from({ length: count }, (): Actor[] => []);
  for (let n = 0; n < targets; n++) {
    const [number, place] = [n % count, Math.floor(n / count)];
    const address = `${network}.${Math.floor(n / NETWORK_HOSTS)}.${1 + (n % NETWORK_HOSTS)}`;
    members[number]!.push(actor(nameOf(number, kinds), place, address, kinds[number % kinds.length]!, options));
  }
  const groups = members.map((actors) => ({ actors, instances: actors.map(({ instance }) => instance) }));
  return groups.map((group, number) => {
    const { put, brake = "off", standsIn } = kinds[number % kinds.length]!;
    const next = (number + 1) % count;
    const settings: Settings = {
      failurePolicy: (put["failurePolicy"] as Settings["failurePolicy"]) ?? "all",
      failBelow: (put["failBelow"] as number | string) ?? 1,
      failover: standsIn === undefined ? [] : [taggedOf(groups[next]!), groups[next]!],
      brake,
    };
    const service = nameOf(next, kinds);
    const failover = standsIn === undefined ? {} : { failover: [{ service, tag: TAG }, { service }] };
    return { name: nameOf(number, kinds), ...group, settings, put: { ...put, ...failover } };
  });
}

/** Those of a service, or another group, that bear the tag. */
export function taggedOf({ instances }: Group): Group {
  return { instances: instances.filter(({ tags }) => tags.includes(TAG)) };
}

function nameOf(number: number, kinds: readonly Kind[]): string {
  return `${kinds[number % kinds.length]!.name}-${number}`;
}

function actor(service: string, place: number, address: string, kind: Kind, options: CastOptions): Actor {
  const { random, intervalSeconds } = options;
  const id = `i-${place}`;
  const what = random.pick(["http", "http", "tcp", "lease"] as const);
  const tags = place % TAGGED_EVERY === 0 ? [TAG] : [];
  const weight = random.pick(WEIGHTS);
  const passAfter = kind.passAfter ?? 1;
  const leaseSeconds = intervalSeconds * LEASE_INTERVALS;
  const timing = { intervalSeconds, timeoutSeconds: intervalSeconds * TIMEOUT_SHARE, failAfter: FAIL_AFTER, passAfter };
  const health = {
    http: { checks: [{ kind: "http", url: "/health", ...timing }] },
    tcp: { checks: [{ kind: "tcp", expect: "ready", ...timing }] },
    lease: { leaseSeconds, deregisterAfterSeconds: 0 },
  }[what];
  const deadlines = what === "lease" ? leaseDeadlines(leaseSeconds, options) : checkDeadlines(passAfter, options);
  const slowStartMs = ((kind.put["slowStartSeconds"] as number) ?? 0) * 1000;
  const facts = { tags, weight, isInitiallyUp: what === "lease" };
  return {
    service,
    id,
    address,
    port: PORT,
    kind: what,
    url: `/v1/services/${service}/instances/${id}/heartbeat`,
    beatMs: (leaseSeconds * 1000) / BEATS_PER_LEASE,
    registration: { address, port: PORT, tags, weight, ...health },
    instance: new Instance(id, facts, { ...deadlines, slowStartMs: slowStartMs && slowStartMs + options.toleranceMs }),
  };
}

function checkDeadlines(
  passAfter: number,
  { intervalSeconds, toleranceMs }: CastOptions,
): Omit<Deadlines, "slowStartMs"> {
  const intervalMs = intervalSeconds * 1000;
  const timeoutMs = intervalMs * TIMEOUT_SHARE;
  const runMs = intervalMs * RUN_INTERVALS;
  // The first result against a state brings the next one sooner, but after at most an interval.
  const fallMs = runMs + FAIL_AFTER * timeoutMs + (FAIL_AFTER - 1) * intervalMs + toleranceMs;
  // One that hangs when the target comes back fails yet.
  const riseMs = (stretch: number) => timeoutMs + runMs * stretch + passAfter * intervalMs + toleranceMs;
  return { fallMs, riseMs: riseMs(1), lateRiseMs: riseMs(STRETCH), longMs: LONG_INTERVALS * intervalMs };
}

function leaseDeadlines(leaseSeconds: number, { toleranceMs }: CastOptions): Omit<Deadlines, "slowStartMs"> {
  const leaseMs = leaseSeconds * 1000;
  const riseMs = (2 * leaseMs) / BEATS_PER_LEASE + toleranceMs;
  return { fallMs: leaseMs + toleranceMs, riseMs, lateRiseMs: riseMs, longMs: leaseMs };
}
