import { FLAG_AA, FLAG_CD, FLAG_RD, FLAG_TC, MessageWriter } from "../dns/message-writer.ts";
import { CLASS, EDE, HEADER_OCTETS, OPTION, RCODE, TYPE, UDP_OCTETS_MAX, UDP_OCTETS_MIN } from "../dns/numbers.ts";
import { u16, utf8 } from "../dns/octets.ts";
import { parseQuery, type Query } from "../dns/query.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import { Answer } from "../zone/answer.ts";
import type { ExtendedError } from "../zone/node.ts";
import { nodeAt, type Snapshot, type Zone } from "../zone/zone.ts";
import type { Client, Responder } from "./transport.ts";

/** OPT without options (RFC 6891 §6.1.2). */
const OPT_OCTETS = 11;
const OPTION_HEADER_OCTETS = 4;
/** Keeps a long reason from crowding records out. */
const EDE_TEXT_OCTETS_MAX = 160;

const NOT_LOADED: ExtendedError = { code: EDE.NOT_READY, text: "the table is not loaded yet" };
const NOT_OURS: ExtendedError = { code: EDE.NOT_AUTHORITATIVE, text: "" };

/** How a response ends: header and OPT. */
interface Finish {
  readonly rcode: number;
  readonly isAuthoritative?: boolean;
  readonly isTruncated?: boolean;
  readonly ede?: ExtendedError | undefined;
}

/** What every transport asks. `current` gives the snapshot, or undefined before the first one is published. */
export function createResponder(current: () => Snapshot | undefined, counters: DnsCounters): Responder {
  const writer = new MessageWriter();

  function respond(request: Uint8Array, client: Client, out: Uint8Array): number {
    if (request.length < HEADER_OCTETS) return silent("short");
    // A response to a response could go on for ever (RFC 8906 §3 names no exception).
    if ((request[2]! & 0x80) !== 0) return silent("response");
    const query = parseQuery(request);
    counters.request(client.protocol, query.qtype);
    writer.begin(out, limitOf(query, client), request, query.questionEnd);
    if (query.edns !== undefined) writer.reserve(OPT_OCTETS);
    const finish = answer(query, client);
    return complete(query, finish);
  }

  /** The header checks, in the order in which RFC 8906 §8 probes them, then the snapshot. */
  function answer(query: Query, client: Client): Finish {
    if (query.fault !== RCODE.NOERROR) return { rcode: query.fault };
    if (query.edns !== undefined && query.edns.version > 0) return { rcode: RCODE.BADVERS };
    const refusal = refusalOf(query);
    if (refusal !== undefined) return refusal;
    const snapshot = current();
    if (snapshot === undefined) return { rcode: RCODE.SERVFAIL, ede: NOT_LOADED };
    const zone = zoneOf(snapshot, query);
    if (zone === undefined) return { rcode: RCODE.REFUSED, ede: NOT_OURS };
    const { id, labels, qtype } = query;
    const found = new Answer(writer, snapshot, { id, labels, qtype, clientAddress: client.address });
    found.write(zone);
    return found;
  }

  function complete(query: Query, { rcode, isAuthoritative, isTruncated, ede }: Finish): number {
    const flags =
      (query.flags & (FLAG_RD | FLAG_CD)) |
      (query.opcode << 11) |
      (isAuthoritative ? FLAG_AA : 0) |
      (isTruncated ? FLAG_TC : 0);
    writer.flags(flags, rcode);
    if (query.edns !== undefined) {
      writer.release(OPT_OCTETS);
      const option = ede === undefined ? "" : edeOption(ede, writer.room - OPT_OCTETS);
      writer.opt(UDP_OCTETS_MAX, rcode, query.edns.isDnssecOk, option);
    }
    counters.response(rcode, writer.offset, isTruncated === true);
    return writer.offset;
  }

  function silent(reason: "short" | "response"): 0 {
    counters.drop(reason);
    return 0;
  }

  return { respond };
}

function limitOf(query: Query, client: Client): number {
  if (client.protocol !== "udp") return Number.POSITIVE_INFINITY;
  const offered = query.edns?.udpOctets ?? UDP_OCTETS_MIN;
  return Math.min(Math.max(offered, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

/** Questions that no zone is asked about. */
function refusalOf({ qclass, qtype }: Query): Finish | undefined {
  if (qclass !== CLASS.IN) return { rcode: RCODE.REFUSED };
  switch (qtype) {
    case 0:
    case TYPE.OPT:
    case TYPE.NXNAME: // RFC 9824 §3.5
      return { rcode: RCODE.FORMERR };
    case TYPE.AXFR:
    case TYPE.IXFR:
      return { rcode: RCODE.REFUSED, ede: { code: EDE.PROHIBITED, text: "zone transfer is not offered" } };
    default:
      return qtype >= 249 && qtype < TYPE.ANY ? { rcode: RCODE.NOTIMP } : undefined;
  }
}

/** DS belongs to the parent's side of a cut, also where both sides are ours (RFC 4035 §3.1.4.1). */
function zoneOf(snapshot: Snapshot, query: Query): Zone | undefined {
  const zone = snapshot.zoneFor(query.labels);
  if (query.qtype !== TYPE.DS || zone?.depth !== query.labels.length || zone.depth === 0) return zone;
  const parent = snapshot.zoneFor(query.labels.slice(1));
  return parent !== undefined && nodeAt(parent, query.labels) !== undefined ? parent : zone;
}

/** The EDE option (RFC 8914 §2), its text cut to what there is room for; nothing when not even the code fits. */
function edeOption({ code, text }: ExtendedError, room: number): string {
  const textRoom = Math.min(room - OPTION_HEADER_OCTETS - 2, EDE_TEXT_OCTETS_MAX);
  if (textRoom < 0) return "";
  const octets = utf8(text).slice(0, textRoom);
  return u16(OPTION.EDE) + u16(2 + octets.length) + u16(code) + octets;
}
