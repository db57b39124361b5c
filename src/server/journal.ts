import { foldName, type Name } from "../dns/name.ts";
import { differences } from "../zone/children.ts";
import type { Node } from "../zone/node.ts";
import { sameNode } from "../zone/same.ts";
import type { Snapshot, Zone } from "../zone/zone.ts";

/** Versions of one zone that are remembered because they are the newest. */
const VERSIONS_MAX = 200;
/** Records that these keep in memory, of RRsets replaced since, at most: an RRset of 100 000 is a new one each time. */
const REPLACED_RECORDS_MAX = 500_000;
/** Clients whose last transferred versions are remembered besides. */
const HOLDERS_MAX = 64;

/** One publication of a zone. */
interface Version {
  /** Undefined where different contents went by this serial, so that it no longer tells what a client holds. */
  zone: Zone | undefined;
  /** Records that only this version keeps in memory. */
  weight: number;
}

/**
 * The zones of past publications, by serial, so that what has changed since can be told a client that holds one of them
 * (RFC 1995 §5). Immutable trees that share what they have in common: a version costs what its publication changed.
 */
export class Journal {
  /** By folded origin, then by serial, oldest first. */
  readonly #histories = new Map<Name, Map<number, Version>>();
  /** What a client was last sent of a zone, by both; the one longest not heard of first. */
  readonly #held = new Map<string, Zone>();

  published(snapshot: Snapshot): void {
    for (const zone of snapshot.zones) this.#note(zone);
    for (const origin of this.#histories.keys()) {
      if (snapshot.zone(origin) === undefined) this.#histories.delete(origin);
    }
  }

  /** The zone as it was at `serial`; undefined when nobody remembers. `holder` is the client that asks. */
  at(origin: Name, serial: number, holder: string): Zone | undefined {
    const held = this.#held.get(heldKey(origin, holder));
    return held?.serial === serial ? held : this.#histories.get(foldName(origin))?.get(serial)?.zone;
  }

  /** A client took all of a transfer: it will ask for what has changed since, however late. */
  sent(zone: Zone, holder: string): void {
    const key = heldKey(zone.origin, holder);
    this.#held.delete(key);
    this.#held.set(key, zone);
    if (this.#held.size > HOLDERS_MAX) this.#held.delete(first(this.#held.keys()));
  }

  #note(zone: Zone): void {
    const origin = foldName(zone.origin);
    const history = this.#histories.get(origin) ?? new Map<number, Version>();
    this.#histories.set(origin, history);
    const known = history.get(zone.serial);
    if (known !== undefined) {
      if (known.zone !== undefined && !sameNode(known.zone.apex, zone.apex)) known.zone = undefined;
      return;
    }
    const last = [...history.values()].at(-1);
    if (last?.zone !== undefined) last.weight = weightOf(last.zone.apex, zone.apex);
    history.set(zone.serial, { zone, weight: 0 });
    forgetOldest(history);
  }
}

/** Names have length octets in front, so that no two pairs make one key. */
function heldKey(origin: Name, holder: string): string {
  return foldName(origin) + holder;
}

function forgetOldest(history: Map<number, Version>): void {
  let weight = 0;
  for (const version of history.values()) weight += version.weight;
  while (history.size > 1 && (history.size > VERSIONS_MAX || weight > REPLACED_RECORDS_MAX)) {
    const [serial, oldest] = first(history.entries());
    history.delete(serial);
    weight -= oldest.weight;
  }
}

/** Records of `before` that would be gone if nobody remembered it. */
function weightOf(before: Node, after: Node | undefined): number {
  let weight = 0;
  for (const rrset of before.rrsets) if (!after?.rrsets.includes(rrset)) weight += rrset.rdatas.length;
  for (const changed of differences(before.children, after?.children)) {
    if (changed.before !== undefined) weight += weightOf(changed.before, changed.after);
  }
  return weight;
}

function first<T>(values: Iterator<T>): T {
  return values.next().value as T;
}
