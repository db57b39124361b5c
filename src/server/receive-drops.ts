import type { DnsCounters } from "../observe/dns-counters.ts";
import { checked, type Libc, Pinned } from "./libc.ts";
import type { UdpSocket } from "./udp-sockets.ts";

const SOL_SOCKET = 1;
const SO_MEMINFO = 55;
/** What it gives, in 32-bit words: the last is what we want. */
const WORDS = 9;
const DROPS = 8;

/**
 * Counts the datagrams that found no room in the receive buffers of sockets. The kernel is asked now and then, by whoever owns
 * the sockets: SO_RXQ_OVFL says the same, but in a control message with every datagram.
 */
export class ReceiveDrops {
  readonly #libc: Libc;
  readonly #info: Pinned;
  readonly #octets: Pinned;
  /** By socket: what it had dropped when last asked, modulo 2^32. */
  readonly #dropped: Map<UdpSocket, number>;

  constructor(libc: Libc, sockets: readonly UdpSocket[]) {
    this.#libc = libc;
    this.#info = new Pinned(libc, WORDS * 4);
    this.#octets = new Pinned(libc, 4);
    this.#dropped = new Map(sockets.map((socket) => [socket, 0]));
  }

  /** Counts those since the last time. */
  count(counters: DnsCounters): void {
    for (const [socket, before] of this.#dropped) {
      const dropped = this.#ask(socket);
      counters.drop("receive-buffer", (dropped - before) >>> 0);
      this.#dropped.set(socket, dropped);
    }
  }

  #ask({ fd }: UdpSocket): number {
    this.#octets.view.setUint32(0, WORDS * 4, true);
    const { address } = this.#info;
    checked("getsockopt", this.#libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, address, this.#octets.address));
    return this.#info.words()[DROPS]!;
  }
}
