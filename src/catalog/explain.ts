import { isUnderBrakeOfAll } from "./brakes.ts";
import type { Catalog } from "./catalog.ts";
import { registeredCount } from "./census.ts";
import { type AnswerRecord, type Explained, explainGroup, explainInstance } from "./explain-instances.ts";
import { EVERY_SERVICE } from "./keys.ts";
import type { Brake, Failover, FailurePolicy, SelectionKind } from "./model.ts";
import { unregistered } from "./mutable-service.ts";
import { censusOf, partyText } from "./party.ts";
import { type Prospect, prospectText } from "./prospect.ts";
import { failurePolicyOf, type Rule, type Ruling, rulingOf } from "./rule.ts";
import { notesOf } from "./ruling-notes.ts";
import type { Scheme } from "./scheme.ts";
import { isRegistered, type Service } from "./service.ts";
import type { Leader } from "./service-table.ts";
import { type ServiceTtl, serviceTtl } from "./service-ttl.ts";
import type { Subject } from "./subject.ts";

/** By which rule the instances of a service, or those that bear a tag, are answered, and what it went by. */
export interface ExplainedRule {
  readonly rule: Rule;
  /** Why it is not simply `up`: the text of the Extended DNS Error. */
  readonly why?: string;
  readonly answered: number;
  readonly registered: number;
  /** How many have to be up. */
  readonly quorum: number;
  readonly failurePolicy: FailurePolicy;
  readonly failover?: readonly Failover[];
  readonly standIn?: string;
  /** Engaged for the service, and for all services together (`*`). */
  readonly brakes?: readonly (Brake & { readonly service: string })[];
  readonly selection: SelectionKind | "subset";
  readonly maxAnswers: number;
}

/** Why a name of the discovery zone is answered as it is. */
export interface Explanation {
  /** One sentence. */
  readonly what: string;
  /** Undefined where nothing is registered of which the name could speak. */
  readonly group?: ExplainedRule;
  /** Of records; what there is none of has a negative TTL. */
  readonly ttl?: ServiceTtl;
  readonly leader?: Leader;
  readonly instances: readonly Explained[];
}

/** What an explanation goes by. */
interface Basis {
  readonly catalog: Catalog;
  readonly scheme: Scheme;
  /** What shortens the answers of a service, if anything does. */
  readonly prospect: (service: string) => Prospect | undefined;
}

/** Explains what the records that were answered to a question of this type are; the name spoke of `subject`. */
export function explain(
  { catalog, scheme, prospect }: Basis,
  subject: Subject,
  type: number,
  records: readonly AnswerRecord[],
): Explanation {
  const what = whatIs(subject);
  if (subject.kind === "browsing" || subject.kind === "other" || subject.service === undefined)
    return { what, instances: [] };
  const service = catalog.services.get(subject.service) ?? unregistered(subject.service);
  if (!isRegistered(service)) return { what, instances: [] };
  const ruling = rulingOf(service, subject.kind === "group" ? subject.tag : undefined, catalog);
  const leader = catalog.leader(service.name);
  const known = {
    what,
    group: ruleView(ruling, catalog, scheme),
    ttl: shortened(ttlOf(subject, service, leader, scheme), prospect((ruling.failover?.service ?? service).name)),
    ...(leader !== undefined && { leader }),
  };
  switch (subject.kind) {
    case "group":
      return { ...known, instances: explainGroup(subject, ruling, type, records, scheme) };
    case "instance":
      return { ...known, instances: explainInstance(subject.id, ruling, type, records, scheme) };
    case "leader":
      return {
        ...known,
        instances: leader === undefined ? [] : explainInstance(leader.id, ruling, type, records, scheme),
      };
    case "configuration":
    case "diagnosis":
      return { ...known, instances: [] };
  }
}

function whatIs(subject: Subject): string {
  switch (subject.kind) {
    case "group": {
      const { service, tag } = subject;
      return `the instances of ${service}${tag === undefined ? "" : ` tagged ${tag}`}${portText(subject)}`;
    }
    case "instance":
      return `instance ${subject.id} of ${subject.service}, whatever its health`;
    case "leader":
      return `the instance that holds the leader lease of ${subject.service}`;
    case "configuration":
      return `dynamic configuration of ${subject.service ?? "all services"}`;
    case "diagnosis":
      return `what is told of ${subject.service} to people`;
    case "browsing":
      return "service instances to browse for (RFC 6763)";
    case "other":
      return "no name of the naming scheme";
  }
}

function portText({ port, protocol }: Extract<Subject, { kind: "group" }>): string {
  if (protocol === undefined) return "";
  return port === undefined ? ` at a first port of ${protocol}` : ` at port ${port}/${protocol}`;
}

function ruleView(ruling: Ruling, catalog: Catalog, scheme: Scheme): ExplainedRule {
  const { rule, party, quorum, answered, failover } = ruling;
  const { name, settings } = party.service;
  const why = notesOf(ruling, scheme.negativeTtlSeconds).ede?.text;
  const brakes = (isUnderBrakeOfAll(settings) ? [name, EVERY_SERVICE] : [name]).flatMap((service) => {
    const brake = catalog.brake(service);
    return brake === undefined ? [] : { service, ...brake };
  });
  return {
    rule,
    ...(why !== undefined && { why }),
    answered,
    registered: registeredCount(censusOf(party)),
    quorum,
    failurePolicy: failurePolicyOf(settings),
    ...(settings.failover !== undefined && { failover: settings.failover }),
    ...(failover !== undefined && { standIn: partyText(failover) }),
    ...(brakes.length > 0 && { brakes }),
    selection: settings.selection ?? "subset",
    maxAnswers: settings.maxAnswers ?? scheme.maxAnswers,
  };
}

/** With what is known to come within a TTL, which shortens it in what is answered. */
function shortened({ seconds, from }: ServiceTtl, prospect: Prospect | undefined): ServiceTtl {
  if (prospect === undefined || prospect.seconds >= seconds) return { seconds, from };
  return { seconds, from: `${from}, shortened by ${prospectText(prospect)}` };
}

/** The TTL before anything that is known to come shortens it. */
function ttlOf({ kind }: Subject, { name, settings }: Service, leader: Leader | undefined, scheme: Scheme): ServiceTtl {
  if (kind === "diagnosis") return { seconds: 0, from: "nobody is to hold it" };
  const policy = serviceTtl(name, settings, scheme);
  const lease = Math.floor(leader?.leaseSeconds ?? Number.POSITIVE_INFINITY);
  return kind === "leader" && lease < policy.seconds ? { seconds: lease, from: "leaseSeconds of the leader" } : policy;
}
