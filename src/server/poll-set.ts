import { checked, EINTR, type Libc, Pinned } from "./libc.ts";

export const POLLIN = 1;
export const POLLOUT = 4;
const POLLNVAL = 32;

/** struct pollfd, in 16-bit units: fd 0–1, events, what happened. */
const POLLFD = { octets: 8, units: 4, happened: 3 };

/** Descriptors that are waited for together. */
export class PollSet {
  readonly #libc: Libc;
  readonly #fds: readonly number[];
  readonly #memory: Pinned;
  readonly #units: Uint16Array;

  /** Each is waited for with the same events. */
  constructor(libc: Libc, fds: readonly number[], events: number) {
    this.#libc = libc;
    this.#fds = fds;
    this.#memory = new Pinned(libc, fds.length * POLLFD.octets);
    for (const [index, fd] of fds.entries()) {
      this.#memory.view.setInt32(index * POLLFD.octets, fd, true);
      this.#memory.view.setInt16(index * POLLFD.octets + 4, events, true);
    }
    this.#units = new Uint16Array(this.#memory.bytes.buffer);
  }

  /** Waits until something happens to one of them; −1 for as long as it takes. False when the time or a signal came first. */
  wait(timeoutMs: number): boolean {
    const count = this.#libc.poll(this.#memory.address, this.#fds.length, timeoutMs);
    return count === -EINTR ? false : checked("poll", count) > 0;
  }

  /** What the last successful wait found at one of them: an event, or an error that the next call at it tells of. */
  has(index: number): boolean {
    const happened = this.#units[index * POLLFD.units + POLLFD.happened]!;
    if ((happened & POLLNVAL) !== 0) throw new Error(`Cannot wait for descriptor ${this.#fds[index]} as it is closed`);
    return happened !== 0;
  }
}
