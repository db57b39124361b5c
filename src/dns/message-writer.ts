import { MADE_TTL_AT } from "./made-record.ts";
import { type Name, ROOT } from "./name.ts";
import { CLASS, HEADER_OCTETS, TYPE } from "./numbers.ts";
import { type Octets, writeOctets } from "./octets.ts";
import { compressibleLayout } from "./rdata.ts";
import { POINTER_MAX, WrittenNames } from "./written-names.ts";

/** The sections of records, each by the offset of its count in the header (RFC 1035 §4.1.1). */
export const SECTION = { answer: 6, authority: 8, additional: 10 } as const;
export type Section = (typeof SECTION)[keyof typeof SECTION];

const QTYPE_QCLASS_OCTETS = 4;

const FLAG_QR = 0x8000;
export const FLAG_AA = 0x0400;
export const FLAG_TC = 0x0200;
export const FLAG_RD = 0x0100;

/** The cheapest owner for a name that stands at `offset` already: a pointer, while 14 bits reach (RFC 1035 §4.1.4). */
export function pointerTo(offset: number, name: Name): Name | number {
  return offset <= POINTER_MAX ? offset : name;
}

/**
 * Writes one response at a time into a buffer that it is lent: header and question first, then records, OPT last into
 * the room reserved for it. What does not fit is rolled back and the writer stays usable. Reused, so that a response
 * allocates next to nothing.
 */
export class MessageWriter {
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #limit = 0;
  readonly #names = new WrittenNames();

  /** Starts a response to `request`, echoing its question up to `questionEnd`. `limit` is the largest length. */
  begin(out: Uint8Array, limit: number, request: Uint8Array, questionEnd: number): void {
    this.#bytes = out;
    this.#limit = Math.min(limit, out.length);
    const hasQuestion = questionEnd > HEADER_OCTETS;
    this.#names.begin(out, hasQuestion ? questionEnd - QTYPE_QCLASS_OCTETS : HEADER_OCTETS);
    for (let at = 0; at < questionEnd; at++) out[at] = request[at]!;
    out[4] = 0;
    out[5] = hasQuestion ? 1 : 0;
    for (let at = 6; at < HEADER_OCTETS; at++) out[at] = 0;
    this.#offset = questionEnd;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Octets that are free, without what is reserved. */
  get room(): number {
    return this.#limit - this.#offset;
  }

  /** Keeps `octets` at the end free until `release`. */
  reserve(octets: number): void {
    this.#limit -= octets;
  }

  release(octets: number): void {
    this.#limit += octets;
  }

  /** Sets the header's second word; QR is added. */
  flags(flags: number, rcode: number): void {
    this.#u16At(2, FLAG_QR | flags | (rcode & 0xf));
  }

  /**
   * Writes one record. `owner` is a name or the offset at which that name stands already (see `pointerTo`). Returns the
   * offset of the RDATA, or −1 with nothing written when it does not fit.
   */
  record(
    section: Section,
    owner: Name | number,
    type: number,
    ttl: number,
    rdata: Octets,
    recordClass: number = CLASS.IN,
  ): number {
    const start = this.#offset;
    if (!this.#owner(owner) || this.#offset + 10 > this.#limit) return this.#rollback(start);
    const bytes = this.#bytes;
    let at = this.#offset;
    bytes[at++] = type >> 8;
    bytes[at++] = type & 0xff;
    bytes[at++] = recordClass >> 8;
    bytes[at++] = recordClass & 0xff;
    bytes[at++] = ttl >>> 24;
    bytes[at++] = (ttl >>> 16) & 0xff;
    bytes[at++] = (ttl >>> 8) & 0xff;
    bytes[at++] = ttl & 0xff;
    const lengthAt = at;
    this.#offset = at + 2;
    if (!this.#rdata(type, rdata)) return this.#rollback(start);
    this.#u16At(lengthAt, this.#offset - lengthAt - 2);
    this.#u16At(section, this.count(section) + 1);
    return lengthAt + 2;
  }

  /** Writes `count` records of `madeRecord`; false, and nothing written, when they do not fit. */
  made(section: Section, octets: Octets, count: number): boolean {
    if (octets.length > this.room) return false;
    this.#offset = writeOctets(this.#bytes, this.#offset, octets);
    this.#u16At(section, this.count(section) + count);
    return true;
  }

  /** Makes the pointer at `offset` one to `target`, which 14 bits must reach. */
  pointTo(offset: number, target: number): void {
    this.#u16At(offset, 0xc000 | target);
  }

  /** Sets the TTL of the record of `madeRecord` at `offset`. */
  setTtl(offset: number, ttl: number): void {
    this.#u16At(offset + MADE_TTL_AT, ttl >>> 16);
    this.#u16At(offset + MADE_TTL_AT + 2, ttl & 0xffff);
  }

  /** True when these octets stand at `offset`, in this case. */
  stands(octets: Octets, offset: number): boolean {
    for (let i = 0; i < octets.length; i++) if (this.#bytes[offset + i] !== octets.charCodeAt(i)) return false;
    return true;
  }

  /** Records written to a section so far. */
  count(section: Section): number {
    return (this.#bytes[section]! << 8) | this.#bytes[section + 1]!;
  }

  /** Takes back everything from `offset` on, which was written to `section` when it held `count` records. */
  rewind(section: Section, offset: number, count: number): void {
    this.#rollback(offset);
    this.#u16At(section, count);
  }

  /** Writes OPT (RFC 6891 §6.1.2). The caller reserved room for it. */
  opt(udpOctets: number, extendedRcode: number, isDnssecOk: boolean, options: Octets): void {
    const ttl = ((extendedRcode >> 4) << 24) | (isDnssecOk ? 0x8000 : 0);
    this.record(SECTION.additional, ROOT, TYPE.OPT, ttl >>> 0, options, udpOctets);
  }

  #rollback(to: number): -1 {
    this.#offset = to;
    this.#names.forget(to);
    return -1;
  }

  #owner(owner: Name | number): boolean {
    return typeof owner === "number" ? this.#pointer(owner) : this.#name(owner);
  }

  #pointer(to: number): boolean {
    if (this.#offset + 2 > this.#limit) return false;
    this.#u16At(this.#offset, 0xc000 | to);
    this.#offset += 2;
    return true;
  }

  /** Writes a name, compressed against the names written so far. */
  #name(name: Name): boolean {
    let at = 0;
    let pointer = -1;
    for (; name.charCodeAt(at) > 0; at += name.charCodeAt(at) + 1) {
      pointer = this.#names.find(name, at);
      if (pointer >= 0) break;
      this.#names.add(name, at, this.#offset + at);
    }
    return pointer < 0 ? this.#octets(name, 0, name.length) : this.#octets(name, 0, at) && this.#pointer(pointer);
  }

  #rdata(type: number, rdata: Octets): boolean {
    const layout = compressibleLayout(type);
    if (layout === undefined) return this.#octets(rdata, 0, rdata.length);
    let at = 0;
    for (const field of layout) {
      if (field === "name") {
        let end = at;
        while (rdata.charCodeAt(end) > 0) end += rdata.charCodeAt(end) + 1;
        if (!this.#name(rdata.slice(at, end + 1))) return false;
        at = end + 1;
      } else {
        if (!this.#octets(rdata, at, at + field)) return false;
        at += field;
      }
    }
    return true;
  }

  #octets(octets: Octets, from: number, to: number): boolean {
    const offset = this.#offset;
    if (offset + to - from > this.#limit) return false;
    const bytes = this.#bytes;
    for (let at = from; at < to; at++) bytes[offset + at - from] = octets.charCodeAt(at);
    this.#offset = offset + to - from;
    return true;
  }

  #u16At(at: number, value: number): void {
    this.#bytes[at] = value >> 8;
    this.#bytes[at + 1] = value & 0xff;
  }
}
