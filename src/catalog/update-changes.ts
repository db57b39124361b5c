import { type Name, nameText } from "../dns/name.ts";
import { EDE, RCODE, TYPE } from "../dns/numbers.ts";
import { typeText } from "../dns/type-names.ts";
import type { UpdateMessage, UpdateRecord } from "../dns/update-message.ts";
import { mayUpdate, type UpdateGrant } from "../dns/update-policy.ts";
import type { ExtendedError } from "../zone/node.ts";
import { checkPrerequisites } from "../zone/prerequisites.ts";
import type { RRset } from "../zone/rrset.ts";
import { makeUpdates, prescan, type UpdatableZone, updatedAt } from "../zone/update.ts";
import { LIMITS, type UpdatedName } from "./model.ts";
import type { Guard, Revision, Write } from "./store.ts";
import { updatedNameKey, updatedZoneKey } from "./updated-names.ts";

/** The zone an update speaks of, as it is now. */
export interface UpdateTarget extends UpdatableZone {
  /** Of each name that updates gave records, the revision of its item. */
  readonly revisions: ReadonlyMap<Name, Revision>;
}

/** What becomes of an update: writes that hold under these guards, none when it changes nothing; or how it ends. */
export type UpdateChange =
  | { readonly kind: "writes"; readonly writes: readonly Write[]; readonly guards: readonly Guard[] }
  | { readonly kind: "failed"; readonly rcode: number; readonly ede?: ExtendedError };

type Failed = Extract<UpdateChange, { kind: "failed" }>;

/** Turns an update into writes, in the order of RFC 2136 §3.2 to §3.4, under the grants of the key that signed it. */
export function changeByUpdate(
  { zone: origin, prerequisites, updates }: UpdateMessage,
  grants: readonly UpdateGrant[],
  target: UpdateTarget,
): UpdateChange {
  if (grants.length === 0) return refused(`${nameText(origin)} as the request must be signed with a key that may`);
  const rcode = checkPrerequisites(target.zone, prerequisites) || prescan(origin, updates);
  if (rcode !== RCODE.NOERROR) return { kind: "failed", rcode };
  const forbidden = updates.find((update) => !isPermitted(update, grants, target));
  if (forbidden !== undefined) {
    const { owner, type } = forbidden;
    return refused(`${nameText(owner)} ${typeText(type)} as the key must be granted it`);
  }
  const made = makeUpdates(target, updates);
  if (made.kind === "refused") return refused(made.why);
  const excess = excessOf(origin, made.names, target.revisions);
  if (excess !== undefined) return refused(excess);
  const owners = new Set([...prerequisites, ...updates].map(({ owner }) => owner));
  return {
    kind: "writes",
    writes: made.names.size === 0 ? [] : writesOf(origin, made.names),
    guards: Array.from(owners, (owner) => ({
      key: updatedNameKey(origin, owner),
      revision: target.revisions.get(owner) ?? 0,
    })),
  };
}

/** All RRsets of a name can be deleted by whoever may delete each of them. */
function isPermitted({ owner, type }: UpdateRecord, grants: readonly UpdateGrant[], target: UpdateTarget): boolean {
  const types = type === TYPE.ANY ? [type, ...updatedAt(target, owner).map((rrset) => rrset.type)] : [type];
  return types.every((one) => mayUpdate(grants, owner, one));
}

function writesOf(origin: Name, names: ReadonlyMap<Name, readonly RRset[]>): Write[] {
  const writes: Write[] = [{ kind: "put", key: updatedZoneKey(origin), value: "{}" }];
  for (const [owner, rrsets] of names) {
    const key = updatedNameKey(origin, owner);
    const value: UpdatedName = { rrsets };
    writes.push(rrsets.length === 0 ? { kind: "delete", key } : { kind: "put", key, value: JSON.stringify(value) });
  }
  return writes;
}

/** Of a record besides its RDATA: a pointer for the owner, type, class, TTL and length (RFC 1035 §4.1.3). */
const RECORD_OCTETS = 12;

/** Which limit the names would exceed, behind "Cannot update"; undefined when none. */
function excessOf(
  origin: Name,
  names: ReadonlyMap<Name, readonly RRset[]>,
  known: ReadonlyMap<Name, Revision>,
): string | undefined {
  const { updatedNamesPerZone, updatedNameOctets } = LIMITS;
  let added = 0;
  for (const [owner, rrsets] of names) {
    const octets = rrsets.flatMap(({ rdatas }) => rdatas).reduce((sum, rdata) => sum + rdata.length + RECORD_OCTETS, 0);
    if (octets > updatedNameOctets)
      return `${nameText(owner)} as its records must have at most ${updatedNameOctets} octets: got ${octets}`;
    added += Number(rrsets.length > 0) - Number(known.has(owner));
  }
  return added > 0 && known.size + added > updatedNamesPerZone
    ? `${nameText(origin)} as updates must give records to at most ${updatedNamesPerZone} of its names`
    : undefined;
}

function refused(what: string): Failed {
  return { kind: "failed", rcode: RCODE.REFUSED, ede: { code: EDE.PROHIBITED, text: `Cannot update ${what}` } };
}
