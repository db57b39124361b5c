import { parseMasterFile } from "../../src/dns/master-file.ts";
import { foldName, type Name, nameText, parseName } from "../../src/dns/name.ts";
import { CLASS, OPCODE, TYPE } from "../../src/dns/numbers.ts";
import { bytesOf, type Octets, u16, u32 } from "../../src/dns/octets.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { typeNumber, typeText } from "../../src/dns/type-names.ts";
import type { UpdateMessage, UpdateRecord } from "../../src/dns/update-message.ts";
import type { RRset } from "../../src/zone/rrset.ts";

/**
 * An update written as nsupdate has it, a line each: `add NAME TTL TYPE RDATA`, `delete NAME [TYPE [RDATA]]`,
 * `yx NAME [TYPE [RDATA]]` and `nx NAME [TYPE]` for prerequisites. Names are relative to the zone.
 */
export function update(zone: string, ...lines: readonly string[]): UpdateMessage {
  const origin = parseName(zone);
  const prerequisites: UpdateRecord[] = [];
  const updates: UpdateRecord[] = [];
  for (const line of lines) {
    const [verb, ...words] = line.split(" ");
    const target = verb === "yx" || verb === "nx" ? prerequisites : updates;
    target.push(verb === "add" ? added(words, origin) : asked(verb === "nx", verb === "yx", words, origin));
  }
  return { zone: foldName(origin), zoneClass: CLASS.IN, prerequisites, updates };
}

function added([owner = "", ttl = "", ...rest]: readonly string[], origin: Name): UpdateRecord {
  const text = `${owner} ${ttl} IN ${rest.join(" ")}`;
  const options = { file: "update", origin, readInclude: () => ({ kind: "refused", reason: "" }) as const };
  const { records, problems } = parseMasterFile(text, options);
  if (records.length !== 1) throw new Error(`${text}: ${problems[0]?.message}`);
  const { type, rdata } = records[0]!;
  return { owner: foldName(records[0]!.owner), type, class: CLASS.IN, ttl: Number(ttl), rdata };
}

/** Prerequisites and deletions; ANY without RDATA, and with it the zone's class or NONE. */
function asked(isAbsent: boolean, isPrerequisite: boolean, words: readonly string[], origin: Name): UpdateRecord {
  const [name = "", type = "ANY", ...rdata] = words;
  const owner = foldName(parseName(name, origin));
  if (rdata.length === 0)
    return { owner, type: typeNumber(type)!, class: isAbsent ? CLASS.NONE : CLASS.ANY, ttl: 0, rdata: "" };
  return { ...added([name, "0", type, ...rdata], origin), class: isPrerequisite ? CLASS.IN : CLASS.NONE };
}

/** The message on the wire, without compression; `zoneType` is the type of its zone section. */
export function encodeUpdate(
  { zone, zoneClass, prerequisites, updates }: UpdateMessage,
  zoneType: number = TYPE.SOA,
): Uint8Array {
  const header = [4711, OPCODE.UPDATE << 11, 1, prerequisites.length, updates.length, 0].map(u16).join("");
  const records: Octets[] = [...prerequisites, ...updates].map(
    ({ owner, type, class: form, ttl, rdata }) => owner + u16(type) + u16(form) + u32(ttl) + u16(rdata.length) + rdata,
  );
  return bytesOf(header + zone + u16(zoneType) + u16(zoneClass) + records.join(""));
}

/** RRsets as `TTL TYPE RDATA` lines. */
export function rrsetLines(rrsets: readonly RRset[]): readonly string[] {
  return rrsets.flatMap(({ type, ttl, rdatas }) =>
    rdatas.map((rdata) => `${ttl} ${typeText(type)} ${rdataText(type, rdata)}`),
  );
}

/** `name: [lines]` of each name. */
export function linesByName(names: ReadonlyMap<Name, readonly RRset[]>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Array.from(names, ([name, rrsets]) => [nameText(name), rrsetLines(rrsets)]));
}
