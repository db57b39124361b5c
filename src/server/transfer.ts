import { setImmediate } from "node:timers/promises";
import { type Grant, isGranted } from "../dns/grants.ts";
import { SECTION } from "../dns/message-writer.ts";
import { foldName, nameEnd, nameOf, nameText, readName } from "../dns/name.ts";
import { EDE, RCODE, TYPE } from "../dns/numbers.ts";
import { octetsOf, readU16, readU32 } from "../dns/octets.ts";
import { isNewer } from "../dns/serial.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import type { ZoneRecord } from "../zone/difference.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import { incrementally, versionOnly, wholeZone } from "../zone/transfer.ts";
import type { Zone } from "../zone/zone.ts";
import type { Journal } from "./journal.ts";
import { RecordStream } from "./record-stream.ts";
import type { Reply } from "./reply.ts";
import type { Finish, Request } from "./request.ts";

export interface TransferOptions {
  current(): Snapshot | undefined;
  readonly counters: DnsCounters;
  readonly transferTo: readonly Grant[];
  readonly journal: Journal;
}

/**
 * The messages that answer AXFR (RFC 5936) or IXFR (RFC 1995): of the zone as it is when the first is asked for, and each
 * made only when the client has room for it.
 */
export async function* transfer(reply: Reply, options: TransferOptions): AsyncGenerator<Uint8Array> {
  const { request } = reply;
  const admission = admit(request, options);
  if (admission.kind === "refused") {
    yield reply.empty(admission.finish);
    return;
  }
  const { zone } = admission;
  reply.speakOf(zone);
  const { form, records } = await contentFor(reply, zone, options.journal);
  const stream = new RecordStream(records);
  while (!stream.isEmpty) {
    await turn();
    const writer = reply.begin();
    stream.pour(writer);
    if (writer.count(SECTION.answer) === 0) {
      yield reply.end(noRoom(request));
      return;
    }
    yield reply.end({ rcode: RCODE.NOERROR, isAuthoritative: true });
  }
  options.counters.transfers[form]++;
  if (form !== "soa") options.journal.sent(zone, serialHeld(request));
}

type Admission =
  | { readonly kind: "granted"; readonly zone: Zone }
  | { readonly kind: "refused"; readonly finish: Finish };

function admit(request: Request, { current, transferTo }: TransferOptions): Admission {
  const { query, client, signer } = request;
  const refused = (rcode: number, code: number, text: string): Admission => ({
    kind: "refused",
    finish: { rcode, ede: { code, text } },
  });
  const snapshot = current();
  if (snapshot === undefined) return refused(RCODE.SERVFAIL, EDE.NOT_READY, "the table is not loaded yet");
  const zone = snapshot.zone(nameOf(query.qname.labels()));
  if (zone === undefined) return refused(RCODE.NOTAUTH, EDE.NOT_AUTHORITATIVE, "no zone of ours has this apex");
  if (!isGranted(transferTo, client.address, signer?.key)) {
    const key = signer?.key === undefined ? "no key" : `the key ${nameText(signer.key)}`;
    return refused(RCODE.REFUSED, EDE.PROHIBITED, `transfer is not granted to ${client.address} with ${key}`);
  }
  if (query.qtype === TYPE.AXFR && client.protocol === "udp") {
    return refused(RCODE.FORMERR, EDE.OTHER, "AXFR needs TCP (RFC 5936 section 4.2)");
  }
  if (query.qtype === TYPE.IXFR && serialHeld(request) === undefined) {
    return refused(RCODE.FORMERR, EDE.OTHER, "IXFR needs the client's SOA in Authority (RFC 1995 section 3)");
  }
  return { kind: "granted", zone };
}

/** What a transfer holds. */
interface Content {
  readonly form: "full" | "incremental" | "soa";
  readonly records: Iterable<ZoneRecord>;
}

/** The least that brings the client up to date (RFC 1995 §2). */
async function contentFor(reply: Reply, zone: Zone, journal: Journal): Promise<Content> {
  const { request } = reply;
  const full: Content = { form: "full", records: wholeZone(zone) };
  const soa: Content = { form: "soa", records: versionOnly(zone) };
  if (request.query.qtype === TYPE.AXFR) return full;
  const serial = serialHeld(request)!;
  if (!isNewer(zone.serial, serial)) return soa;
  const isUdp = request.client.protocol === "udp";
  const before = journal.at(zone.origin, serial);
  if (before === undefined) return isUdp ? soa : full;
  const incremental: Content = { form: "incremental", records: incrementally(before, zone) };
  // Records are gone once they have been looked at.
  if (isUdp) return fitsOneMessage(reply, incrementally(before, zone)) ? incremental : soa;
  return (await isShorter(incrementally(before, zone), wholeZone(zone))) ? incremental : full;
}

/** The serial of the SOA that an IXFR client holds; undefined when Authority has none (RFC 1995 §3). */
function serialHeld({ bytes, query }: Request): number | undefined {
  const counts = octetsOf(bytes, 6, 10);
  if (readU16(counts, 0) !== 0 || readU16(counts, 2) !== 1) return undefined;
  const owner = readName(bytes, query.questionEnd);
  const typeAt = nameEnd(bytes, query.questionEnd);
  const fixed = octetsOf(bytes, typeAt, typeAt + RECORD_FIXED_OCTETS);
  const serialAt = nameEnd(bytes, nameEnd(bytes, typeAt + RECORD_FIXED_OCTETS));
  const end = typeAt + RECORD_FIXED_OCTETS + readU16(fixed, 8);
  const isSoa =
    owner !== undefined && foldName(owner) === nameOf(query.qname.labels()) && readU16(fixed, 0) === TYPE.SOA;
  return isSoa && serialAt + 20 === end ? readU32(octetsOf(bytes, serialAt, serialAt + 4), 0) : undefined;
}

/** Type, class, TTL and RDLENGTH. */
const RECORD_FIXED_OCTETS = 10;

function fitsOneMessage(reply: Reply, records: Iterable<ZoneRecord>): boolean {
  const stream = new RecordStream(records);
  stream.pour(reply.begin());
  return stream.isEmpty;
}

/** Records that two transfers are compared by before queries get their turn. */
const COMPARED_PER_TURN = 2048;

/** True when `a` ends before `b`. It costs what the shorter one does. */
async function isShorter(a: Iterator<unknown>, b: Iterator<unknown>): Promise<boolean> {
  for (let compared = 1; !a.next().done; compared++) {
    if (b.next().done) return false;
    if (compared % COMPARED_PER_TURN === 0) await turn();
  }
  return true;
}

/** Not even one record fits: over UDP another transport may have more room, over TCP none has (RFC 5936 §2.2). */
function noRoom({ client }: Request): Finish {
  if (client.protocol === "udp") return { rcode: RCODE.NOERROR, isAuthoritative: true, isTruncated: true };
  return { rcode: RCODE.SERVFAIL, ede: { code: EDE.OTHER, text: "a record is larger than a message" } };
}

/** When the turn that was asked for last is over. */
let lastTurn = Promise.resolve();

/** Resolves in a turn of the event loop that no other transfer has: so queries wait for one message, not one of each. */
function turn(): Promise<void> {
  lastTurn = lastTurn.then(() => setImmediate());
  return lastTurn;
}
