import { parseMasterFile } from "../../src/dns/master-file.ts";
import { decodeMessage, type EdnsOption, encodeQuery, type Message } from "../../src/dns/message.ts";
import { nameText, parseName } from "../../src/dns/name.ts";
import { RCODE, UDP_OCTETS_MAX } from "../../src/dns/numbers.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { typeNumber, typeText } from "../../src/dns/type-names.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createResponder, type ResponderOptions } from "../../src/server/responder.ts";
import type { Client } from "../../src/server/transport.ts";
import { buildZones } from "../../src/zone/build.ts";
import { Snapshot } from "../../src/zone/snapshot.ts";
import { makeZone } from "../../src/zone/zone.ts";

/** A snapshot of the zones in a master-file text. */
export function snapshotOf(text: string): Snapshot {
  const { records, problems } = parseMasterFile(text, {
    file: "test.zone",
    origin: undefined,
    readInclude: () => ({ kind: "refused", reason: "no includes here" }),
  });
  const built = buildZones([records], parseName("nothing.invalid."));
  const all = [...problems, ...built.problems];
  if (all.length > 0) throw new Error(all.map(({ line, message }) => `${line}: ${message}`).join("\n"));
  const zones = built.zones.filter(({ apex }) => apex.rrsets.length > 0);
  return new Snapshot(zones.map((zone) => makeZone(zone.origin, zone.apex, zone.serial)));
}

export interface AskOptions {
  /** Those of OPT; without either there is none. */
  readonly udpOctets?: number;
  readonly options?: readonly EdnsOption[];
  readonly protocol?: Client["protocol"];
  readonly id?: number;
  readonly address?: string;
  readonly server?: Partial<ResponderOptions>;
}

/** A response, and how long it was. */
interface Asked extends Message {
  readonly octets: number;
}

/** Asks `"name TYPE"` of a snapshot, through the responder and with no socket. */
export function ask(snapshot: Snapshot | undefined, question: string, options: AskOptions = {}): Asked {
  const [name = "", type = "A"] = question.split(" ");
  const { options: ednsOptions, protocol = "udp", id = 1, address = "192.0.2.1", server = {} } = options;
  const udpOctets = options.udpOctets ?? (ednsOptions && UDP_OCTETS_MAX);
  const query = encodeQuery({
    id,
    name: parseName(name),
    type: typeNumber(type)!,
    ...(udpOctets !== undefined && { edns: { udpOctets, options: ednsOptions ?? [] } }),
  });
  const out = new Uint8Array(65_535);
  const responder = createResponder(() => snapshot, new DnsCounters(), server);
  const length = responder.respond(query, { address, port: 1, protocol }, out);
  return { ...decodeMessage(out.slice(0, length))!, octets: length };
}

/** A response as lines: rcode and flags, then the records of each section behind its first letters. */
export function lines(message: Message): string[] {
  const rcode = Object.entries(RCODE).find(([, number]) => number === message.rcode)?.[0] ?? String(message.rcode);
  const flags = [...message.flags].filter((flag) => flag === "aa" || flag === "tc").join(" ");
  const section = (letters: string, records: Message["answer"]) =>
    records.map(
      ({ owner, ttl, type, rdata }) =>
        `${letters} ${nameText(owner)} ${ttl} ${typeText(type)} ${rdataText(type, rdata)}`,
    );
  return [
    `${rcode} ${flags}`.trim(),
    ...section("an", message.answer),
    ...section("au", message.authority),
    ...section("ad", message.additional),
  ];
}
