import Type from "typebox";
import { explain } from "../catalog/explain.ts";
import { type Fault, shown } from "../catalog/fields.ts";
import type { ServiceSettings } from "../catalog/model.ts";
import { refuseFaults } from "../catalog/refusal.ts";
import type { Scheme } from "../catalog/scheme.ts";
import type { ServiceTtl } from "../catalog/service-ttl.ts";
import { subjectOf } from "../catalog/subject.ts";
import type { Message, MessageRecord } from "../dns/message.ts";
import { foldName, type Name, NameError, nameText, parseName } from "../dns/name.ts";
import { addressOctets } from "../dns/networks.ts";
import { OPTION, TYPE } from "../dns/numbers.ts";
import { readU16, utf8Text } from "../dns/octets.ts";
import { rcodeText } from "../dns/rcode-names.ts";
import { rdataText } from "../dns/rdata.ts";
import { typeNumber, typeText } from "../dns/type-names.ts";
import type { Call } from "./call.ts";
import { Explanation } from "./explain-schemas.ts";
import type { ApiContext, Place } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";

const TYPE_DEFAULT = "SRV";
const action = "explain an answer";

interface Question {
  readonly name: Name;
  readonly type: number;
  /** Whose address selections go by. */
  readonly client: string;
}

/** What a client is answered, by this very server at this moment, and where each part of it comes from. */
export function explainRoute(context: ApiContext): ReadRoute {
  return {
    url: "/v1/explain",
    action,
    section: "Explanations",
    query: {
      name: Type.String({ description: "Domain name; without a dot a service of the discovery zone" }),
      type: Type.Optional(Type.String({ default: TYPE_DEFAULT })),
      client: Type.Optional(Type.String({ description: "Address of the client; the caller's own when absent" })),
    },
    answer: Explanation,
    changedAt: () => context.catalog().revision,
    read: (call) => ({
      body: { revision: context.catalog().revision, ...explained(readQuestion(call, context), context) },
    }),
  };
}

function explained({ name, type, client }: Question, { catalog, inspector, prospect }: ApiContext): object {
  const message = inspector.ask(name, type, client);
  if (message === undefined)
    refuseFaults(action, [{ path: "?type", message: "must be one that a single message answers" }]);
  const place = inspector.place(name, type);
  const scheme = inspector.scheme();
  const known = catalog();
  const subject = subjectOf(name, scheme, (service) => known.services.has(service));
  const answeredTtl = Math.min(...[...message!.answer, ...message!.authority].map((record) => record.ttl));
  const settings = "service" in subject ? known.services.get(subject.service ?? "")?.settings : undefined;
  const { what, group, ttl, ...rest } = explain({ catalog: known, scheme, prospect }, subject, type, message!.answer);
  return {
    question: { name: nameText(name), type: typeText(type), client },
    what: whatIs(place, subject.kind === "other" ? undefined : what),
    ...(place !== undefined && { place }),
    answer: answerView(message!),
    ...(group !== undefined && { group }),
    ttl: {
      ...((place && negativeTtl(message!, place, scheme, settings)) ?? ttl),
      ...(Number.isFinite(answeredTtl) && { answered: answeredTtl }),
    },
    ...rest,
  };
}

/** One sentence; `what` is what the naming scheme says of a name of its own. */
function whatIs(place: Place | undefined, what: string | undefined): string {
  if (place === undefined) return "in no zone of this server";
  const { zone, outcome, sources } = place;
  if (outcome === "referral") return `delegated out of ${zone}`;
  if (outcome === "nxdomain")
    return `nothing: ${zone} has no such name${what === undefined ? "" : `, which would be ${what}`}`;
  if (sources.length === 0) return `answered by a name above it in ${zone}`;
  const writers = sources.flatMap((source) => WRITERS[source] ?? []).join(" and ");
  if (!sources.includes("registered")) return `data of ${writers} in ${zone}`;
  const registered = what ?? `a name of ${zone} that leads to others`;
  return writers === "" ? registered : `${registered}, and data of ${writers}`;
}

/** Whose word the data of a source is, where somebody wrote it down. */
const WRITERS: Readonly<Record<Place["sources"][number], string | undefined>> = {
  registered: undefined,
  update: "an update",
  static: "files",
};

/** The TTL of an answer without records, which is that of its SOA (RFC 2308 §5); undefined for any other answer. */
function negativeTtl(
  { answer, authority }: Message,
  { zone }: Place,
  scheme: Scheme,
  settings: ServiceSettings | undefined,
): ServiceTtl | undefined {
  const soa = authority[0];
  if (answer.length > 0 || soa?.type !== TYPE.SOA) return undefined;
  const seconds = soa.ttl;
  if (zone !== nameText(scheme.zone)) return { seconds, from: `the SOA of ${zone}` };
  const isOwn = settings?.negativeTtlSeconds === seconds;
  return { seconds, from: isOwn ? "negativeTtlSeconds of the service" : "negativeTtlSeconds" };
}

function answerView({ rcode, answer, authority, additional, edns }: Message): object {
  const ede = edns?.options.find(({ code }) => code === OPTION.EDE)?.data;
  return {
    rcode: rcodeText(rcode),
    ...(ede !== undefined && { extendedError: { code: readU16(ede, 0), text: utf8Text(ede.slice(2)) } }),
    answer: answer.map(recordView),
    authority: authority.map(recordView),
    additional: additional.map(recordView),
  };
}

function recordView({ owner, ttl, type, rdata }: MessageRecord): object {
  return { name: nameText(owner), ttl, type: typeText(type), rdata: rdataText(type, rdata) };
}

function readQuestion({ query, callerAddress }: Call, { inspector }: ApiContext): Question {
  const faults: Fault[] = [];
  const name = nameAt(query["name"], inspector.scheme().zone, faults);
  const type = typeNumber(query["type"] ?? TYPE_DEFAULT);
  if (type === undefined)
    faults.push({ path: "?type", message: `must be an RR type such as SRV or TYPE65: got ${shown(query["type"])}` });
  const client = query["client"] ?? callerAddress;
  if (addressOctets(client) === undefined)
    faults.push({ path: "?client", message: `must be an IP address: got ${shown(client)}` });
  refuseFaults(action, faults);
  return { name: name!, type: type!, client };
}

function nameAt(text: string | undefined, zone: Name, faults: Fault[]): Name | undefined {
  try {
    if (text !== undefined && text !== "") return parseName(text, text.includes(".") ? undefined : foldName(zone));
    faults.push({ path: "?name", message: `must be a domain name: got ${shown(text)}` });
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    faults.push({ path: "?name", message: `must be a domain name: ${error.message}` });
  }
  return undefined;
}
