import type { MessageRecord } from "../../src/dns/message.ts";
import { foldName, isAtOrBelow, type Name } from "../../src/dns/name.ts";
import { MESSAGE_OCTETS_MAX, TYPE, UDP_OCTETS_MAX, UDP_OCTETS_MIN } from "../../src/dns/numbers.ts";
import { targetOf } from "../../src/dns/rdata.ts";
import type { Query } from "./generated-queries.ts";
import { type Exchange, type Response, recordText } from "./same-answer.ts";

/** Types whose targets Knot looks up. */
const KNOT_FOLLOWS: readonly number[] = [TYPE.NS, TYPE.MX, TYPE.SRV];

/**
 * Why the Additional sections of an exchange differ, by the rules of test/README.md; undefined when a record is missing
 * for no reason. Addresses there are a kindness, except for the glue of in-domain name servers (RFC 9471 §3.1).
 */
export function explainAdditional(exchange: Exchange, origins: readonly Name[]): readonly string[] | undefined {
  const { theirs, ours } = exchange;
  const more = missing(ours, theirs).map((record) => excuseMore(record, exchange, origins));
  const less = missing(theirs, ours).map((record) =>
    !isGlue(record, theirs) && isRoomless(exchange, ours) ? "as-room-allows" : undefined,
  );
  const excuses = new Set([...more, ...less]);
  return excuses.has(undefined) ? undefined : ([...excuses] as string[]);
}

/** The additional records of one response that another one lacks. */
function missing(from: Response, to: Response): MessageRecord[] {
  const known = new Set(to.additional.map(recordText));
  return from.additional.filter((record) => !known.has(recordText(record)));
}

/** Why they do not have a record that we have. */
function excuseMore(record: MessageRecord, exchange: Exchange, origins: readonly Name[]): string | undefined {
  const { server, theirs, ours } = exchange;
  const pointing = [...ours.answer, ...ours.authority, ...ours.additional].filter(
    ({ type, rdata }) => foldName(targetOf(type, rdata) ?? "") === foldName(record.owner),
  );
  if (server === "NSD" && !theirs.authority.some(({ type }) => type === TYPE.NS)) return "nsd-is-brief";
  if (pointing.every(({ owner }) => originOf(owner, origins) !== originOf(record.owner, origins))) return "other-zone";
  if (server === "Knot" && pointing.every(({ type }) => !KNOT_FOLLOWS.includes(type))) return "more-types";
  if (!isRoomless(exchange, theirs)) return undefined;
  if (!isGlue(record, ours)) return "as-room-allows";
  return server === "NSD" ? "in-domain-glue" : undefined;
}

/** True for an address of one of a referral's in-domain name servers. */
export function isGlue({ owner }: MessageRecord, { authority }: Response): boolean {
  const cut = authority.find(({ type }) => type === TYPE.NS)?.owner;
  return cut !== undefined && isAtOrBelow(foldName(owner), foldName(cut));
}

/** True when a response that lacks a record may have too little room for its RRset. */
function isRoomless({ query, theirs, ours }: Exchange, response: Response): boolean {
  const octetsOf = ({ owner, rdata }: MessageRecord) => owner.length + 10 + rdata.length;
  const largest = Math.max(...[theirs, ours].flatMap(({ additional }) => rrsetOctets(additional, octetsOf)));
  return response.octets + largest > limitOf(query);
}

/** Of each RRset its size, uncompressed. */
function rrsetOctets(records: readonly MessageRecord[], octetsOf: (record: MessageRecord) => number): number[] {
  const sums = new Map<string, number>();
  for (const record of records) {
    const key = `${foldName(record.owner)} ${record.type}`;
    sums.set(key, (sums.get(key) ?? 0) + octetsOf(record));
  }
  return [...sums.values()];
}

/** Octets that a response to this query may have. */
export function limitOf({ protocol, edns }: Query): number {
  if (protocol === "tcp") return MESSAGE_OCTETS_MAX;
  return Math.min(Math.max(edns?.udpOctets ?? UDP_OCTETS_MIN, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

/** The origin of the zone that a name lies in; origins are folded. */
export function originOf(name: Name, origins: readonly Name[]): Name | undefined {
  const folded = foldName(name);
  return origins.filter((origin) => isAtOrBelow(folded, origin)).sort((a, b) => b.length - a.length)[0];
}
