import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX, type Name } from "./name.ts";
import { writeOctets } from "./octets.ts";

/** Labels of the longest name. */
const LABELS_MAX = (NAME_OCTETS_MAX - 1) / 2;

/** Octets with A–Z as a–z. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, octet) => (octet >= 65 && octet <= 90 ? octet + 32 : octet));

const scratch = new Uint8Array(NAME_OCTETS_MAX);

/**
 * A name that is looked up: folded, with the hash of each label, as `hashOf` has it. It is filled again for the next name,
 * so that a query makes no strings (decisions/0007).
 */
export class SoughtName {
  /** Labels, without the root. */
  count = 0;
  readonly #octets = new Uint8Array(NAME_OCTETS_MAX);
  /** Where each label begins in `#octets`, leftmost first, and where the root does. */
  readonly #starts = new Uint8Array(LABELS_MAX + 1);
  readonly #hashes = new Int32Array(LABELS_MAX);

  /** Reads an uncompressed name at `at` and returns the offset behind it; −1, and no labels, when it is malformed. */
  read(bytes: Uint8Array, at: number): number {
    const octets = this.#octets;
    const end = Math.min(bytes.length, at + NAME_OCTETS_MAX);
    this.count = 0;
    for (let count = 0, start = 0; at < end; count++) {
      const length = bytes[at++]!;
      this.#starts[count] = start;
      if (length === 0) {
        this.count = count;
        return at;
      }
      // A pointer has nothing to point to in a question, and 0x40 and 0x80 are no label types.
      if (length > LABEL_OCTETS_MAX || at + length >= end) return -1;
      let hash = HASH_START;
      for (const labelEnd = at + length; at < labelEnd; at++) {
        const octet = FOLDED[bytes[at]!]!;
        octets[start++] = octet;
        hash = Math.imul(hash ^ octet, HASH_FACTOR);
      }
      this.#hashes[count] = hash ^ (hash >>> 15);
    }
    return -1;
  }

  /** Takes a whole name. */
  set(name: Name): this {
    writeOctets(scratch, 0, name);
    this.read(scratch, 0);
    return this;
  }

  /** The hash of one label. */
  hash(index: number): number {
    return this.#hashes[index]!;
  }

  /** A hash of the name that begins with this label. */
  suffixHash(index: number): number {
    let hash = HASH_START;
    for (let i = this.count - 1; i >= index; i--) hash = Math.imul(hash ^ this.#hashes[i]!, HASH_FACTOR);
    return hash;
  }

  /** True when that label is this one, whatever the case of `label`. */
  isLabel(index: number, label: string): boolean {
    const start = this.#starts[index]!;
    return this.#starts[index + 1]! - start === label.length && this.#stands(start, label, 0, label.length);
  }

  /** True when the name that begins with label `index` is `name`, whatever its case. */
  isSuffix(index: number, name: Name): boolean {
    let at = 0;
    for (; index < this.count; index++) {
      const start = this.#starts[index]!;
      const length = this.#starts[index + 1]! - start;
      if (name.charCodeAt(at) !== length || !this.#stands(start, name, at + 1, length)) return false;
      at += 1 + length;
    }
    return at === name.length - 1;
  }

  /** Octets of the name's first `count` labels as they stand in a message. */
  octetsBefore(count: number): number {
    return this.#starts[count]! + count;
  }

  /** The labels from `index` on as strings. */
  labels(index = 0): string[] {
    const labels: string[] = [];
    for (; index < this.count; index++) {
      labels.push(String.fromCharCode(...this.#octets.subarray(this.#starts[index], this.#starts[index + 1])));
    }
    return labels;
  }

  #stands(start: number, text: string, at: number, length: number): boolean {
    const octets = this.#octets;
    for (let i = 0; i < length; i++) if (FOLDED[text.charCodeAt(at + i)] !== octets[start + i]) return false;
    return true;
  }
}

/** The name to look up. */
export function soughtName(name: Name): SoughtName {
  return new SoughtName().set(name);
}

const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/** The hash of a folded label: FNV-1a with a final mix, so that labels differ in their low bits when in their last letter. */
export function hashOf(label: string): number {
  let hash = HASH_START;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), HASH_FACTOR);
  return hash ^ (hash >>> 15);
}
