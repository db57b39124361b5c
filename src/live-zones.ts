import type { Catalog } from "./catalog/catalog.ts";
import type { Generated } from "./catalog/generate.ts";
import type { Revision } from "./catalog/store.ts";
import { foldName, type Name } from "./dns/name.ts";
import type { Fixed } from "./fixed.ts";
import type { StaticZone } from "./zone/build.ts";
import { makeNode, type Node } from "./zone/node.ts";
import { type Overlaid, overlay } from "./zone/overlay.ts";
import { Snapshot } from "./zone/snapshot.ts";
import { makeZone, type Zone } from "./zone/zone.ts";

/** The three sources of a zone's data: what is registered, what updates (RFC 2136) made, what files say. */
export interface Layers {
  readonly generated: Node;
  readonly updated: Node;
  readonly fixed: Node;
}

/** A zone and what it was made of, so that the next one is made from the differences. */
interface LiveZone extends Layers {
  /** Updates under files, and what is generated under both. */
  readonly written: Overlaid;
  readonly whole: Overlaid;
  /** Revision of the last change that altered the zone's records. */
  readonly alteredAt: Revision;
  readonly zone: Zone;
}

const NOTHING: Node = makeNode("");

/** All zones as they are published. A zone of which nothing changed stays the same object from snapshot to snapshot. */
export class LiveZones {
  #zones: ReadonlyMap<Name, LiveZone> = new Map();

  /** The sources of a zone as last published; undefined when it is none of ours. */
  layers(origin: Name): Layers | undefined {
    return this.#zones.get(origin);
  }

  next(fixed: Fixed, generated: Generated, catalog: Catalog): Snapshot {
    const zones = new Map<Name, LiveZone>();
    for (const zone of fixed.zones) {
      const origin = foldName(zone.origin);
      zones.set(origin, nextZone(this.#zones.get(origin), zone, generated.get(origin), catalog));
    }
    this.#zones = zones;
    return new Snapshot([...zones.values()].map(({ zone }) => zone));
  }
}

function nextZone(
  last: LiveZone | undefined,
  { origin, apex: fixed, serial: base }: StaticZone,
  registered: Node | undefined,
  catalog: Catalog,
): LiveZone {
  const generated = registered ?? NOTHING;
  const updated = catalog.updated(origin) ?? NOTHING;
  const written = overlay(updated, fixed, last?.written);
  const whole = overlay(generated, written.merged, last?.whole);
  const alteredAt =
    registered === undefined ? catalog.updatedAt(origin) : alteredByFeed(last, generated, updated, catalog);
  const serial = (base + alteredAt) >>> 0;
  const isKept = last !== undefined && whole.merged === last.whole.merged && serial === last.zone.serial;
  const zone = isKept ? last.zone : makeZone(origin, whole.merged, serial);
  return { generated, updated, fixed, written, whole, alteredAt, zone };
}

/** What is registered has no revision of its own: the zone was altered by the batch that is being published. */
function alteredByFeed(last: LiveZone | undefined, generated: Node, updated: Node, catalog: Catalog): Revision {
  return generated === last?.generated && updated === last.updated ? last.alteredAt : catalog.revision;
}
