import { foldName, type Name } from "../dns/name.ts";
import { u32 } from "../dns/octets.ts";
import { differences } from "../zone/children.ts";
import type { Node } from "../zone/node.ts";
import { sameNode } from "../zone/same.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import type { Zone } from "../zone/zone.ts";

/** Versions of one zone that are remembered because they are the newest. */
const VERSIONS_MAX = 200;
/** Records that these keep in memory, of RRsets replaced since, at most: an RRset of 100 000 is a new one each time. */
const REPLACED_RECORDS_MAX = 500_000;
/** The same of a zone that nobody has asked for: there, what a storm replaces would be most of the collector's work. */
const REPLACED_UNASKED_MAX = 10_000;
/** Versions, of all zones, that are remembered besides because a client holds them. */
const HELD_MAX = 64;

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
  /** What clients were last sent, and how many hold it still, however late they come back; the latest sent stands last. */
  readonly #held = new Map<string, { readonly zone: Zone; holders: number }>();

  /** Folded origins of the zones that a client has taken or asked the differences of. */
  readonly #asked = new Set<Name>();

  published(snapshot: Snapshot): void {
    for (const zone of snapshot.zones) this.#note(zone);
    for (const origin of this.#histories.keys()) {
      if (snapshot.zone(origin) !== undefined) continue;
      this.#histories.delete(origin);
      this.#asked.delete(origin);
    }
  }

  /** The zone as it was at `serial`; undefined when nobody remembers, or cannot know. */
  at(origin: Name, serial: number): Zone | undefined {
    this.#asked.add(foldName(origin));
    const version = this.#histories.get(foldName(origin))?.get(serial);
    return version === undefined ? this.#held.get(heldKey(origin, serial))?.zone : version.zone;
  }

  /** A client took all of a transfer. `before` is the serial that it held until then, if it said so. */
  sent(zone: Zone, before: number | undefined): void {
    this.#asked.add(foldName(zone.origin));
    if (before !== undefined) this.#release(heldKey(zone.origin, before));
    if (this.#isAmbiguous(zone)) return;
    const key = heldKey(zone.origin, zone.serial);
    const holders = (this.#held.get(key)?.holders ?? 0) + 1;
    this.#held.delete(key);
    this.#held.set(key, { zone, holders });
    if (this.#held.size > HELD_MAX) this.#held.delete(first(this.#held.keys()));
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (held !== undefined && --held.holders === 0) this.#held.delete(key);
  }

  #isAmbiguous({ origin, serial }: Zone): boolean {
    const version = this.#histories.get(foldName(origin))?.get(serial);
    return version !== undefined && version.zone === undefined;
  }

  #note(zone: Zone): void {
    const origin = foldName(zone.origin);
    const history = this.#histories.get(origin) ?? new Map<number, Version>();
    this.#histories.set(origin, history);
    const known = history.get(zone.serial);
    if (known === undefined)
      return remember(zone, history, this.#asked.has(origin) ? REPLACED_RECORDS_MAX : REPLACED_UNASKED_MAX);
    if (known.zone === undefined || sameNode(known.zone.apex, zone.apex)) return;
    known.zone = undefined;
    this.#held.delete(heldKey(origin, zone.serial));
  }
}

/** A name ends with its root label, so that no two pairs make one key. */
function heldKey(origin: Name, serial: number): string {
  return foldName(origin) + u32(serial);
}

function remember(zone: Zone, history: Map<number, Version>, weightMax: number): void {
  const last = [...history.values()].at(-1);
  if (last?.zone !== undefined) last.weight = weightOf(last.zone.apex, zone.apex, weightMax);
  history.set(zone.serial, { zone, weight: 0 });
  let weight = 0;
  for (const version of history.values()) weight += version.weight;
  while (history.size > 1 && (history.size > VERSIONS_MAX || weight > weightMax)) {
    const [serial, oldest] = first(history.entries());
    history.delete(serial);
    weight -= oldest.weight;
  }
}

/** Records of `before` that would be gone if nobody remembered it; of more than `max`, only that there are. */
function weightOf(before: Node, after: Node | undefined, max: number): number {
  let weight = 0;
  for (const rrset of before.rrsets) if (!after?.rrsets.includes(rrset)) weight += rrset.rdatas.length;
  for (const changed of differences(before.children, after?.children)) {
    if (weight > max) break;
    if (changed.before !== undefined) weight += weightOf(changed.before, changed.after, max - weight);
  }
  return weight;
}

function first<T>(values: Iterator<T>): T {
  return values.next().value as T;
}
