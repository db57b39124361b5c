import { decode } from "dns-packet";
import { decodeMessage, type Message, type MessageRecord } from "../../src/dns/message.ts";
import { CLASS, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { type Client, LATER } from "../../src/server/transport.ts";
import { eachChild } from "../../src/zone/children.ts";
import type { Node } from "../../src/zone/node.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import { attackQuery } from "./queries.ts";
import { clientOf, laterKindOf, limitOf, type Respond, responderOf } from "./subject.ts";
import { must, type Target, withInput } from "./target.ts";
import { SNAPSHOT } from "./world.ts";

const GUARD_OCTETS = 64;
const GUARD = 0xa5;
const RCODES: ReadonlySet<number> = new Set(Object.values(RCODE));

/**
 * Every request is answered as DNS.md §2 has it: the right id, within the right size, well-formed for two decoders, out
 * of our zones' data, and the same whatever was answered before.
 */
export function responsesTarget(respond: Respond = responderOf(SNAPSHOT)): Target {
  const out = new Uint8Array(65_535);
  const again = new Uint8Array(65_535);
  const known = knownRecords(SNAPSHOT);
  return {
    name: "responses",
    attack(random) {
      const request = attackQuery(random);
      const client = clientOf(random);
      withInput(request, () => {
        const response = exchange(respond, request, client, out);
        if (response === undefined) return;
        const message = checkHeader(request, response);
        checkEdns(request, message);
        checkRecords(message, known);
        checkByOther(response, message);
        if (!random.oneIn(8)) return;
        const fresh = exchange(responderOf(SNAPSHOT), request, client, again);
        must(Buffer.compare(fresh ?? new Uint8Array(), response) === 0, "must not depend on what was answered before");
      });
    },
  };
}

/** The response; undefined where silence is right, and for what is answered later (see transfers.ts and updates.ts). */
function exchange(respond: Respond, request: Uint8Array, client: Client, out: Uint8Array): Uint8Array | undefined {
  const limit = limitOf(request, client);
  const before = request.slice();
  out.fill(GUARD, limit, limit + GUARD_OCTETS);
  const length = respond(request, client, out);
  must(Buffer.compare(before, request) === 0, "must not change the request");
  if (length === LATER) {
    must(laterKindOf(request) !== undefined, "must leave transfers and updates for later, only");
    return undefined;
  }
  must(length <= limit, `must have at most ${limit} octets: got ${length}`);
  must(
    out.subarray(limit, limit + GUARD_OCTETS).every((octet) => octet === GUARD),
    `must not write behind ${limit}`,
  );
  const isSilent = request.length < 12 || (request[2]! & 0x80) !== 0;
  must(isSilent === (length === 0), `must ${isSilent ? "stay silent" : "answer"}: got ${length} octets`);
  return isSilent ? undefined : out.subarray(0, length);
}

function checkHeader(request: Uint8Array, response: Uint8Array): Message {
  const message = decodeMessage(response);
  must(message !== undefined, `must be well-formed: got ${Buffer.from(response).toString("hex")}`);
  must(response[0] === request[0] && response[1] === request[1], "must bear the request's id");
  must((response[2]! & 0xf9) === (0x80 | (request[2]! & 0x79)), "must have QR=1 and the request's opcode and RD");
  must((response[3]! & 0xe0) === 0, "must have RA=0, Z=0 and AD=0");
  must(RCODES.has(message.rcode) && message.rcode !== RCODE.SERVFAIL, `must have a sane rcode: got ${message.rcode}`);
  const isBare =
    message.rcode !== RCODE.NOERROR && message.rcode !== RCODE.NXDOMAIN && message.rcode !== RCODE.YXDOMAIN;
  must(!isBare || message.answer.length + message.authority.length === 0, "must have no records beside an error");
  must(message.questions.length <= 1, "must have one question at most");
  const questionEnd = message.questions.length === 0 ? 12 : 12 + message.questions[0]!.name.length + 4;
  const echoed = response.subarray(12, questionEnd);
  must(Buffer.compare(echoed, request.subarray(12, questionEnd)) === 0, "must echo the question's octets");
  const isAsked = request[4] !== 0 || request[5] !== 0; // a cookie alone may be asked for
  must(message.questions.length === 1 || isBare || !isAsked, "must have the question in an answer");
  return message;
}

/** OPT only when asked for, and always then (RFC 6891 §6.1.1). */
function checkEdns(request: Uint8Array, { edns, rcode }: Message): void {
  const asked = decodeMessage(request);
  if (asked === undefined || rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP) return;
  must((asked.edns === undefined) === (edns === undefined), `must ${asked.edns ? "" : "not "}have OPT`);
  must(edns === undefined || edns.version === 0, "must answer with EDNS version 0");
  must(edns === undefined || edns.dnssecOk === asked.edns?.dnssecOk, "must echo DO");
  const isNewer = asked.edns !== undefined && asked.edns.version > 0;
  const isBad = rcode === RCODE.BADVERS || rcode === RCODE.NOTAUTH; // the signature comes first
  must(isNewer ? isBad : rcode !== RCODE.BADVERS, `must be BADVERS for a version above 0 only: got ${rcode}`);
}

/** Compression spoils no name and truncation no record: what is sent is what the zones hold. */
function checkRecords(message: Message, known: ReadonlySet<string>): void {
  for (const record of [...message.answer, ...message.authority, ...message.additional]) {
    // A CNAME of a DNAME, what class CH tells, and a signature are made for the response.
    const isMade = record.type === TYPE.CNAME || record.class === CLASS.CH || record.type === TYPE.TSIG;
    must(isMade || known.has(keyOf(record)), `must send records of its zones only: got type ${record.type}`);
  }
  for (const section of [message.answer, message.authority, message.additional]) {
    const keys = section.map((record) => `${record.owner} ${keyOf(record)}`);
    must(new Set(keys).size === keys.length, "must not repeat a record within a section");
  }
}

function keyOf({ type, rdata }: Pick<MessageRecord, "type" | "rdata">): string {
  return `${type} ${rdata}`;
}

function knownRecords(snapshot: Snapshot): Set<string> {
  const known = new Set<string>();
  const collect = (node: Node) => {
    for (const { type, rdatas } of node.rrsets) for (const rdata of rdatas) known.add(keyOf({ type, rdata }));
    for (const child of eachChild(node.children)) collect(child);
  };
  for (const zone of snapshot.zones) collect(zone.apex);
  return known;
}

/** An independent decoder reads the same. */
function checkByOther(response: Uint8Array, message: Message): void {
  const other = decode(Buffer.from(response));
  must(other.id === message.id && other.type === "response", "must have the same header for dns-packet");
  const counts = [other.questions, other.answers, other.authorities, other.additionals].map(
    (part) => part?.length ?? 0,
  );
  const ours = [message.questions, message.answer, message.authority, message.additional].map(({ length }) => length);
  if (message.edns !== undefined) ours[3]! += 1;
  must(counts.join() === ours.join(), `must have as many records for dns-packet: got ${counts}, not ${ours}`);
}
