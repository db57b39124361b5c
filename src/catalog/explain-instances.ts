import { ipv4Octets, ipv6Octets } from "../dns/addresses.ts";
import { foldName, parseName } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { targetOf as targetIn } from "../dns/rdata.ts";
import { typeText } from "../dns/type-names.ts";
import { targetOf } from "./instance-records.ts";
import type { Instance } from "./model.ts";
import { membersOf } from "./party.ts";
import { answeredBy, isAnswered, type Ruling } from "./rule.ts";
import type { Scheme } from "./scheme.ts";
import { instanceOf } from "./service.ts";
import type { Subject } from "./subject.ts";
import { standingText } from "./turnover.ts";
import { isUp, type Verdict, verdictOf } from "./verdict.ts";

/** One instance as an answer sees it. */
export interface Explained {
  readonly service: string;
  readonly id: string;
  readonly state: Verdict["state"];
  /** It is among those that are answered, to one client or another. */
  readonly isAnswered: boolean;
  /** It is in this answer; undefined where the type asked for does not tell. */
  readonly isInAnswer: boolean | undefined;
  readonly why: string;
}

/** What an answer holds, as far as instances are recognised by it. */
export interface AnswerRecord {
  readonly type: number;
  readonly rdata: Octets;
}

type GroupSubject = Extract<Subject, { kind: "group" }>;

/** Types that tell an instance from another. */
const TELLING: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.SRV]);

/** Each instance that a name speaks of, and those that stand in for them: in the answer to this type or not, and why. */
export function explainGroup(
  subject: GroupSubject,
  ruling: Ruling,
  type: number,
  records: readonly AnswerRecord[],
  scheme: Scheme,
): Explained[] {
  const standIns = ruling.failover === undefined ? [] : answeredBy(ruling);
  const instances = new Set([...membersOf(ruling.party), ...standIns]);
  const isInAnswer = recogniser(type, records, scheme);
  return Array.from(instances, (instance) => {
    const explained = explainOne(instance, ruling, isInAnswer);
    if (!explained.isAnswered || explained.isInAnswer !== false) return explained;
    return { ...explained, why: `${explained.why}, but ${lackOf(instance, subject, type)}` };
  });
}

/** One instance at a name of its own, which answers it whatever the rule says of it. */
export function explainInstance(
  id: string,
  ruling: Ruling,
  type: number,
  records: readonly AnswerRecord[],
  scheme: Scheme,
): Explained[] {
  const instance = instanceOf(ruling.party.service, id);
  return instance === undefined ? [] : [explainOne(instance, ruling, recogniser(type, records, scheme))];
}

type Recogniser = (instance: Instance) => boolean | undefined;

function explainOne(instance: Instance, ruling: Ruling, isInAnswer: Recogniser): Explained {
  const { service, id } = instance;
  const { state } = verdictOf(instance);
  const why = whyOf(instance, ruling);
  return { service, id, state, isAnswered: isAnswered(instance, ruling), isInAnswer: isInAnswer(instance), why };
}

/** Tells whether an instance is in an answer, by its target or its addresses. */
function recogniser(type: number, records: readonly AnswerRecord[], scheme: Scheme): Recogniser {
  if (!TELLING.has(type)) return () => undefined;
  const held = new Set(records.map(keyOf));
  return (instance) => keysOf(instance, type, scheme).some((key) => held.has(key));
}

/** Why an instance is answered, or why not: what is said of it, and what the rule makes of that. */
function whyOf(instance: Instance, ruling: Ruling): string {
  const { state, hasPassed, isHeld, vote } = verdictOf(instance);
  const said = standingText(instance);
  if (isAnswered(instance, ruling)) return said + whyIn(state, isHeld, vote?.weightShare, ruling);
  switch (state) {
    case "draining":
    case "maintenance":
      return said + untilText(instance);
    case "passing":
    case "warning":
      return `${said}, but too few are up: the rule is ${ruling.rule}`;
    case "critical":
      if (!hasPassed) return `${said}; it never passed, and no rule answers that`;
      return vote?.isStale === true && ruling.rule !== "up"
        ? `${said}; it fell too long ago for the policy last`
        : said;
  }
}

/** When an operator's word ends by itself, if it does. */
function untilText({ operator }: Instance): string {
  const untilMs = operator?.untilMs;
  return untilMs === undefined ? "" : `, until ${new Date(untilMs).toISOString()}`;
}

function whyIn(
  state: Verdict["state"],
  isHeld: boolean,
  share: number | undefined,
  { rule, failover }: Ruling,
): string {
  if (isUp(state)) {
    const part = share === undefined ? "" : `; starts slowly, with ${Math.round(share * 100)} % of its weight`;
    return failover === undefined ? part : `${part}; stands in`;
  }
  if (isHeld && rule === "braked") return "; the brake holds it";
  return rule === "last" ? "; among the last that sufficed" : "; it has passed before, and the policy all answers that";
}

/** Why an instance that is answered is not in this very answer. */
function lackOf(instance: Instance, subject: GroupSubject, type: number): string {
  const lack = type === TYPE.SRV ? lackOfPort(instance, subject) : lackOfAddress(instance, subject, type);
  return lack ?? "the selection gave this answer to others";
}

function lackOfPort({ registration: { ports } }: Instance, { port, protocol }: GroupSubject): string | undefined {
  if (ports.length === 0) return "it has no port";
  // A name without a port means the first one.
  const meant = port === undefined ? ports.slice(0, 1) : ports.filter(({ name }) => name === port);
  if (protocol === undefined || meant.some((each) => each.protocol === protocol)) return undefined;
  return port === undefined ? `its first port is none of ${protocol}` : `it has no port ${port}/${protocol}`;
}

function lackOfAddress({ registration }: Instance, { protocol }: GroupSubject, type: number): string | undefined {
  const { addresses, host } = registration;
  if (protocol !== undefined) return "there is only SRV at this name";
  if (host !== undefined) return `it is at ${host}, which SRV tells`;
  const octetsIn = FAMILIES.get(type)!;
  const hasSome = addresses.some((address) => octetsIn(address) !== undefined);
  return hasSome ? undefined : `it has no address of type ${typeText(type)}`;
}

const FAMILIES: ReadonlyMap<number, (address: string) => Octets | undefined> = new Map([
  [TYPE.A, ipv4Octets],
  [TYPE.AAAA, ipv6Octets],
]);

/** By what an instance is recognised in an answer of this type. */
function keysOf(instance: Instance, type: number, scheme: Scheme): string[] {
  const { addresses, host } = instance.registration;
  if (type === TYPE.SRV) return [`target ${foldName(targetOf(instance, scheme))}`];
  if (host !== undefined) return [`target ${foldName(parseName(host))}`];
  return addresses.flatMap((address) => FAMILIES.get(type)!(address) ?? []).map((octets) => `address ${octets}`);
}

function keyOf({ type, rdata }: AnswerRecord): string {
  const target = type === TYPE.CNAME ? rdata : targetIn(type, rdata);
  return target === undefined ? `address ${rdata}` : `target ${foldName(target)}`;
}
