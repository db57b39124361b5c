import { nameEnd } from "./name.ts";
import { HEADER_OCTETS, OPCODE, OPTION, RCODE, TYPE } from "./numbers.ts";
import { SoughtName } from "./sought-name.ts";

/** A request as far as it is read: header, one question, OPT, TSIG (DNS.md §2). `fault` says what else must be answered. */
export interface Query {
  readonly id: number;
  /** The second 16 bits of the header as they came. */
  readonly flags: number;
  readonly opcode: number;
  /** NOERROR, or why this message is answered with an rcode only. */
  readonly fault: number;
  /** The question's name. */
  readonly qname: SoughtName;
  readonly qtype: number;
  readonly qclass: number;
  /** Offset behind the question; 12 when there is none that could be echoed. */
  readonly questionEnd: number;
  readonly edns: Edns | undefined;
  /** Offset of the TSIG record, the last of a signed message (RFC 8945 §5.1); 0 when there is none. */
  readonly tsigAt: number;
}

export interface Edns {
  readonly version: number;
  /** What the client takes over UDP, as it said. */
  readonly udpOctets: number;
  readonly isDnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/** An option of OPT: its code, and from where to where in the message its data stands. */
export interface EdnsOption {
  readonly code: number;
  readonly start: number;
  readonly end: number;
}

const NO_OPTIONS: readonly EdnsOption[] = [];
/** Further records a plain query may carry behind its question (OPT, TSIG, SIG(0)); none of them is decoded. */
const ADDITIONAL_MAX = 8;

/** A query that can be read again, into the same place: the responder has one for all. */
export class QueryPlace implements Query {
  id = 0;
  flags = 0;
  opcode = 0;
  fault: number = RCODE.NOERROR;
  readonly qname = new SoughtName();
  qtype = 0;
  qclass = 0;
  questionEnd = HEADER_OCTETS;
  edns: Edns | undefined = undefined;
  tsigAt = 0;
}

/**
 * Reads a message of at least 12 octets with QR=0. Never throws: what is malformed becomes `fault`, with as much of the
 * question as could be read (RFC 1035 §4.1, RFC 6891 §6.1).
 */
export function parseQuery(request: Uint8Array, query = new QueryPlace()): Query {
  query.id = u16At(request, 0);
  query.flags = u16At(request, 2);
  query.opcode = (query.flags >> 11) & 0xf;
  query.fault = RCODE.NOERROR;
  query.qname.count = 0;
  query.qtype = 0;
  query.qclass = 0;
  query.questionEnd = HEADER_OCTETS;
  query.edns = undefined;
  query.tsigAt = 0;
  if (query.opcode !== OPCODE.QUERY && query.opcode !== OPCODE.NOTIFY && query.opcode !== OPCODE.UPDATE) {
    query.fault = RCODE.NOTIMP;
  } else if (!readMessage(request, query)) {
    query.fault = RCODE.FORMERR;
  }
  return query;
}

function readMessage(request: Uint8Array, query: QueryPlace): boolean {
  const questions = u16At(request, 4);
  if (questions === 0) return isCookieQuery(request, query);
  if (questions !== 1 || !readQuestion(request, query)) return false;
  const records = u16At(request, 6) + u16At(request, 8);
  // An update is made of records, a notification may bring the SOA, and IXFR brings the one its client has.
  const mayHaveRecords = query.opcode !== OPCODE.QUERY || (query.qtype === TYPE.IXFR && records === 1);
  if (records > 0 && !mayHaveRecords) return false;
  const at = recordsEnd(request, query.questionEnd, records);
  return at > 0 && readAdditional(request, at, query);
}

/** A client may ask for a cookie alone, without a question (RFC 7873 §5.4). */
function isCookieQuery(request: Uint8Array, query: QueryPlace): boolean {
  const hasRecords = u16At(request, 6) + u16At(request, 8) > 0;
  if (query.opcode !== OPCODE.QUERY || hasRecords || !readAdditional(request, HEADER_OCTETS, query)) return false;
  return query.edns?.options.some(({ code }) => code === OPTION.COOKIE) ?? false;
}

function readQuestion(request: Uint8Array, query: QueryPlace): boolean {
  const at = query.qname.read(request, HEADER_OCTETS);
  if (at < 0 || at + 4 > request.length) return false;
  query.qtype = u16At(request, at);
  query.qclass = u16At(request, at + 2);
  query.questionEnd = at + 4;
  return true;
}

/** The offset behind `count` records that begin at `at`; −1 when they are malformed or cut off. */
function recordsEnd(request: Uint8Array, at: number, count: number): number {
  for (let i = 0; i < count; i++) {
    at = nameEnd(request, at);
    if (at < 0 || at + 10 > request.length) return -1;
    at += 10 + u16At(request, at + 8);
    if (at > request.length) return -1;
  }
  return at;
}

/** Finds OPT and TSIG among the additional records; false when these are malformed, OPT is doubled or TSIG not the last. */
function readAdditional(request: Uint8Array, at: number, query: QueryPlace): boolean {
  const count = u16At(request, 10);
  if (count > ADDITIONAL_MAX) return false;
  for (let i = 0; i < count; i++) {
    const owner = at;
    at = recordsEnd(request, owner, 1);
    if (at < 0) return false;
    const typeAt = nameEnd(request, owner);
    const type = u16At(request, typeAt);
    if (type === TYPE.OPT && (query.edns !== undefined || request[owner] !== 0)) return false;
    if (type === TYPE.OPT && !readOpt(request, typeAt, at, query)) return false;
    if (type === TYPE.TSIG && i < count - 1) return false;
    if (type === TYPE.TSIG) query.tsigAt = owner;
  }
  return true;
}

function readOpt(request: Uint8Array, typeAt: number, end: number, query: QueryPlace): boolean {
  const options = readOptions(request, typeAt + 10, end);
  if (options === undefined) return false;
  query.edns = {
    version: request[typeAt + 5]!,
    udpOctets: u16At(request, typeAt + 2),
    isDnssecOk: (request[typeAt + 6]! & 0x80) !== 0,
    options,
  };
  return true;
}

/** The options of OPT; undefined when one overruns. */
function readOptions(request: Uint8Array, from: number, end: number): readonly EdnsOption[] | undefined {
  if (from === end) return NO_OPTIONS;
  const options: EdnsOption[] = [];
  let at = from;
  while (at + 4 <= end) {
    const start = at + 4;
    at = start + u16At(request, at + 2);
    options.push({ code: u16At(request, start - 4), start, end: at });
  }
  return at === end ? options : undefined;
}

function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
