import { decodeMessage, type MessageRecord } from "./message.ts";
import { foldName, type Name } from "./name.ts";
import { TYPE } from "./numbers.ts";
import { foldRdata } from "./rdata.ts";

/** An update (RFC 2136 §2), its sections in order. What the records' classes mean is told in zone/update.ts. */
export interface UpdateMessage {
  /** Folded. */
  readonly zone: Name;
  readonly zoneClass: number;
  readonly prerequisites: readonly UpdateRecord[];
  readonly updates: readonly UpdateRecord[];
}

/** A record whose owner is folded and whose RDATA, if there is any, fits its type. */
export type UpdateRecord = MessageRecord;

/** Reads an UPDATE message. Undefined, which is FORMERR, when it is malformed or its zone section is (RFC 2136 §3.1.1). */
export function parseUpdate(request: Uint8Array): UpdateMessage | undefined {
  const message = decodeMessage(request);
  const [zone, ...others] = message?.questions ?? [];
  if (message === undefined || zone?.type !== TYPE.SOA || others.length > 0) return undefined;
  const prerequisites = message.answer.map(folded);
  const updates = message.authority.map(folded);
  if (![...prerequisites, ...updates].every(hasFittingRdata)) return undefined;
  return { zone: foldName(zone.name), zoneClass: zone.class, prerequisites, updates };
}

function folded(record: MessageRecord): UpdateRecord {
  return { ...record, owner: foldName(record.owner) };
}

/** Most forms of update have no RDATA, whatever their type (RFC 2136 §2.4, §2.5). */
function hasFittingRdata({ type, rdata }: UpdateRecord): boolean {
  return rdata === "" || foldRdata(type, rdata) !== undefined;
}
