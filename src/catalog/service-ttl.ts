import { NAME_PATTERN, type ServiceSettings } from "./model.ts";

/** The TTL of the services whose names begin like this, or of the one of this name. */
export interface TtlRule {
  readonly name: string;
  /** Whether longer names are meant too; of "" then all. */
  readonly isPrefix: boolean;
  readonly ttlSeconds: number;
}

/** What decides on TTLs where a service does not. */
export interface TtlPolicy {
  readonly ttlSeconds: number;
  readonly ttlRules: readonly TtlRule[];
}

/** A TTL, and for people what it comes from. */
export interface ServiceTtl {
  readonly seconds: number;
  /** `settings of the service`, `serviceTtlSeconds web-*=2` or `ttlSeconds`. */
  readonly from: string;
}

export const TTL_SECONDS_MAX = 604_800;

/** TTL in seconds of what is answered of a service, before anything shortens it. */
export function ttlSecondsOf(name: string, settings: ServiceSettings, policy: TtlPolicy): number {
  return settings.ttlSeconds ?? ruleOf(name, policy)?.ttlSeconds ?? policy.ttlSeconds;
}

/** The same, told to people. */
export function serviceTtl(name: string, settings: ServiceSettings, policy: TtlPolicy): ServiceTtl {
  const seconds = ttlSecondsOf(name, settings, policy);
  if (settings.ttlSeconds !== undefined) return { seconds, from: "settings of the service" };
  const rule = ruleOf(name, policy);
  return { seconds, from: rule === undefined ? "ttlSeconds" : `serviceTtlSeconds ${ttlRuleText(rule)}` };
}

/** The most specific rule: the name itself, else the longest prefix; of two for the same the first. */
function ruleOf(service: string, { ttlRules }: TtlPolicy): TtlRule | undefined {
  let best: TtlRule | undefined;
  for (const rule of ttlRules) {
    if (rule.isPrefix ? !service.startsWith(rule.name) : service !== rule.name) continue;
    if (!rule.isPrefix) return rule;
    if (best === undefined || rule.name.length > best.name.length) best = rule;
  }
  return best;
}

/** `web-*=2` or `db=30`; undefined for anything else. */
export function parseTtlRule(text: string): TtlRule | undefined {
  const {
    name = "",
    star,
    ttl,
  } = /^(?<name>[a-z0-9-]*)(?<star>\*?)\s*=\s*(?<ttl>[0-9]{1,6})$/.exec(text)?.groups ?? {};
  const ttlSeconds = Number(ttl);
  const isPrefix = star === "*";
  // A prefix is one if some name begins with it: any end makes a name of it, as long as there is room for one.
  if (!NAME_PATTERN.test(isPrefix ? `${name}x` : name) || !(ttlSeconds <= TTL_SECONDS_MAX)) return undefined;
  return { name, isPrefix, ttlSeconds };
}

export function ttlRuleText({ name, isPrefix, ttlSeconds }: TtlRule): string {
  return `${name}${isPrefix ? "*" : ""}=${ttlSeconds}`;
}
