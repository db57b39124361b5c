import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import { type Libc, Pinned } from "./libc.ts";
import { BATCH, type Slots } from "./message-vector.ts";

/** Requests longer than this are oversized: over UDP nobody may send us more than the 1232 octets that OPT tells. */
export const REQUEST_OCTETS_MAX = 4096;

const LINE_OCTETS = 64;
/**
 * What slots are further apart than they are long. At a distance of a power of two their beginnings, which is all that most
 * messages fill, would share a few sets of the processor's caches and push each other out.
 */
const SPREAD_OCTETS = 9 * LINE_OCTETS;

/** Where requests are received and responses written, of one batch at a time. Only what is used is ever resident. */
export class BatchMemory {
  readonly requests: Slots;
  readonly responses: Slots;
  /** By slot. */
  readonly responseBytes: readonly Uint8Array[];
  readonly #requestBytes: Uint8Array[];

  constructor(libc: Libc) {
    this.requests = slots(libc, REQUEST_OCTETS_MAX);
    this.responses = slots(libc, MESSAGE_OCTETS_MAX);
    this.responseBytes = viewsOf(this.responses);
    this.#requestBytes = viewsOf(this.requests);
  }

  /** The request of so many octets in this slot. Requests of one kind are of one length, so the view is often there. */
  request(slot: number, octets: number): Uint8Array {
    const bytes = this.#requestBytes[slot]!;
    return bytes.length === octets ? bytes : this.#view(slot, octets);
  }

  #view(slot: number, octets: number): Uint8Array {
    const view = new Uint8Array(this.requests.memory.bytes.buffer, slot * this.requests.stride, octets);
    this.#requestBytes[slot] = view;
    return view;
  }
}

function slots(libc: Libc, octetsEach: number): Slots {
  const stride = Math.ceil(octetsEach / LINE_OCTETS) * LINE_OCTETS + SPREAD_OCTETS;
  return { memory: new Pinned(libc, BATCH * stride), octetsEach, stride };
}

function viewsOf({ memory, octetsEach, stride }: Slots): Uint8Array[] {
  return Array.from({ length: BATCH }, (_, slot) => memory.bytes.subarray(slot * stride, slot * stride + octetsEach));
}
