import { isAtOrBelow, labelsOf, type Name, NameError, nameText, parseName } from "../dns/name.ts";
import { flat } from "../dns/octets.ts";
import { makeNode, type Node } from "../zone/node.ts";
import type { RRset } from "../zone/rrset.ts";
import { withNode } from "../zone/with-node.ts";
import type { Revision } from "./store.ts";

/** What updates (RFC 2136) made of a zone: a tree below its apex that holds what they added and nothing else. */
export interface UpdatedZone {
  readonly apex: Node;
  /** Revision of the last update. */
  readonly changedAt: Revision;
  /** Of each name that holds records of updates, the revision of its item. */
  readonly revisions: ReadonlyMap<Name, Revision>;
}

interface MutableZone {
  apex: Node;
  changedAt: Revision;
  revisions: Map<Name, Revision>;
}

/** The key of what updates made of a name. Both folded; "/" in a label is written as \DDD. */
export function updatedNameKey(zone: Name, owner: Name): string {
  return `name/${keyText(zone)}/${keyText(owner)}`;
}

/**
 * The key that every update of a zone writes: its revision is that of the last one, which the names themselves no longer
 * tell once one of them is deleted. The zone's serial rests on it.
 */
export function updatedZoneKey(zone: Name): string {
  return `zone/${keyText(zone)}`;
}

function keyText(name: Name): string {
  return nameText(name).replaceAll("/", "\\047");
}

/** What updates made of all zones, folded from the items under `name/` and `zone/`. Names come as their keys have them. */
export class UpdatedNames {
  readonly #zones = new Map<Name, MutableZone>();

  zone(origin: Name): UpdatedZone | undefined {
    return this.#zones.get(origin);
  }

  /** Notes an update of a zone. */
  changed(zoneText: string, revision: Revision): void {
    const origin = nameOfKey(zoneText);
    if (origin !== undefined) this.#zone(origin).changedAt = revision;
  }

  /** Gives a name these RRsets in place of what it had. */
  put(zoneText: string, ownerText: string, rrsets: readonly RRset[], revision: Revision): void {
    const origin = nameOfKey(zoneText);
    const owner = nameOfKey(ownerText);
    if (origin === undefined || owner === undefined || !isAtOrBelow(owner, origin)) return;
    const zone = this.#zone(origin);
    const path = labelsOf(owner.slice(0, owner.length - origin.length)).reverse();
    zone.apex = withNode(zone.apex, path, ({ label, children }) => makeNode(label, rrsets, children));
    if (rrsets.length > 0) zone.revisions.set(owner, revision);
    else zone.revisions.delete(owner);
  }

  /** Takes away what updates made of a name. */
  delete(zoneText: string, ownerText: string): void {
    this.put(zoneText, ownerText, [], 0);
  }

  #zone(origin: Name): MutableZone {
    let zone = this.#zones.get(origin);
    if (zone === undefined) {
      zone = { apex: makeNode(labelsOf(origin)[0] ?? ""), changedAt: 0, revisions: new Map() };
      this.#zones.set(origin, zone);
    }
    return zone;
  }
}

function nameOfKey(text: string): Name | undefined {
  try {
    return flat(parseName(text));
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
