import { type Libc, Pinned } from "./libc.ts";

/** Messages that one system call receives or sends: as many as fill a batch well; more of them only dirty more cache. */
export const BATCH = 64;

/** As the kernel reads them on 64-bit Linux, in 32-bit words: addresses and sizes are two, of sizes the second is 0. */
const MMSGHDR = {
  words: 16,
  name: 0,
  nameOctets: 2,
  iovec: 4,
  iovecCount: 6,
  control: 8,
  controlOctets: 10,
  octets: 14,
};
const IOVEC = { words: 4, base: 0, octets: 2 };

/** For each message of a batch the memory of something, all of the same size. */
export interface Slots {
  readonly memory: Pinned;
  readonly octetsEach: number;
  /** From one to the next. */
  readonly stride: number;
}

/**
 * An array of struct mmsghdr: what recvmmsg and sendmmsg are given. Slot i of it stands for slot i of its parts. The kernel
 * writes back how long addresses and control messages are, which is as long as they were to be: it needs no setting again.
 */
export class MessageVector {
  readonly #address: number;
  readonly #headers: Uint32Array;
  readonly #iovecs: Uint32Array;
  /** What the kernel is told the addresses of. */
  readonly pinned: readonly Pinned[];

  constructor(libc: Libc, data: Slots, { peers, controls }: { readonly peers: Slots; readonly controls: Slots }) {
    const headers = new Pinned(libc, BATCH * MMSGHDR.words * 4);
    const iovecs = new Pinned(libc, BATCH * IOVEC.words * 4);
    this.pinned = [headers, iovecs, data.memory, peers.memory, controls.memory];
    for (let slot = 0; slot < BATCH; slot++) {
      const iovec = slot * IOVEC.words;
      write(iovecs, iovec + IOVEC.base, addressIn(data, slot));
      write(iovecs, iovec + IOVEC.octets, data.octetsEach);
      const header = slot * MMSGHDR.words;
      write(headers, header + MMSGHDR.name, addressIn(peers, slot));
      write(headers, header + MMSGHDR.nameOctets, peers.octetsEach);
      write(headers, header + MMSGHDR.iovec, iovecs.address + iovec * 4);
      write(headers, header + MMSGHDR.iovecCount, 1);
      write(headers, header + MMSGHDR.control, addressIn(controls, slot));
      write(headers, header + MMSGHDR.controlOctets, controls.octetsEach);
    }
    this.#address = headers.address;
    this.#headers = headers.words();
    this.#iovecs = iovecs.words();
  }

  /** The vector from `slot` on. */
  addressOf(slot: number): number {
    return this.#address + slot * MMSGHDR.words * 4;
  }

  /** Octets of the message that the kernel received here. */
  received(slot: number): number {
    return this.#headers[slot * MMSGHDR.words + MMSGHDR.octets]!;
  }

  /** Sets how many octets are sent from here. */
  setOctets(slot: number, octets: number): void {
    this.#iovecs[slot * IOVEC.words + IOVEC.octets] = octets;
  }
}

function addressIn({ memory, stride }: Slots, slot: number): number {
  return memory.address + slot * stride;
}

function write(into: Pinned, word: number, value: number): void {
  into.view.setBigUint64(word * 4, BigInt(value), true);
}
