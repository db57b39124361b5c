import type { Catalog } from "./catalog.ts";
import type { Instance } from "./model.ts";
import { answeredBy, isAnswered, type Ruling, rulingOf } from "./rule.ts";
import { instanceOf, type Service } from "./service.ts";
import { verdictOf } from "./verdict.ts";

/** An instance that came into the answers of a service or left them. Who stands in from another service is `service/id`. */
export interface Move {
  readonly id: string;
  readonly why: string;
}

export interface Turnover {
  readonly came: readonly Move[];
  readonly left: readonly Move[];
}

/** Who is answered for a service: by the ruling its own instances, and those who stand in from another one. */
export interface Standing {
  readonly ruling: Ruling;
  readonly standIns: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();

export function standingOf(service: Service, catalog: Catalog): Standing {
  const ruling = rulingOf(service, undefined, catalog);
  if (ruling.failover === undefined || ruling.failover.service.name === service.name)
    return { ruling, standIns: NOBODY };
  return { ruling, standIns: new Set(Array.from(answeredBy(ruling), (instance) => idIn(service, instance))) };
}

/** What an instance is called among those that are answered for a service. */
export function idIn({ name }: Service, { service, id }: Instance): string {
  return service === name ? id : `${service}/${id}`;
}

/** Who came and who left, from one standing of a service to the next; `touched` are its instances that changed, as they were. */
export function turnover(was: Standing, is: Standing, touched: ReadonlyMap<string, Instance | undefined>): Turnover {
  const came: Move[] = [];
  const left: Move[] = [];
  const compare = (before: Instance | undefined, after: Instance | undefined, why: () => string) => {
    const wasAnswered = before !== undefined && isAnswered(before, was.ruling);
    const isAnsweredNow = after !== undefined && isAnswered(after, is.ruling);
    if (wasAnswered !== isAnsweredNow) (isAnsweredNow ? came : left).push({ id: (after ?? before)!.id, why: why() });
  };
  const { service } = is.ruling.party;
  for (const [id, before] of touched) {
    const after = instanceOf(service, id);
    compare(before, after, () => whyMoved(before, after));
  }
  if (!isSame(was.ruling, is.ruling)) {
    const why = `by the rule ${is.ruling.rule}`;
    for (const instance of service.instances) if (!touched.has(instance.id)) compare(instance, instance, () => why);
  }
  for (const id of is.standIns) if (!was.standIns.has(id)) came.push({ id, why: "stands in" });
  for (const id of was.standIns) if (!is.standIns.has(id)) left.push({ id, why: "stands in no more" });
  return { came, left };
}

/** True when both answer an instance for what it is itself, and alike: then only those that changed can have moved. */
function isSame(a: Ruling, b: Ruling): boolean {
  return a.rule === b.rule && a.since === b.since && a.failover === undefined && b.failover === undefined;
}

function whyMoved(before: Instance | undefined, after: Instance | undefined): string {
  if (after === undefined) return "deregistered";
  return before === undefined ? `registered: ${standingText(after)}` : standingText(after);
}

/** State and reason of an instance, for people: `critical: HTTP 503`, `maintenance by ada: new disk`. */
export function standingText(instance: Instance): string {
  const { state, reason } = verdictOf(instance);
  const author = instance.operator?.author;
  const who = author === undefined ? state : `${state} by ${author}`;
  return reason.startsWith(state) ? reason : `${who}: ${reason}`;
}
