import type { Message, MessageRecord } from "../../src/dns/message.ts";
import { messageText } from "../../src/dns/message-text.ts";
import { foldName, nameText } from "../../src/dns/name.ts";
import { foldRdata, rdataText } from "../../src/dns/rdata.ts";
import { typeText } from "../../src/dns/type-names.ts";
import type { Query } from "./generated-queries.ts";

/** What may differ between two servers' responses to one query. */
export type Aspect = "question" | "rcode" | "flags" | "edns" | "answer" | "authority" | "additional";

/** A query and how two servers answered it: another one (theirs) and Muster (ours). */
export interface Exchange {
  readonly server: "NSD" | "Knot";
  readonly query: Query;
  readonly theirs: Response;
  readonly ours: Response;
  /** The same question asked over TCP, when one of the responses was truncated. */
  readonly retried?: { readonly theirs: Response; readonly ours: Response };
}

export interface Response extends Message {
  /** Length of the message. */
  readonly octets: number;
}

/**
 * In what two responses differ. Names are compared without case (RFC 4343), but for the question's; the order of records
 * means nothing (RFC 2181 §5); and what is in a truncated response is to be ignored (RFC 2181 §9).
 */
export function differences({ theirs, ours }: Exchange): Aspect[] {
  const isTruncated = theirs.flags.has("tc") && ours.flags.has("tc");
  const aspects = (Object.keys(VIEWS) as Aspect[]).filter((aspect) => VIEWS[aspect](theirs) !== VIEWS[aspect](ours));
  return isTruncated ? aspects.filter((aspect) => !SECTIONS.includes(aspect)) : aspects;
}

const SECTIONS: readonly Aspect[] = ["answer", "authority", "additional"];

const VIEWS: Readonly<Record<Aspect, (response: Response) => string>> = {
  question: ({ questions }) => questions.map(({ name, type, class: qclass }) => [nameText(name), type, qclass]).join(),
  rcode: ({ opcode, rcode }) => `${opcode} ${rcode}`,
  flags: ({ flags }) => [...flags].join(),
  edns: ({ edns }) => (edns === undefined ? "" : `${edns.version} ${edns.dnssecOk}`),
  answer: ({ answer }) => setText(answer),
  authority: ({ authority }) => setText(authority),
  additional: ({ additional }) => setText(additional),
};

function setText(records: readonly MessageRecord[]): string {
  return records.map(recordText).sort().join("\n");
}

/** A record, the same for all that mean the same: some servers keep the case of names in RDATA and others do not. */
export function recordText({ owner, ttl, type, rdata }: MessageRecord): string {
  return `${nameText(foldName(owner))} ${ttl} ${typeText(type)} ${rdataText(type, foldRdata(type, rdata) ?? rdata)}`;
}

/** An exchange, for people. */
export function exchangeText({ server, query, theirs, ours }: Exchange): string {
  const { name, type, ...rest } = query;
  return [
    `=== ${nameText(name)} ${typeText(type)} ${JSON.stringify(rest)}`,
    `=== ${server}, ${theirs.octets} octets\n${messageText(theirs)}`,
    `=== Muster, ${ours.octets} octets\n${messageText(ours)}`,
  ].join("\n");
}
