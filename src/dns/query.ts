import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX, nameEnd } from "./name.ts";
import { HEADER_OCTETS, RCODE, TYPE } from "./numbers.ts";

/** A query as far as it is read: header, one question, OPT (DNS.md §2). `fault` says what else must be answered. */
export interface Query {
  readonly id: number;
  /** The second 16 bits of the header as they came. */
  readonly flags: number;
  readonly opcode: number;
  /** NOERROR, or why this message is answered with an rcode only. */
  readonly fault: number;
  /** The question's labels, folded, leftmost first. */
  readonly labels: readonly string[];
  readonly qtype: number;
  readonly qclass: number;
  /** Offset behind the question; 12 when there is none that could be echoed. */
  readonly questionEnd: number;
  readonly edns: Edns | undefined;
}

export interface Edns {
  readonly version: number;
  /** What the client takes over UDP, as it said. */
  readonly udpOctets: number;
  readonly isDnssecOk: boolean;
}

type MutableQuery = { -readonly [field in keyof Query]: Query[field] };

const NO_LABELS: readonly string[] = [];
/** Further records a plain query may carry behind its question (OPT, TSIG, SIG(0)); none of them is decoded. */
const ADDITIONAL_MAX = 8;

/**
 * Reads a message of at least 12 octets with QR=0. Never throws: what is malformed becomes `fault`, with as much of the
 * question as could be read (RFC 1035 §4.1, RFC 6891 §6.1).
 */
export function parseQuery(request: Uint8Array): Query {
  const flags = u16At(request, 2);
  const query: MutableQuery = {
    id: u16At(request, 0),
    flags,
    opcode: (flags >> 11) & 0xf,
    fault: RCODE.NOERROR,
    labels: NO_LABELS,
    qtype: 0,
    qclass: 0,
    questionEnd: HEADER_OCTETS,
    edns: undefined,
  };
  if (query.opcode !== 0) {
    query.fault = RCODE.NOTIMP;
    return query;
  }
  const isPlain = u16At(request, 4) === 1 && u16At(request, 6) === 0 && u16At(request, 8) === 0;
  if (!isPlain || !readQuestion(request, query) || !readAdditional(request, query)) query.fault = RCODE.FORMERR;
  return query;
}

function readQuestion(request: Uint8Array, query: MutableQuery): boolean {
  const labels: string[] = [];
  let at = HEADER_OCTETS;
  for (;;) {
    const length = request[at++];
    // A pointer has nothing to point to in a question, and 0x40 and 0x80 are no label types.
    if (length === undefined || length > LABEL_OCTETS_MAX) return false;
    if (length === 0) break;
    if (at + length > request.length) return false;
    labels.push(foldedLabel(request, at, at + length));
    at += length;
    if (at - HEADER_OCTETS >= NAME_OCTETS_MAX) return false;
  }
  if (at + 4 > request.length) return false;
  query.labels = labels;
  query.qtype = u16At(request, at);
  query.qclass = u16At(request, at + 2);
  query.questionEnd = at + 4;
  return true;
}

const FOLDED = Array.from({ length: 256 }, (_, code) =>
  String.fromCharCode(code >= 65 && code <= 90 ? code + 32 : code),
);

function foldedLabel(request: Uint8Array, from: number, to: number): string {
  let label = "";
  for (let at = from; at < to; at++) label += FOLDED[request[at]!];
  return label;
}

/** Finds OPT among the additional records; false when they are malformed or cut off, or OPT is doubled or ill-formed. */
function readAdditional(request: Uint8Array, query: MutableQuery): boolean {
  const count = u16At(request, 10);
  if (count > ADDITIONAL_MAX) return false;
  let at = query.questionEnd;
  for (let i = 0; i < count; i++) {
    const owner = at;
    at = nameEnd(request, at);
    if (at < 0 || at + 10 > request.length) return false;
    const end = at + 10 + u16At(request, at + 8);
    if (end > request.length) return false;
    if (u16At(request, at) === TYPE.OPT) {
      if (query.edns !== undefined || request[owner] !== 0 || !areOptionsWhole(request, at + 10, end)) return false;
      query.edns = {
        version: request[at + 5]!,
        udpOctets: u16At(request, at + 2),
        isDnssecOk: (request[at + 6]! & 0x80) !== 0,
      };
    }
    at = end;
  }
  return true;
}

function areOptionsWhole(request: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at + 4 <= end) at += 4 + u16At(request, at + 2);
  return at === end;
}

function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
