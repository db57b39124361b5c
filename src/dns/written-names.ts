import type { Name } from "./name.ts";
import { HEADER_OCTETS } from "./numbers.ts";

/** What a pointer's 14 bits reach (RFC 1035 §4.1.4). */
export const POINTER_MAX = 0x3fff;
/** Names remembered in one message: enough for what repeats, few enough that looking through them stays cheap. */
const REMEMBERED_MAX = 48;

/**
 * Where names stand in the message being written, so that later ones can point to them. Compared octet by octet and with
 * case, so that a stored name keeps its case; no string is built and none hashed.
 */
export class WrittenNames {
  #message: Uint8Array = new Uint8Array(0);
  /** Offset behind the question's name; HEADER_OCTETS when there is none. */
  #questionNameEnd = HEADER_OCTETS;
  #count = 0;
  /** A remembered suffix is `#names[i]` from `#starts[i]` on, and stands at `#offsets[i]`; offsets rise. */
  readonly #names: Name[] = [];
  readonly #starts: number[] = [];
  readonly #offsets: number[] = [];

  begin(message: Uint8Array, questionNameEnd: number): void {
    this.#message = message;
    this.#questionNameEnd = questionNameEnd;
    this.#count = 0;
  }

  /** Remembers that the suffix of `name` from `start` on stands at `offset`. */
  add(name: Name, start: number, offset: number): void {
    if (this.#count === REMEMBERED_MAX || offset > POINTER_MAX) return;
    this.#names[this.#count] = name;
    this.#starts[this.#count] = start;
    this.#offsets[this.#count++] = offset;
  }

  /** Forgets what stands at `offset` or behind it. */
  forget(offset: number): void {
    while (this.#count > 0 && this.#offsets[this.#count - 1]! >= offset) this.#count--;
  }

  /** Where the suffix of `name` from `start` on stands; −1 when nowhere yet. */
  find(name: Name, start: number): number {
    const octets = name.length - start;
    const inQuestion = this.#questionNameEnd - octets;
    if (inQuestion >= HEADER_OCTETS && this.#stands(name, start, inQuestion)) return inQuestion;
    for (let i = 0; i < this.#count; i++) {
      const [other, from] = [this.#names[i]!, this.#starts[i]!];
      if (other.length - from === octets && isSameTail(name, other, octets)) return this.#offsets[i]!;
    }
    return -1;
  }

  /** True when the suffix stands in the question at `offset`, and a label begins there. */
  #stands(name: Name, start: number, offset: number): boolean {
    for (let at = start; at < name.length; at++) {
      if (name.charCodeAt(at) !== this.#message[offset + at - start]) return false;
    }
    let label = HEADER_OCTETS;
    while (label < offset) label += this.#message[label]! + 1;
    return label === offset;
  }
}

/** True when the last `octets` octets of both are the same. */
function isSameTail(a: Name, b: Name, octets: number): boolean {
  const [fromA, fromB] = [a.length - octets, b.length - octets];
  for (let i = 0; i < octets; i++) if (a.charCodeAt(fromA + i) !== b.charCodeAt(fromB + i)) return false;
  return true;
}
