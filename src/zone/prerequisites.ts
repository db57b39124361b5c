import { isAtOrBelow, type Name } from "../dns/name.ts";
import { CLASS, RCODE, TYPE } from "../dns/numbers.ts";
import { foldRdata } from "../dns/rdata.ts";
import { soughtName } from "../dns/sought-name.ts";
import type { UpdateRecord } from "../dns/update-message.ts";
import type { RRset } from "./rrset.ts";
import { nodeAt, type Zone } from "./zone.ts";

/** NOERROR when a zone meets all prerequisites of an update, else the rcode for the first it does not (RFC 2136 §3.2). */
export function checkPrerequisites(zone: Zone, prerequisites: readonly UpdateRecord[]): number {
  const values: UpdateRecord[] = [];
  for (const record of prerequisites) {
    if (record.ttl !== 0) return RCODE.FORMERR;
    if (!isAtOrBelow(record.owner, zone.origin)) return RCODE.NOTZONE;
    const rcode = record.class === CLASS.IN ? RCODE.NOERROR : checkPresence(zone, record);
    if (rcode !== RCODE.NOERROR) return rcode;
    if (record.class === CLASS.IN) values.push(record);
  }
  return checkValues(zone, values) ? RCODE.NOERROR : RCODE.NXRRSET;
}

/** What must be there, or must not, whatever it holds (RFC 2136 §2.4.1, §2.4.3 to §2.4.5). */
function checkPresence(zone: Zone, { owner, type, class: form, rdata }: UpdateRecord): number {
  if (rdata !== "") return RCODE.FORMERR;
  const isName = type === TYPE.ANY;
  const rrsets = rrsetsAt(zone, owner);
  // A name below which others stand, and nothing at it, is not in use.
  const isThere = isName ? rrsets.length > 0 : rrsets.some((rrset) => rrset.type === type);
  switch (form) {
    case CLASS.ANY:
      if (isThere) return RCODE.NOERROR;
      return isName ? RCODE.NXDOMAIN : RCODE.NXRRSET;
    case CLASS.NONE:
      if (!isThere) return RCODE.NOERROR;
      return isName ? RCODE.YXDOMAIN : RCODE.YXRRSET;
    default:
      return RCODE.FORMERR;
  }
}

/** RRsets that must hold just these records, their TTLs apart (RFC 2136 §2.4.2). */
function checkValues(zone: Zone, records: readonly UpdateRecord[]): boolean {
  const expected = new Map<string, { owner: Name; type: number; rdatas: Set<string | undefined> }>();
  for (const { owner, type, rdata } of records) {
    const key = `${type} ${owner}`;
    const known = expected.get(key) ?? { owner, type, rdatas: new Set() };
    expected.set(key, known);
    known.rdatas.add(foldRdata(type, rdata));
  }
  return [...expected.values()].every(({ owner, type, rdatas }) => {
    const standing = rrsetsAt(zone, owner).find((rrset) => rrset.type === type)?.rdatas ?? [];
    const folded = new Set(standing.map((rdata) => foldRdata(type, rdata)));
    return folded.size === rdatas.size && [...folded].every((rdata) => rdatas.has(rdata));
  });
}

function rrsetsAt(zone: Zone, owner: Name): readonly RRset[] {
  return nodeAt(zone, soughtName(owner))?.rrsets ?? [];
}
