import { AddressTexts } from "./address-texts.ts";
import { type Libc, Pinned } from "./libc.ts";
import { BATCH, type Slots } from "./message-vector.ts";
import { portIn, SOCKADDR_IN_OCTETS, SOCKADDR_IN6_OCTETS } from "./socket-address.ts";
import type { UdpSocket } from "./udp-sockets.ts";

/** The way back to a client, as the kernel told it: plain data, for a response that another thread makes. */
export interface ReplyPath {
  /** The client's socket address. */
  readonly peer: Uint8Array;
  /** The control message with the address that was asked; empty unless the socket is bound to every address. */
  readonly control: Uint8Array;
}

/** Octets of a socket address and where the address is in it; octets of IP_PKTINFO and where things are in that. */
const IPV4 = { peerOctets: SOCKADDR_IN_OCTETS, addressWord: 1, controlOctets: 32, interfaceWord: 4, askedWord: 5 };
const IPV6 = { peerOctets: SOCKADDR_IN6_OCTETS, addressWord: 2, controlOctets: 40, interfaceWord: 8, askedWord: 4 };

/**
 * Where the datagrams of a batch come from and, on a socket bound to every address, which of them they came to. The kernel
 * writes it in front of the requests and reads it again behind the responses.
 */
export class ReplyPaths {
  readonly peers: Slots;
  readonly controls: Slots;
  readonly #layout: typeof IPV4;
  readonly #isIpv6: boolean;
  readonly #peerWords: Uint32Array;
  readonly #controlWords: Uint32Array;
  readonly #texts: AddressTexts;

  constructor(libc: Libc, { isIpv6, isWildcard }: UdpSocket) {
    this.#isIpv6 = isIpv6;
    this.#layout = isIpv6 ? IPV6 : IPV4;
    this.peers = slots(libc, this.#layout.peerOctets);
    this.controls = slots(libc, isWildcard ? this.#layout.controlOctets : 0);
    this.#peerWords = this.peers.memory.words();
    this.#controlWords = this.controls.memory.words();
    this.#texts = new AddressTexts(isIpv6);
  }

  port(slot: number): number {
    return portIn(this.#peerWords[(slot * this.#layout.peerOctets) / 4]!);
  }

  address(slot: number): string {
    return this.#texts.at(this.#peerWords, (slot * this.#layout.peerOctets) / 4 + this.#layout.addressWord);
  }

  /** Makes what was received what is sent: from the address that was asked, by whatever interface the routes say. */
  turn(slot: number): void {
    if (this.controls.octetsEach === 0) return;
    const { controlOctets, askedWord, interfaceWord } = this.#layout;
    const start = (slot * controlOctets) / 4;
    // A link-local address, fe80::/10, means nothing without its interface (RFC 4007 §6).
    const isLinkLocal = this.#isIpv6 && (this.#controlWords[start + askedWord]! & 0xc0ff) === 0x80fe;
    if (!isLinkLocal) this.#controlWords[start + interfaceWord] = 0;
  }

  move(from: number, to: number): void {
    for (const { memory, octetsEach } of [this.peers, this.controls])
      memory.bytes.copyWithin(to * octetsEach, from * octetsEach, (from + 1) * octetsEach);
  }

  get(slot: number): ReplyPath {
    const [peer, control] = [this.peers, this.controls].map(({ memory, octetsEach }) =>
      memory.bytes.slice(slot * octetsEach, (slot + 1) * octetsEach),
    );
    return { peer: peer!, control: control! };
  }

  set(slot: number, { peer, control }: ReplyPath): void {
    this.peers.memory.bytes.set(peer, slot * this.peers.octetsEach);
    this.controls.memory.bytes.set(control, slot * this.controls.octetsEach);
  }
}

function slots(libc: Libc, octetsEach: number): Slots {
  return { memory: new Pinned(libc, BATCH * octetsEach), octetsEach, stride: octetsEach };
}
