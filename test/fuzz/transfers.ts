import { decodeMessage, type Message, type MessageRecord } from "../../src/dns/message.ts";
import { nameOf, parseName, ROOT } from "../../src/dns/name.ts";
import { CLASS, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { bytesOf, readU32, u16, u32 } from "../../src/dns/octets.ts";
import { parseQuery } from "../../src/dns/query.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { Journal } from "../../src/server/journal.ts";
import { createLater } from "../../src/server/later.ts";
import type { Client, Responder } from "../../src/server/transport.ts";
import { recordsBeyond } from "../../src/zone/difference.ts";
import type { Zone } from "../../src/zone/zone.ts";
import { CORPUS } from "./corpus.ts";
import { NOW_SECONDS, sign, unsigned } from "./keys.ts";
import { attackOf } from "./queries.ts";
import type { Random } from "./random.ts";
import { clientOf, laterKindOf, limitOf, SETTINGS } from "./subject.ts";
import { must, type Target, withInput } from "./target.ts";
import { EARLIER, SNAPSHOT } from "./world.ts";

export type RespondLater = Responder["respondLater"];

const TRANSFERS = CORPUS.map((octets) => Uint8Array.from(octets))
  .filter((request) => laterKindOf(request) === "transfer")
  .map((request) => [...unsigned(request)]);
const ZONES = [
  ...[...SNAPSHOT.zones].map(({ origin }) => origin),
  parseName("sub.z.test."),
  parseName("elsewhere.example."),
];
const SERIALS = [0, 1, 2, 7, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1];
const MESSAGES_MAX = 100;

/** What answers transfers of world.ts's zones to anybody, and remembers how these were. */
export function transfersOf(): RespondLater {
  const journal = new Journal();
  for (const snapshot of [EARLIER, SNAPSHOT]) journal.published(snapshot);
  return createLater({
    ...SETTINGS,
    counters: new DnsCounters(),
    current: () => SNAPSHOT,
    journal,
    transferTo: [{}],
    update: undefined,
  });
}

/** A transfer brings its client from what it has to what there is; every message is within its limits and signed. */
export function transferTarget(respondLater: RespondLater = transfersOf()): Target {
  return {
    name: "transfers",
    attack(random) {
      const bare = Uint8Array.from(random.oneIn(3) ? attackOf(random, TRANSFERS) : transferQuery(random));
      if (laterKindOf(bare) !== "transfer") return;
      const signed = random.oneIn(2) ? sign(random, bare) : undefined;
      const request = signed?.request ?? bare;
      const client = clientOf(random);
      return withInput(request, async () => {
        const messages: Message[] = [];
        for await (const octets of respondLater(request, client)) {
          messages.push(checkMessage(request, octets, client));
          must(signed === undefined || signed.verify(octets, NOW_SECONDS), "must sign every message");
          must(messages.length <= MESSAGES_MAX, `must end within ${MESSAGES_MAX} messages`);
        }
        must(
          messages.length === 1 || (client.protocol !== "udp" && messages.length > 1),
          "must be one message over UDP",
        );
        if (messages[0]!.rcode === RCODE.NOERROR) checkContent(request, messages);
      });
    },
  };
}

/** AXFR, or IXFR with an SOA, as secondaries send it. */
function transferQuery(random: Random): number[] {
  const origin = random.pick(ZONES);
  const type = random.oneIn(3) ? TYPE.AXFR : TYPE.IXFR;
  const serial = random.oneIn(8) ? random.below(2 ** 32) : random.pick(SERIALS);
  const soaRdata = `\xc0\x0c\xc0\x0c${u32(serial)}${u32(1)}${u32(1)}${u32(1)}${u32(1)}`;
  const soa = `\xc0\x0c${u16(TYPE.SOA)}${u16(CLASS.IN)}${u32(0)}${u16(soaRdata.length)}${soaRdata}`;
  const hasSoa = type === TYPE.IXFR && !random.oneIn(20);
  const opt = `${ROOT}${u16(TYPE.OPT)}${u16(random.pick([0, 512, 1232, 4096]))}${u32(0)}${u16(0)}`;
  const hasOpt = random.oneIn(2);
  const header = [random.below(65_536), 0, 1, 0, hasSoa ? 1 : 0, hasOpt ? 1 : 0].map(u16).join("");
  const octets = header + origin + u16(type) + u16(CLASS.IN) + (hasSoa ? soa : "") + (hasOpt ? opt : "");
  return [...bytesOf(octets)];
}

function checkMessage(request: Uint8Array, octets: Uint8Array, client: Client): Message {
  const limit = limitOf(request, client);
  must(octets.length <= limit, `must have at most ${limit} octets: got ${octets.length}`);
  const message = decodeMessage(octets);
  must(message !== undefined, `must be well-formed: got ${Buffer.from(octets).toString("hex")}`);
  must(octets[0] === request[0] && octets[1] === request[1], "must bear the request's id");
  must((octets[2]! & 0xf8) === 0x80 && (octets[3]! & 0xe0) === 0, "must be a response with no odd flags");
  must(message.rcode !== RCODE.SERVFAIL, "must not fail");
  return message;
}

/** By its own account the transfer is the whole zone, the version alone, or what makes the zone of the client's. */
function checkContent(request: Uint8Array, messages: readonly Message[]): void {
  const records = messages.flatMap(({ answer }) => answer);
  if (messages[0]!.flags.has("tc") && records.length === 0) return;
  const zone = SNAPSHOT.zone(foldedQname(request))!;
  const [first, second] = records;
  must(first?.type === TYPE.SOA && serialOf(first) === zone.serial, "must begin with the present SOA");
  if (second === undefined) return;
  must(lineOf(records.at(-1)!) === lineOf(first), "must end with the SOA it began with");
  const held = second.type === TYPE.SOA ? EARLIER.zone(zone.origin) : undefined;
  must(held?.serial === (held && serialOf(second)), "must tell differences to a version that there was");
  const result = held === undefined ? new Set<string>() : linesOf(held);
  let isAdding = held === undefined;
  for (const record of records.slice(held === undefined ? 1 : 2, -1)) {
    const line = lineOf(record);
    if (record.type === TYPE.SOA) isAdding = true;
    else if (isAdding)
      must(!result.has(line) && result.add(line) !== undefined, `must add what is not there: ${JSON.stringify(line)}`);
    else must(result.delete(line), `must delete what is there: got ${JSON.stringify(line)}`);
  }
  const expected = linesOf(zone);
  must(result.size === expected.size && [...expected].every((line) => result.has(line)), "must make the present zone");
}

function foldedQname(request: Uint8Array): string {
  return nameOf(parseQuery(request).qname.labels());
}

/** All records of a zone but its SOA. */
function linesOf(zone: Zone): Set<string> {
  const lines = new Set<string>();
  for (const { owner, rrset, rdata } of recordsBeyond(zone, undefined)) {
    lines.add(lineOf({ owner, type: rrset.type, class: CLASS.IN, ttl: rrset.ttl, rdata }));
  }
  return lines;
}

function lineOf({ owner, type, ttl, rdata }: MessageRecord): string {
  return `${owner} ${ttl} ${type} ${rdata}`;
}

function serialOf({ rdata }: MessageRecord): number {
  return readU32(rdata, rdata.length - 20);
}
