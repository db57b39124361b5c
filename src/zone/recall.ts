import { type MessageWriter, SECTION } from "../dns/message-writer.ts";
import { type Name, nameOf } from "../dns/name.ts";
import type { Octets } from "../dns/octets.ts";
import { targetOffset } from "../dns/rdata.ts";
import type { SoughtName } from "../dns/sought-name.ts";
import { type Image, imageOf, writeImage } from "./image.ts";
import type { Found } from "./lookup.ts";
import type { ExtendedError } from "./node.ts";
import type { Snapshot } from "./snapshot.ts";
import { Stamps } from "./stamps.ts";
import type { Zone } from "./zone.ts";

/** An answer that was given, and may be given again. */
export interface Recalled {
  readonly qname: Name;
  readonly qtype: number;
  /** Of a single record that points to nothing its octets (`madeRecord`); undefined: the answer has to be put together. */
  readonly image: Image | Octets | undefined;
  /** The longest in it, in seconds, and where the deadline stands that may shorten it. */
  readonly ttl: number;
  readonly deadlinePlace: number | undefined;
  readonly ede: ExtendedError | undefined;
  /** The hash of the name whose stamp tells whether it still holds, and that stamp. */
  readonly dependsOn: number;
  readonly stamp: number;
}

/** All answers together weigh no more than this, about: those of some 100 000 instances. */
const OCTETS_MAX = 48 * 1024 * 1024;
/** Of an answer besides its octets. */
const ANSWER_OCTETS = 200;
const PLACES_MIN = 1 << 10;
const PLACES_MAX = 1 << 18;

/**
 * The answers that were given lately: what is asked again is answered without a walk through the tree, while nothing that
 * the answer was made of has changed (decisions/0014).
 */
export class Recall {
  readonly #stamps = new Stamps();
  #snapshot: Snapshot | undefined;
  /** By place, in pairs: the hash of a question that was asked, which means this place or its neighbour; 0 is nobody's. */
  #hashes = new Int32Array(PLACES_MIN);
  /** By place; undefined while the question was asked only once. */
  #answers: (Recalled | undefined)[] = new Array(PLACES_MIN);
  #taken = 0;
  #turn = 0;
  #octets = 0;

  /** The answer that `snapshot` gives to a question, if it is known. */
  find(snapshot: Snapshot, qname: SoughtName, qtype: number): Recalled | undefined {
    if (snapshot !== this.#snapshot) {
      this.#stamps.follow(this.#snapshot, snapshot);
      this.#snapshot = snapshot;
    }
    const place = this.#placeOf(hashOf(qname, qtype));
    const known = place < 0 ? undefined : this.#answers[place];
    if (known === undefined || !this.#holds(known)) return undefined;
    return known.qtype === qtype && qname.isSuffix(0, known.qname) ? known : undefined;
  }

  /**
   * The answer to a question about the snapshot that was asked last, found at the name itself, as it will be recalled; undefined
   * when it is asked for the first time: what is asked only once would cost more than it saves.
   */
  keep(zone: Zone, qname: SoughtName, qtype: number, { rrset, node, deadlinePlace }: Found): Recalled | undefined {
    const hash = hashOf(qname, qtype);
    const place = this.#placeOf(hash);
    if (place < 0) return this.#remember(hash);
    const branchAt = qname.count - zone.depth - 1;
    const image = imageOf(rrset, this.#snapshot!, zone, nameOf(qname.labels(branchAt)));
    const isPointer = targetOffset(rrset.type) >= 0;
    // What it points to is in its branch, or it has no image.
    const dependsOn = qname.suffixHash(isPointer ? branchAt : 0);
    const recalled: Recalled = {
      qname: nameOf(qname.labels()),
      qtype,
      image: rrset.rdatas.length === 1 && !isPointer ? image?.answer : image,
      ttl: image?.ttl ?? rrset.ttl,
      deadlinePlace,
      ede: node.notes?.ede,
      dependsOn,
      stamp: this.#stamps.of(dependsOn),
    };
    this.#put(place, recalled);
    return recalled;
  }

  #holds({ dependsOn, stamp }: Recalled): boolean {
    return this.#stamps.of(dependsOn) === stamp;
  }

  /** Where the answer to questions of this hash stands or will stand; −1 when none has been asked. */
  #placeOf(hash: number): number {
    const first = this.#firstOf(hash);
    if (this.#hashes[first] === hash) return first;
    return this.#hashes[first + 1] === hash ? first + 1 : -1;
  }

  #firstOf(hash: number): number {
    return hash & (this.#hashes.length - 2);
  }

  /** Gives a question of this hash a place. */
  #remember(hash: number): undefined {
    if (this.#taken > this.#hashes.length / 2 && this.#hashes.length < PLACES_MAX) this.#clear(this.#hashes.length * 4);
    const first = this.#firstOf(hash);
    // Where neither of the two can be spared, in turns.
    const place = [first, first + 1].find((each) => !this.#isUsed(each)) ?? first + (this.#turn++ & 1);
    if (this.#hashes[place] === 0) this.#taken++;
    this.#put(place, undefined);
    this.#hashes[place] = hash;
  }

  #isUsed(place: number): boolean {
    const known = this.#answers[place];
    return known === undefined ? this.#hashes[place] !== 0 : this.#holds(known);
  }

  #put(place: number, recalled: Recalled | undefined): void {
    this.#octets += octetsOf(recalled) - octetsOf(this.#answers[place]);
    this.#answers[place] = recalled;
    if (this.#octets > OCTETS_MAX) this.#clear(this.#hashes.length);
  }

  /** Begins anew: what is asked comes back. */
  #clear(places: number): void {
    this.#hashes = new Int32Array(places);
    this.#answers = new Array(places);
    this.#taken = 0;
    this.#octets = 0;
  }
}

/** Writes an answer; false, and nothing written, when it has to be put together or there is no room for all of it. */
export function writeRecalled(writer: MessageWriter, { image }: Recalled, id: number): boolean {
  if (image === undefined) return false;
  return typeof image === "string" ? writer.made(SECTION.answer, image, 1) : writeImage(writer, image, id);
}

/** Odd. */
function hashOf(qname: SoughtName, qtype: number): number {
  const hash = Math.imul(qname.suffixHash(0) ^ qtype, 0x9e3779b1);
  return (hash ^ (hash >>> 15)) | 1;
}

function octetsOf(recalled: Recalled | undefined): number {
  if (recalled === undefined) return 0;
  const { qname, image = "" } = recalled;
  const octets = typeof image === "string" ? image.length : image.answer.length + image.additional.length;
  return ANSWER_OCTETS + qname.length + octets;
}
