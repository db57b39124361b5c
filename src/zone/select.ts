import { fnv } from "../dns/fnv.ts";
import type { NetworkMap } from "../dns/network-map.ts";
import { addressOctets, masked, type Network } from "../dns/networks.ts";
import { TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import type { SoughtName } from "../dns/sought-name.ts";
import { byChance, byPlace, byRendezvous, byTurn, type Run } from "./orders.ts";
import { RecordKeys } from "./record-keys.ts";
import type { RRset, Selection } from "./rrset.ts";

/** What selection takes from outside. */
export interface Chances {
  /** From 0 to below 1. */
  random(): number;
  /** How often it was called with this key before, by any thread. */
  nextTurn(key: number): number;
  /** Where clients are, for the draw "nearest". */
  readonly localities: NetworkMap<Octets>;
}

/** Neighbours share the network that decides which records suit them. */
const [IPV4_BITS, IPV6_BITS] = [24, 48];
/** Networks of one RRset for which it is remembered what suits them. */
const REMEMBERED_MAX = 256;

type Order = (run: Run, count: number) => readonly number[];

/** True when not every answer holds the same records in the same order, but for where it begins. */
export function isInPart({ rdatas, selection }: RRset): boolean {
  if (selection === undefined) return false;
  return rdatas.length > selection.max || (selection.draw !== undefined && rdatas.length > 1);
}

/** Selects the records of one answer after the other. */
export class Selector {
  readonly #chances: Chances;
  #address = "";
  #subnet: Network | undefined;
  #scope = 0;
  readonly #keys = new RecordKeys();
  /** What suits a network is the same while the RRset is: a lot for each record is only drawn once. */
  readonly #suited = new WeakMap<RRset, Map<number, readonly Octets[]>>();

  constructor(chances: Chances) {
    this.#chances = chances;
  }

  /** An answer begins: for the client at this address, or on behalf of one in `subnet` (RFC 7871). */
  begin(address: string, subnet: Network | undefined): void {
    this.#address = address;
    this.#subnet = subnet;
    this.#scope = 0;
  }

  /**
   * How many bits of a client's address the answer depends on: every client that shares them gets the same. More than the
   * subnet has say that these were too few (RFC 7871 §7.2.1).
   */
  get scope(): number {
    return this.#scope;
  }

  /**
   * The records of an RRset that this answer holds: all, or those that its selection draws. `owner` takes a turn where they
   * are drawn in turn; what comes along in Additional takes none, and has no owner here.
   */
  select(rrset: RRset, owner?: SoughtName): readonly Octets[] {
    const { rdatas, selection } = rrset;
    if (selection === undefined || !isInPart(rrset)) return rdatas;
    return this.#drawn(rrset, selection, owner);
  }

  /** The same in an order that is no other the next time; `selected` are those that `select` gave. */
  settled(rrset: RRset, selected: readonly Octets[]): readonly Octets[] {
    const draw = rrset.selection?.draw;
    return draw === undefined || draw === "hash" ? selected : this.#taken(rrset, rrset.selection!, byPlace);
  }

  #drawn(rrset: RRset, selection: Selection, owner: SoughtName | undefined): readonly Octets[] {
    const { random, nextTurn } = this.#chances;
    const { draw } = selection;
    const place = owner && owner.suffixHash(0) ^ rrset.type;
    if (draw === undefined) return this.#suiting(this.#clientNetwork(), rrset, selection, place);
    switch (draw) {
      case "random":
      case "nearest":
        return this.#taken(rrset, selection, (run, count) => byChance(run, count, random));
      case "roundRobin": {
        const turn = place === undefined ? Math.floor(random() * 2 ** 32) : nextTurn(place);
        return this.#taken(rrset, selection, (run, count) => byTurn(run, count, turn));
      }
      case "hash":
        return this.#suiting(this.#clientNetwork(), rrset, selection, place);
    }
  }

  #taken(rrset: RRset, selection: Selection, order: Order): Octets[] {
    const taken: Octets[] = [];
    for (const run of this.#runsOf(rrset, selection)) {
      const room = selection.max - taken.length;
      if (room <= 0) break;
      for (const index of order(run, room)) taken.push(rrset.rdatas[index]!);
    }
    return taken;
  }

  /** The records that suit this network best. */
  #suiting(network: Octets, rrset: RRset, selection: Selection, place: number | undefined): readonly Octets[] {
    const hash = fnv(network);
    const remembered = this.#suited.get(rrset) ?? new Map<number, readonly Octets[]>();
    const known = remembered.get(hash);
    if (known !== undefined) return known;
    if (remembered.size === REMEMBERED_MAX) remembered.clear();
    const keys = selection.keys ?? this.#keys.of(rrset, place);
    const suited = this.#taken(rrset, selection, (run, count) => byRendezvous(run, count, keys, hash));
    this.#suited.set(rrset, remembered.set(hash, suited));
    return suited;
  }

  /**
   * The records among which is drawn, the lowest priority first; of addresses, which do not tell theirs, these are all.
   * Those near the client alone, when there are any.
   */
  #runsOf({ type, rdatas }: RRset, { draw, pools, totals }: Selection): Run[] {
    if (pools === undefined) return [{ from: 0, end: rdatas.length, totals }];
    const near = draw === "nearest" ? this.#clientLocality() : undefined;
    const isNear = near !== undefined && pools.some(({ locality }) => locality === near);
    const ends = new Map<number, { from: number; end: number; totals: Run["totals"] }>();
    let from = 0;
    for (const { priority, locality, end } of pools) {
      const known = ends.get(priority);
      if (known !== undefined && !isNear) known.end = end;
      else if (!isNear || locality === near) ends.set(priority, { from, end, totals });
      from = end;
    }
    const runs = [...ends.values()];
    return draw !== undefined && (type === TYPE.A || type === TYPE.AAAA) ? runs.slice(0, 1) : runs;
  }

  #clientLocality(): Octets | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    const { value, scope } = this.#chances.localities.find(client);
    this.#depend(scope);
    return value;
  }

  #clientNetwork(): Octets {
    const client = this.#client();
    // Also for a subnet of fewer bits: the networks of different scopes must not overlap (RFC 7871 §7.2.1).
    if (client !== undefined) this.#depend(bitsOf(client));
    return networkOf(client);
  }

  #depend(bits: number): void {
    if (this.#subnet !== undefined) this.#scope = Math.max(this.#scope, bits);
  }

  #client(): Network | undefined {
    return this.#subnet ?? clientAt(this.#address);
  }
}

function clientAt(address: string): Network | undefined {
  const octets = addressOctets(address);
  return octets === undefined ? undefined : { octets, bits: octets.length * 8 };
}

/** What a client shares with its neighbours. */
function networkOf(client: Network | undefined): Octets {
  return client === undefined ? "" : masked(client.octets, bitsOf(client));
}

function bitsOf({ octets }: Network): number {
  return octets.length === 4 ? IPV4_BITS : IPV6_BITS;
}
