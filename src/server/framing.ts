const LENGTH_OCTETS = 2;

/**
 * Cuts a stream of octets into DNS messages, each behind its length in two octets (RFC 1035 §4.2.2), however the
 * network cut it (RFC 7766 §8). Holds at most twice of what arrived and is not yet cut.
 */
export class Framing {
  #buffer: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;

  /** True when all that arrived has been taken. */
  get isEmpty(): boolean {
    return this.#from === this.#to;
  }

  /** Takes over `chunk`: the caller must not write to it any more. */
  push(chunk: Uint8Array): void {
    if (this.isEmpty) {
      this.#buffer = chunk;
      this.#from = 0;
      this.#to = chunk.length;
      return;
    }
    if (this.#to + chunk.length > this.#buffer.length) this.#grow(chunk.length);
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  /** Twice the need, so that a message dripped octet by octet is copied some sixteen times and not each time. */
  #grow(octets: number): void {
    const waiting = this.#buffer.subarray(this.#from, this.#to);
    this.#buffer = new Uint8Array(2 * (waiting.length + octets));
    this.#buffer.set(waiting);
    this.#from = 0;
    this.#to = waiting.length;
  }

  /** The next whole message, possibly of no octets; undefined when more must arrive first. */
  next(): Uint8Array | undefined {
    const start = this.#from + LENGTH_OCTETS;
    if (start > this.#to) return undefined;
    const end = start + ((this.#buffer[this.#from]! << 8) | this.#buffer[this.#from + 1]!);
    if (end > this.#to) return undefined;
    this.#from = end;
    return this.#buffer.subarray(start, end);
  }
}

/** A message behind its length, in one piece so that both leave in one write (RFC 7766 §8). */
export function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(LENGTH_OCTETS + message.length);
  frame.writeUInt16BE(message.length);
  frame.set(message, LENGTH_OCTETS);
  return frame;
}
