import type { Message } from "../../src/dns/message.ts";
import { nameText } from "../../src/dns/name.ts";
import { RCODE, TYPE } from "../../src/dns/numbers.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import type { Query } from "./asker.ts";
import { type Actor, PORT, type Service, TAG, taggedOf } from "./cast.ts";
import { mayBe, ruleOf } from "./rules.ts";
import type { Instance } from "./standing.ts";

/** What is asked: the name of a service, of those of it that bear the tag, or of one instance. */
export interface Question {
  readonly service: Service;
  readonly of: "all" | "tagged" | Actor;
  readonly type: Query["type"];
}

export type Judgement = { readonly rule: string; readonly isCertain: boolean } | { readonly fault: string };

export interface Judge {
  query(question: Question): Query;
  /** Of the response to a question that was sent at `atMs` of calm. */
  judge(question: Question, response: Message, atMs: number): Judgement;
}

const TTL_SECONDS_MAX = 5;
const PRIORITY = 10;
/** Of weights on the wire. */
const WEIGHT_FACTOR = 256;
const WARNING_SHARE = 0.5;
const SLOW_START_SHARE = 0.1;
const EDE_OPTION = 15;

export function judgeOf(services: readonly Service[], zone: string): Judge {
  const actors = services.flatMap((service) => service.actors);
  const byRdata = new Map([
    ...actors.map((actor) => [actor.address, actor] as const),
    ...actors.map((actor) => [instanceName(actor, zone), actor] as const),
  ]);
  const nameOf = ({ service, of }: Question) => {
    if (of === "all") return `${service.name}.${zone}.`;
    return of === "tagged" ? `${TAG}.${service.name}.${zone}.` : instanceName(of, zone);
  };
  return {
    query: (question) => ({ name: nameOf(question), type: question.type }),
    judge: (question, response, atMs) => {
      const { service, of } = question;
      const wrong = (what: string) => ({
        fault: `${nameOf(question)} ${question.type}: ${what}: got\n${textOf(response)}`,
      });
      const records = response.answer.map((record) => read(record, byRdata));
      const [malformed] = records.filter((record) => typeof record === "string");
      if (malformed !== undefined) return wrong(malformed);
      const answered = records.filter((record) => typeof record !== "string");
      if (typeof of === "object") {
        const fault = ofOne(of.instance, response, answered, atMs);
        return fault === undefined
          ? { rule: "instance", isCertain: of.instance.possible(atMs).size === 1 }
          : wrong(fault);
      }
      if (response.rcode !== RCODE.NOERROR) return wrong("a registered service is never NXDOMAIN");
      const unjust = answered.find(({ actor: { instance }, weight }) => !isWeight(instance, weight, atMs));
      if (unjust !== undefined)
        return wrong(`weight of ${unjust.actor.id}\n${standings([unjust.actor.instance], atMs)}`);
      const group = of === "all" ? service : taggedOf(service);
      const instances = new Set(answered.map(({ actor }) => actor.instance));
      const rule = ruleOf({ instances, ede: edeOf(response) }, group, service.settings, atMs);
      const all = [group, ...service.settings.failover].flatMap((one) => one.instances);
      if (rule === undefined) return wrong(`no rule gives this of\n${standings(all, atMs)}`);
      return { rule, isCertain: all.every((instance) => instance.possible(atMs).size === 1) };
    },
  };
}

interface Answered {
  readonly actor: Actor;
  /** Undefined in an address. */
  readonly weight: number | undefined;
}

/** Whom a record stands for, or what is wrong with it. */
function read({ type, ttl, rdata }: Message["answer"][number], actors: ReadonlyMap<string, Actor>): Answered | string {
  if (ttl > TTL_SECONDS_MAX) return `a TTL must be at most ${TTL_SECONDS_MAX}`;
  const fields = rdataText(type, rdata).split(" ");
  const actor = actors.get(fields.at(-1)!);
  if (actor === undefined) return `${fields.at(-1)} is nobody`;
  if (type !== TYPE.SRV) return { actor, weight: undefined };
  const [priority, weight, port] = fields.map(Number) as [number, number, number];
  return priority === PRIORITY && port === PORT ? { actor, weight } : "priority and port must be as registered";
}

/** What is wrong with an answer for one instance's own name, which tells its address whatever its health. */
function ofOne(instance: Instance, response: Message, answered: readonly Answered[], atMs: number): string | undefined {
  const possible = standings([instance], atMs);
  if (response.rcode === RCODE.NXDOMAIN) return mayBe(instance, atMs, ["absent"]) ? undefined : possible;
  const isThere = mayBe(instance, atMs, ["out", "never", "fallen", "warning", "passing"]);
  return isThere && answered.length === 1 && answered[0]!.actor.instance === instance ? undefined : possible;
}

/** Half of it in state warning, and less while it starts slowly. */
function isWeight(instance: Instance, weight: number | undefined, atMs: number): boolean {
  if (weight === undefined) return true;
  const full = instance.weight * WEIGHT_FACTOR;
  const warning = Math.round(full * WARNING_SHARE);
  if (mayBe(instance, atMs, ["passing", "never", "fallen"]) && weight === full) return true;
  if (mayBe(instance, atMs, ["warning"]) && weight === warning) return true;
  const least = Math.floor((mayBe(instance, atMs, ["warning"]) ? warning : full) * SLOW_START_SHARE);
  return !instance.isInFull(atMs) && weight >= least && weight <= full;
}

function instanceName({ id, service }: Actor, zone: string): string {
  return `${id}.i.${service}.${zone}.`;
}

/** The info code of the Extended DNS Error (RFC 8914 §2), if there is one. */
function edeOf({ edns }: Message): number | undefined {
  const data = edns?.options.find(({ code }) => code === EDE_OPTION)?.data;
  return data === undefined ? undefined : data.charCodeAt(0) * 256 + data.charCodeAt(1);
}

function standings(instances: readonly Instance[], atMs: number): string {
  const rows = instances.map((one) => `  ${one.id} (${one.weight}) ${[...one.possible(atMs)].join(" or ")}`);
  return rows.join("\n");
}

function textOf(message: Message): string {
  const reason = message.edns?.options.find(({ code }) => code === EDE_OPTION)?.data;
  const rows = message.answer.map(
    ({ owner, ttl, type, rdata }) => `${nameText(owner)} ${ttl} ${rdataText(type, rdata)}`,
  );
  return [`  rcode ${message.rcode}, EDE ${reason && `${edeOf(message)} ${reason.slice(2)}`}`, ...rows].join("\n  ");
}
