import { type MessageWriter, pointerTo, SECTION } from "../dns/message-writer.ts";
import type { Name } from "../dns/name.ts";
import type { ZoneRecord } from "../zone/difference.ts";

/**
 * A message is closed with the record that takes it here: what stands behind cannot be pointed to (RFC 1035 §4.1.4), and
 * queries wait while a message is made.
 */
const FULL_OCTETS = 16_384;

/** The records of a transfer, poured into one message after the other. They are made as they are poured. */
export class RecordStream {
  readonly #records: Iterator<ZoneRecord>;
  /** The first record of what is left. */
  #next: IteratorResult<ZoneRecord>;

  constructor(records: Iterable<ZoneRecord>) {
    this.#records = records[Symbol.iterator]();
    this.#next = this.#records.next();
  }

  get isEmpty(): boolean {
    return this.#next.done === true;
  }

  /** Writes records into the Answer section until the message is full, or the next one finds no room. */
  pour(writer: MessageWriter): void {
    let last: Name | undefined;
    let place: Name | number = 0;
    while (!this.#next.done && writer.offset < FULL_OCTETS) {
      const { owner, rrset, rdata } = this.#next.value;
      const offset = writer.offset;
      const isKnown = owner === last;
      if (writer.record(SECTION.answer, isKnown ? place : owner, rrset.type, rrset.ttl, rdata) < 0) return;
      if (!isKnown) [last, place] = [owner, pointerTo(offset, owner)];
      this.#next = this.#records.next();
    }
  }
}
