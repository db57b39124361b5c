import type { Message, MessageRecord } from "../../src/dns/message.ts";
import { messageText } from "../../src/dns/message-text.ts";
import { foldName, nameText } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { typeText } from "../../src/dns/type-names.ts";

/** Types with names in their RDATA. */
const NAMING = new Set(["NS", "CNAME", "SOA", "PTR", "MX", "SRV", "NAPTR", "DNAME", "SVCB", "HTTPS"]);

/**
 * What must be the same in two servers' answers, as text: the question with its case, rcode, AA, TC, answer and authority
 * as sets, and the glue of a referral. Names are compared without case (RFC 4343): in RDATA some servers keep it and others do not.
 */
export function essence({ questions, rcode, flags, answer, authority, additional }: Message): string {
  const isReferral = authority.some(({ type }) => type === TYPE.NS);
  return [
    ...questions.map(({ name, type }) => `question ${nameText(name)} ${typeText(type)}`),
    `rcode ${rcode}`,
    ...(["aa", "tc"] as const).filter((flag) => flags.has(flag)),
    ...section("answer", answer),
    ...section("authority", authority),
    ...(isReferral ? section("additional", additional) : []),
  ].join("\n");
}

/** Two different answers to one query, for people. */
export function mismatchText(theirs: Message, ours: Message): string {
  return `=== theirs\n${messageText(theirs)}\n=== ours\n${messageText(ours)}`;
}

function section(title: string, records: readonly MessageRecord[]): string[] {
  return records.map((record) => `${title} ${recordText(record)}`).sort();
}

function recordText({ owner, ttl, type, rdata }: MessageRecord): string {
  const text = rdataText(type, rdata);
  return `${nameText(foldName(owner))} ${ttl} ${typeText(type)} ${NAMING.has(typeText(type)) ? text.toLowerCase() : text}`;
}
