import { Catalog } from "../../src/catalog/catalog.ts";
import type { Item, Write } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { changeByUpdate } from "../../src/catalog/update-changes.ts";
import { foldName, nameText } from "../../src/dns/name.ts";
import { CLASS, TYPE } from "../../src/dns/numbers.ts";
import { foldRdata } from "../../src/dns/rdata.ts";
import { parseUpdate, type UpdateMessage } from "../../src/dns/update-message.ts";
import { parseUpdateGrant } from "../../src/dns/update-policy.ts";
import { LiveZones } from "../../src/live-zones.ts";
import { recordsBeyond, type ZoneRecord } from "../../src/zone/difference.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import type { Zone } from "../../src/zone/zone.ts";
import { must, type Target, withInput } from "./target.ts";
import { updateRequest } from "./update-requests.ts";
import { FIXED, GENERATED, SNAPSHOT } from "./world.ts";

const START_REVISION = 1000;
const GRANTS = {
  all: ["k subtree . ANY"],
  some: ["k name new.z.test TXT", "k subtree a.new.z.test A TXT"],
} as const;

/** A message turned into what is to be written. */
export type Change = typeof changeByUpdate;

/**
 * Updates change what updates made and nothing else; what they made is a zone as any other, the same from scratch and after
 * a restart.
 */
export function updateTarget(change: Change = changeByUpdate): Target {
  return {
    name: "updates",
    attack(random) {
      const requests = Array.from({ length: 1 + random.below(4) }, () => updateRequest(random));
      const allowed = random.oneIn(5) ? "some" : "all";
      const world = new UpdatedWorld();
      for (const request of requests) {
        withInput(Uint8Array.from(requests.flat()), () => {
          const message = parseUpdate(Uint8Array.from(request));
          if (message === undefined) return;
          checkMessage(message);
          world.update(message, allowed, change);
        });
      }
    },
  };
}

/** The zones of world.ts with what updates made of them. */
class UpdatedWorld {
  readonly #items = new Map<string, Item>();
  readonly #catalog = emptyCatalog();
  readonly #live = new LiveZones();
  #snapshot = this.#live.next(FIXED, GENERATED, this.#catalog);
  #revision = START_REVISION;

  update(message: UpdateMessage, allowed: keyof typeof GRANTS, change: Change): void {
    const zone = this.#snapshot.zone(message.zone);
    const layers = this.#live.layers(message.zone);
    if (zone === undefined || layers === undefined || message.zoneClass !== CLASS.IN) return;
    const revisions = this.#catalog.updatedZone(message.zone)?.revisions ?? new Map();
    const grants = GRANTS[allowed].map((text) => parseUpdateGrant(text)!);
    const done = change(message, grants, { ...layers, zone, revisions });
    if (done.kind === "failed" || done.writes.length === 0) return;
    this.#write(done.writes);
    const before = this.#snapshot;
    this.#snapshot = this.#live.next(FIXED, GENERATED, this.#catalog);
    const updated = this.#snapshot.zone(message.zone)!;
    checkSources(updated);
    checkZone(updated);
    if (allowed === "some") checkGrant(before, this.#snapshot);
    this.#checkRestart();
  }

  #write(writes: readonly Write[]): void {
    const revision = ++this.#revision;
    const puts: Item[] = [];
    const deletes: string[] = [];
    for (const write of writes) {
      if (write.kind === "put") puts.push({ key: write.key, value: write.value, revision });
      else deletes.push(write.key);
    }
    for (const put of puts) this.#items.set(put.key, put);
    for (const key of deletes) this.#items.delete(key);
    this.#catalog.apply({ kind: "change", revision, puts, deletes }, nothingTouched());
  }

  #checkRestart(): void {
    const restarted = emptyCatalog();
    const items = [...this.#items.values()];
    restarted.apply({ kind: "reset", revision: this.#revision, items, why: "fuzz" }, nothingTouched());
    const snapshot = new LiveZones().next(FIXED, GENERATED, restarted);
    for (const zone of this.#snapshot.zones) {
      const [change] = differencesOf(snapshot.zone(zone.origin)!, zone);
      must(change === undefined, `must be the same after a restart: ${change && nameText(change.owner)}`);
    }
  }
}

function emptyCatalog(): Catalog {
  const catalog = new Catalog();
  catalog.apply({ kind: "reset", revision: START_REVISION, items: [], why: "fuzz" }, nothingTouched());
  return catalog;
}

function checkMessage({ zone, prerequisites, updates }: UpdateMessage): void {
  must(zone === foldName(zone) && zone.endsWith("\0"), "must name the zone, folded");
  for (const { owner, type, rdata } of [...prerequisites, ...updates]) {
    must(owner === foldName(owner) && owner.endsWith("\0"), "must name owners, folded");
    must(rdata === "" || foldRdata(type, rdata) !== undefined, "must have RDATA that fits its type");
  }
}

const SOURCES = new Map([...SNAPSHOT.zones].map((zone) => [zone.origin, linesOf(zone)]));

/** No record that is generated or static is gone. */
function checkSources(zone: Zone): void {
  const now = linesOf(zone);
  for (const line of SOURCES.get(zone.origin)!) {
    must(now.has(line), `must keep what others made: ${JSON.stringify(line)}`);
  }
}

/** A zone that can be served: no record twice, no CNAME beside other data, and nothing of its own kind but data. */
function checkZone(zone: Zone): void {
  const types = new Map<string, Set<number>>();
  const seen = new Set<string>();
  for (const { owner, rrset, rdata } of recordsBeyond(zone, undefined)) {
    const folded = foldRdata(rrset.type, rdata);
    const line = `${foldName(owner)} ${rrset.type} ${folded}`;
    must(folded !== undefined && !seen.has(line), `must hold a record once: ${JSON.stringify(line)}`);
    must(rrset.ttl >= 0 && rrset.ttl < 2 ** 31, `must have a TTL of 31 bits: got ${rrset.ttl}`);
    must(rrset.type !== TYPE.TSIG && rrset.type !== TYPE.OPT && rrset.type !== TYPE.ANY, "must hold data");
    seen.add(line);
    types.set(owner, (types.get(owner) ?? new Set()).add(rrset.type));
  }
  for (const [owner, all] of types) {
    must(!all.has(TYPE.CNAME) || all.size === 1, `must have nothing beside a CNAME: ${nameText(owner)}`);
  }
}

/** What GRANTS.some does not grant is as it was. */
function checkGrant(before: Snapshot, after: Snapshot): void {
  for (const zone of after.zones) {
    for (const { owner, rrset } of differencesOf(before.zone(zone.origin)!, zone)) {
      const name = nameText(foldName(owner));
      const isAt = name === "new.z.test." && rrset.type === TYPE.TXT;
      const isBelow = /(^|\.)a\.new\.z\.test\.$/.test(name) && (rrset.type === TYPE.A || rrset.type === TYPE.TXT);
      must(isAt || isBelow, `must change what is granted, only: ${name} ${rrset.type}`);
    }
  }
}

/** The records but the SOA that one zone has and the other has not. */
function differencesOf(one: Zone, other: Zone): ZoneRecord[] {
  return [...recordsBeyond(one, other), ...recordsBeyond(other, one)];
}

function linesOf(zone: Zone): Set<string> {
  const lines = new Set<string>();
  for (const { owner, rrset, rdata } of recordsBeyond(zone, undefined)) {
    lines.add(`${owner} ${rrset.ttl} ${rrset.type} ${rdata}`);
  }
  return lines;
}
