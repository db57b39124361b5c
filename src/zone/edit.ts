import { foldName } from "../dns/name.ts";
import type { Octets } from "../dns/octets.ts";
import { differences } from "./children.ts";
import { DRAWS, type EditPart, FORM, KNOWN_MAX, NO_LIST, NO_SELECTION, STEP } from "./edit-steps.ts";
import type { Node, Notes } from "./node.ts";
import { type RRset, type Selection, sameRRset } from "./rrset.ts";
import { sameNotes } from "./same.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Splices, splicesOf } from "./splice.ts";

/** About the octets of one part, so that a replica is never long at one; a single RRset may be more. */
const PART_OCTETS = 64 * 1024;
const NUMBER_OCTETS = 4;
const TEXT_OCTETS = 24;
/** RRsets of fewer records are told whole, and those cut into more pieces. */
const SPLICED_RECORDS_MIN = 8;
const SPLICES_MAX = 1000;

/**
 * What makes a replica of `after` of one of `before`, or of nothing. Parts are made as they are taken, and the last one says
 * that it is. Subtrees that both snapshots share are skipped, so it costs what differs. What no answer has, an RRset's
 * `repeats` and `stakes`, stays behind.
 */
export function* editOf(before: Snapshot | undefined, after: Snapshot): Generator<EditPart, void, undefined> {
  const steps = new EditSteps();
  for (const { origin } of before?.zones ?? []) {
    if (after.zone(origin) === undefined) steps.zoneGone(origin);
  }
  for (const zone of after.zones) {
    const known = before?.zone(zone.origin);
    if (zone === known) continue;
    steps.openZone(zone.origin, zone.apex.label, zone.serial);
    yield* contents(steps, known?.apex, zone.apex);
    steps.end();
  }
  yield steps.take(true);
}

function* contents(steps: EditSteps, before: Node | undefined, after: Node): Generator<EditPart, void, undefined> {
  steps.own(before, after);
  for (const { before: known, after: child } of differences(before?.children, after.children)) {
    if (child === undefined) steps.childGone(known!.label);
    else if (!steps.knownChild(child)) {
      steps.openChild(child.label);
      // Most have no children: a generator for each of them would be most of the work.
      if (child.children === known?.children) steps.own(known, child);
      else yield* contents(steps, known, child);
      steps.endChild(child);
    }
    if (steps.isPartFull) yield steps.take(false);
  }
}

/** Writes the steps of one edit. */
class EditSteps {
  /** The indices of what was told: what many names share crosses once, and is shared there too. */
  readonly #rrsets = new Map<RRset, number>();
  readonly #children = new Map<Node, number>();
  #numbers: number[] = [];
  #texts: string[] = [];
  #octets = 0;

  get isPartFull(): boolean {
    return this.#octets >= PART_OCTETS;
  }

  take(isLast: boolean): EditPart {
    const part = { numbers: this.#numbers, texts: this.#texts, isLast };
    this.#numbers = [];
    this.#texts = [];
    this.#octets = 0;
    return part;
  }

  openZone(origin: string, label: string, serial: number): void {
    this.#write(STEP.zone, serial);
    this.#text(origin);
    this.#text(label);
  }

  zoneGone(origin: string): void {
    this.#write(STEP.zoneGone);
    this.#text(origin);
  }

  openChild(label: string): void {
    this.#write(STEP.child);
    this.#text(label);
  }

  end(): void {
    this.#write(STEP.end);
  }

  endChild(child: Node): void {
    this.end();
    remember(this.#children, child);
  }

  /** False when this edit has not told the child yet. */
  knownChild(child: Node): boolean {
    const index = this.#children.get(child);
    if (index === undefined) return false;
    this.#write(STEP.knownChild, index);
    return true;
  }

  childGone(label: string): void {
    this.#write(STEP.childGone);
    this.#text(foldName(label));
  }

  /** What a node holds besides its children. Writes nothing when both are the same. */
  own(before: Node | undefined, after: Node): void {
    if (before?.rrsets !== after.rrsets) this.#rrsetsOf(before?.rrsets ?? [], after.rrsets);
    if (!sameNotes(before?.notes, after.notes)) this.#notes(after.notes);
  }

  #notes(notes: Notes | undefined): void {
    this.#write(STEP.notes, notes?.negativeTtl ?? -1, notes?.deadlinePlace ?? -1, notes?.ede?.code ?? -1);
    if (notes?.ede !== undefined) this.#text(notes.ede.text);
  }

  #rrsetsOf(before: readonly RRset[], after: readonly RRset[]): void {
    const kept = after.map((rrset) => before.findIndex((base) => sameRRset(base, rrset)));
    if (before.length === after.length && kept.every((index, i) => index === i)) return;
    this.#write(STEP.rrsets, after.length);
    for (const [i, rrset] of after.entries()) {
      if (kept[i]! < 0) this.#rrset(rrset, before);
      else this.#write(FORM.kept, kept[i]!);
    }
  }

  #rrset(rrset: RRset, before: readonly RRset[]): void {
    const known = this.#rrsets.get(rrset);
    if (known !== undefined) return this.#write(FORM.known, known);
    const base = before.findIndex(({ type, rdatas }) => type === rrset.type && rdatas.length >= SPLICED_RECORDS_MIN);
    const splices = base < 0 ? undefined : splicesOf(before[base]!.rdatas, rrset.rdatas);
    if (splices === undefined || splices.counts.length > 3 * SPLICES_MAX) this.#whole(rrset);
    else this.#spliced(rrset, base, splices);
    remember(this.#rrsets, rrset);
  }

  #whole({ type, ttl, selection, rdatas }: RRset): void {
    this.#write(FORM.whole, type, ttl);
    this.#selection(selection);
    this.#write(rdatas.length);
    for (const rdata of rdatas) this.#text(rdata);
  }

  #spliced({ type, ttl, selection }: RRset, base: number, { counts, values }: Splices<Octets>): void {
    this.#write(FORM.spliced, type, ttl);
    this.#selection(selection);
    this.#write(base, counts.length);
    for (const count of counts) this.#write(count);
    for (const rdata of values) this.#text(rdata);
  }

  #selection(selection: Selection | undefined): void {
    if (selection === undefined) return this.#write(NO_SELECTION);
    const { max, draw, totals, keys, pools } = selection;
    this.#write(max, draw === undefined ? -1 : DRAWS.indexOf(draw));
    for (const list of [totals, keys]) {
      this.#write(list?.length ?? NO_LIST);
      for (const number of list ?? []) this.#write(number);
    }
    this.#write(pools?.length ?? NO_LIST);
    for (const { priority, end, locality } of pools ?? []) {
      this.#write(priority, end);
      this.#text(locality);
    }
  }

  #write(...numbers: readonly number[]): void {
    for (const number of numbers) this.#numbers.push(number);
    this.#octets += numbers.length * NUMBER_OCTETS;
  }

  #text(text: string): void {
    this.#texts.push(text);
    this.#octets += text.length + TEXT_OCTETS;
  }
}

function remember<T>(indices: Map<T, number>, told: T): void {
  if (indices.size === KNOWN_MAX) indices.clear();
  indices.set(told, indices.size);
}
