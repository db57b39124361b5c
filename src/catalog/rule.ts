import { availableCount, type Census, fallenCount, registeredCount, upCount } from "./census.ts";
import type { Failover, FailurePolicy, Instance, ServiceSettings } from "./model.ts";
import { censusOf, isMember, membersOf, type Party, upCountOf } from "./party.ts";
import type { Service } from "./service.ts";
import type { Revision } from "./store.ts";
import { isUp, verdictOf } from "./verdict.ts";

/** By which rule DNS answers the instances of a name: the first of these that holds. */
export const RULES = [
  "up", // those that are up, and they suffice
  "braked", // those too that a brake holds
  "failover", // too few: those that are up of others, who stand in
  "failOpen", // nobody stands in, and the policy answers all that ever passed
  "last", // the policy answers the last set that sufficed
  "failClosed", // the policy answers none
  "notReady", // none passes and none ever has
  "out", // operators took out what could be answered
  "empty", // nothing is registered
] as const;
export type Rule = (typeof RULES)[number];

/** Who is answered at the name of a party, and why they are. */
export interface Ruling {
  readonly rule: Rule;
  readonly party: Party;
  /** How many have to be up for the party to suffice. */
  readonly quorum: number;
  /** How many instances are answered. */
  readonly answered: number;
  /** Under "failover", who stands in. */
  readonly failover?: Party;
  /** Under "last", those that fell in this revision or later are answered. */
  readonly since?: Revision;
}

type Services = ReadonlyMap<string, Service>;

/** The ruling on a service, or on those of its instances that bear a tag. It is the one place that says who is answered. */
export function rulingOf(service: Service, tag: string | undefined, { services }: { services: Services }): Ruling {
  const { settings } = service;
  const party = { service, tag };
  const census = censusOf(party);
  const quorum = quorumOf(census, settings);
  const basis = { party, quorum };
  const sufficient = ruleIfSufficient(census, quorum);
  if (sufficient !== undefined) return { ...basis, rule: sufficient, answered: upCount(census) + census.held };
  const failover = failoverOf(party, services);
  if (failover !== undefined) return { ...basis, rule: "failover", failover, answered: upCountOf(failover) };
  const rule = ruleOfPolicy(census, settings);
  if (rule === "failOpen") return { ...basis, rule, answered: upCount(census) + fallenCount(census) };
  return rule === "last" ? lastRuling(basis, upCount(census)) : { ...basis, rule, answered: 0 };
}

/** Whether an instance is among those that are answered. */
export function isAnswered(instance: Instance, { rule, party, failover, since }: Ruling): boolean {
  if (!isMember(instance, failover ?? party)) return false;
  const { state, hasPassed, isHeld } = verdictOf(instance);
  switch (rule) {
    case "up":
    case "failover":
      return isUp(state);
    case "braked":
      return isUp(state) || isHeld;
    case "failOpen":
      return isUp(state) || (state === "critical" && hasPassed);
    case "last":
      return isUp(state) || (fallOf(instance) ?? Number.NEGATIVE_INFINITY) >= since!;
    case "failClosed":
    case "notReady":
    case "out":
    case "empty":
      return false;
  }
}

/** Those that are answered, in order of id. To be walked until something is found, or to the end. */
export function* answeredBy(ruling: Ruling): Generator<Instance> {
  if (ruling.answered === 0) return;
  for (const instance of membersOf(ruling.failover ?? ruling.party)) if (isAnswered(instance, ruling)) yield instance;
}

/** True when nobody has to stand in for the party, and no policy is asked. */
export function isSufficient({ rule }: Ruling): boolean {
  return rule === "up" || rule === "braked";
}

/**
 * True when one and the same rule holds by both censuses, and by it each instance is answered or not for what it is itself,
 * whatever became of others.
 */
export function isSameRule(before: Census, after: Census, settings: ServiceSettings): boolean {
  const [was, is] = [before, after].map((census) => {
    const sufficient = ruleIfSufficient(census, quorumOf(census, settings));
    if (sufficient !== undefined || settings.failover?.length) return sufficient;
    const rule = ruleOfPolicy(census, settings);
    return rule === "last" ? undefined : rule;
  });
  return was !== undefined && was === is;
}

/** The policy of a service that sets none is to answer all (DESIGN §6). */
export function failurePolicyOf(settings: ServiceSettings): FailurePolicy {
  return settings.failurePolicy ?? "all";
}

function quorumOf(census: Census, { failBelow = 1 }: ServiceSettings): number {
  if (typeof failBelow === "number") return Math.max(1, failBelow);
  return Math.max(1, Math.ceil((Number.parseFloat(failBelow) * availableCount(census)) / 100));
}

function ruleIfSufficient(census: Census, quorum: number): Rule | undefined {
  if (upCount(census) + census.held < quorum) return undefined;
  return census.held > 0 ? "braked" : "up";
}

/** The first target of which one is up. Whoever stands in for itself would only be answered in part. */
function failoverOf(party: Party, services: Services): Party | undefined {
  for (const target of party.service.settings.failover ?? []) {
    const standIn = targetParty(party, target, services);
    if (standIn !== undefined && !isSameParty(standIn, party) && upCountOf(standIn) > 0) return standIn;
  }
  return undefined;
}

function targetParty({ service }: Party, { service: name, tag, locality }: Failover, services: Services) {
  const standIn = name === undefined ? service : services.get(name);
  return standIn && { service: standIn, tag, locality };
}

function isSameParty(a: Party, b: Party): boolean {
  return a.service.name === b.service.name && a.tag === b.tag && a.locality === b.locality;
}

/** What holds for a party of which too few are up, with nobody to stand in. */
function ruleOfPolicy(census: Census, settings: ServiceSettings): Rule {
  if (upCount(census) + fallenCount(census) === 0) {
    if (census.states.critical > 0) return "notReady";
    return registeredCount(census) > 0 ? "out" : "empty";
  }
  switch (failurePolicyOf(settings)) {
    case "all":
      return "failOpen";
    case "last":
      return "last";
    case "none":
      return "failClosed";
  }
}

/** Of those that fell as many as are missing, the newest falls first, and falls of one revision together. */
function lastRuling(basis: Pick<Ruling, "party" | "quorum">, up: number): Ruling {
  const falls = Array.from(membersOf(basis.party), fallOf).filter((fall) => fall !== undefined);
  falls.sort((a, b) => b - a);
  const since = falls[Math.min(basis.quorum - up, falls.length) - 1] ?? Number.POSITIVE_INFINITY;
  const answered = up + falls.filter((fall) => fall >= since).length;
  if (answered === 0) return { ...basis, rule: "failClosed", answered };
  return { ...basis, rule: "last", since, answered };
}

/** The revision in which an instance fell that the policy `last` may answer. */
function fallOf(instance: Instance): Revision | undefined {
  const { state, hasPassed, vote } = verdictOf(instance);
  return state === "critical" && hasPassed && !vote?.isStale ? vote?.revision : undefined;
}
