import { EAGAIN, type Libc } from "../../src/server/libc.ts";

/** A datagram as the kernel hands it over or takes it: octets, socket address and control message. */
export interface Datagram {
  readonly octets: Uint8Array;
  readonly peer: Uint8Array;
  readonly control: Uint8Array;
}

const HEADER_OCTETS = 64;

/**
 * The system calls of a batch, on memory of this process: what a network does only when it is full or broken can be told
 * to happen. It reads and writes struct mmsghdr by itself, so it is a second opinion on how that lies.
 */
export class FakeKernel {
  /** What the next recvmmsg finds. */
  readonly arriving: Datagram[] = [];
  readonly sent: Datagram[] = [];
  /** What the next calls of sendmmsg do: take so many, or fail; after that all is taken. */
  readonly sendResults: number[] = [];
  /** What the next calls of poll return; after that 0, nothing. */
  readonly pollResults: number[] = [];
  readonly #memory: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #nextAddress = 0x7f00_0000_0000;

  readonly libc: Libc = {
    addressOf: (bytes) => {
      const start = this.#nextAddress;
      this.#memory.push({ start, bytes });
      this.#nextAddress += bytes.length + 4096;
      return start;
    },
    recvmmsg: (_fd, messages, count, _flags) => {
      const datagrams = this.arriving.splice(0, count);
      for (const [slot, datagram] of datagrams.entries()) this.#deliver(messages + slot * HEADER_OCTETS, datagram);
      return datagrams.length > 0 ? datagrams.length : -EAGAIN;
    },
    sendmmsg: (_fd, messages, count, _flags) => {
      const result = Math.min(this.sendResults.shift() ?? count, count);
      for (let slot = 0; slot < result; slot++) this.sent.push(this.#take(messages + slot * HEADER_OCTETS));
      return result;
    },
    poll: (fds, count, _timeoutMs) => {
      const result = this.pollResults.shift() ?? 0;
      const set = this.#at(fds);
      for (let index = 0; index < count; index++)
        set.setInt16(index * 8 + 6, result > 0 ? set.getInt16(index * 8 + 4) : 0);
      return result;
    },
    socket: () => 3,
    bind: () => 0,
    getsockname: () => 0,
    setsockopt: () => 0,
    getsockopt: () => 0,
    eventfd: () => 4,
    read: () => 8,
    write: () => 8,
    close: () => 0,
  };

  #deliver(header: number, { octets, peer, control }: Datagram): void {
    const fields = this.#at(header);
    const room = this.#iovec(fields);
    this.#bytes(room.address, room.octets).set(octets.subarray(0, room.octets));
    this.#bytes(pointer(fields, 0), fields.getUint32(8, true)).set(peer);
    this.#bytes(pointer(fields, 32), pointer(fields, 40)).set(control);
    fields.setUint32(56, octets.length, true); // as with MSG_TRUNC: all of it, whatever the room
  }

  #take(header: number): Datagram {
    const fields = this.#at(header);
    const { address, octets } = this.#iovec(fields);
    return {
      octets: this.#bytes(address, octets).slice(),
      peer: this.#bytes(pointer(fields, 0), fields.getUint32(8, true)).slice(),
      control: this.#bytes(pointer(fields, 32), pointer(fields, 40)).slice(),
    };
  }

  #iovec(header: DataView): { address: number; octets: number } {
    const fields = this.#at(pointer(header, 16));
    return { address: pointer(fields, 0), octets: pointer(fields, 8) };
  }

  #at(address: number): DataView {
    const { buffer, byteOffset } = this.#bytes(address, 1);
    return new DataView(buffer, byteOffset);
  }

  #bytes(address: number, octets: number): Uint8Array {
    const found = this.#memory.find(({ start, bytes }) => address >= start && address + octets <= start + bytes.length);
    if (found !== undefined) return found.bytes.subarray(address - found.start, address - found.start + octets);
    if (octets === 0) return new Uint8Array(0);
    throw new Error(`EFAULT: ${octets} octets at ${address}`);
  }
}

function pointer(fields: DataView, at: number): number {
  return Number(fields.getBigUint64(at, true));
}
