import { foldName, isAtOrBelow, type Name } from "../dns/name.ts";
import type { SoughtName } from "../dns/sought-name.ts";
import { Targets } from "./target.ts";
import type { Zone } from "./zone.ts";

/** All zones at one moment. Immutable; a query reads it once. */
export class Snapshot {
  readonly #zones = new Map<Name, Zone>();
  /** Those whose origins have this hash; mostly one. */
  readonly #byHash = new Map<number, Zone[]>();
  /** What RDATA points to in these zones. */
  readonly targets = new Targets(this);
  readonly #alone = new Map<Name, boolean>();
  /** Depths that occur, deepest first: the longest match wins. */
  readonly #depths: readonly number[];

  constructor(zones: Iterable<Zone>) {
    for (const zone of zones) this.#zones.set(foldName(zone.origin), zone);
    for (const zone of this.#zones.values()) {
      const same = this.#byHash.get(zone.originHash);
      if (same === undefined) this.#byHash.set(zone.originHash, [zone]);
      else same.push(zone);
    }
    this.#depths = [...new Set([...this.#zones.values()].map((zone) => zone.depth))].sort((a, b) => b - a);
  }

  get zones(): Iterable<Zone> {
    return this.#zones.values();
  }

  zone(origin: Name): Zone | undefined {
    return this.#zones.get(foldName(origin));
  }

  /** True when no other zone lies above or below that of `origin`: names in it are looked up nowhere else. */
  isAlone(origin: Name): boolean {
    return this.#alone.get(origin) ?? this.#findAlone(origin);
  }

  /** The zone with the longest origin that what is left of a name without its `skip` leftmost labels lies in. */
  zoneFor(name: SoughtName, skip = 0): Zone | undefined {
    for (const depth of this.#depths) {
      const first = name.count - depth;
      if (first < skip) continue;
      for (const zone of this.#byHash.get(name.suffixHash(first)) ?? NO_ZONES) {
        if (zone.depth === depth && name.isSuffix(first, zone.origin)) return zone;
      }
    }
    return undefined;
  }

  #findAlone(origin: Name): boolean {
    const folded = foldName(origin);
    const isRelated = (other: Name) => other !== folded && (isAtOrBelow(other, folded) || isAtOrBelow(folded, other));
    const isAlone = ![...this.#zones.keys()].some(isRelated);
    this.#alone.set(origin, isAlone);
    return isAlone;
  }
}

const NO_ZONES: readonly Zone[] = [];
