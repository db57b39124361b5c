import type { DnsCounters } from "../observe/dns-counters.ts";
import { type BatchMemory, REQUEST_OCTETS_MAX } from "./batch-memory.ts";
import { addressesOf } from "./datagrams.ts";
import { EAGAIN, EINTR, type Libc } from "./libc.ts";
import { BATCH, MessageVector } from "./message-vector.ts";
import { POLLOUT, PollSet } from "./poll-set.ts";
import { type ReplyPath, ReplyPaths } from "./reply-paths.ts";
import { type Client, LATER, type Responder } from "./transport.ts";
import type { UdpSocket } from "./udp-sockets.ts";

export interface SocketBatchOptions {
  readonly libc: Libc;
  readonly responder: Responder;
  readonly counters: DnsCounters;
  /** Takes over a request for which `respond` returned LATER. All that it is given may be kept. */
  onLater(request: Uint8Array, client: Client, path: ReplyPath): void;
}

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** How long responses wait for a full send buffer, after which they are dropped, as UDP may. */
const ROOM_WAIT_MS = 20;

/** Answers the datagrams of one socket, a batch at a time: one system call receives it and one sends the responses. */
export class SocketBatch {
  /** False once there was nothing left; whoever waits for the socket sets it again. */
  isReady = true;
  readonly #options: SocketBatchOptions;
  readonly #fd: number;
  readonly #ownPort: number;
  readonly #ownAddresses: ReadonlySet<string>;
  readonly #memory: BatchMemory;
  readonly #paths: ReplyPaths;
  readonly #requests: MessageVector;
  readonly #responses: MessageVector;
  readonly #room: PollSet;
  /** One for all requests, as `respond` keeps none. */
  readonly #client = { address: "", port: 0, protocol: "udp" as const };

  /** Nothing stays in `memory` from one batch to the next, so sockets can share it. */
  constructor(socket: UdpSocket, memory: BatchMemory, options: SocketBatchOptions) {
    const { libc } = options;
    this.#options = options;
    this.#fd = socket.fd;
    this.#ownPort = socket.endpoint.port;
    this.#ownAddresses = addressesOf(socket.endpoint.address);
    this.#memory = memory;
    this.#paths = new ReplyPaths(libc, socket);
    this.#requests = new MessageVector(libc, memory.requests, this.#paths);
    this.#responses = new MessageVector(libc, memory.responses, this.#paths);
    this.#room = new PollSet(libc, [socket.fd], POLLOUT);
  }

  /** Answers what has arrived, up to a batch. Returns how many datagrams that was. */
  answer(): number {
    const { libc, counters } = this.#options;
    // With MSG_TRUNC the length is that of the whole datagram, however much of it there is room for.
    const count = libc.recvmmsg(this.#fd, this.#requests.addressOf(0), BATCH, MSG_DONTWAIT | MSG_TRUNC);
    this.isReady = count === BATCH;
    if (count <= 0) {
      if (count !== -EAGAIN && count !== -EINTR) counters.drop("receive-error");
      return 0;
    }
    counters.batch(count);
    let responses = 0;
    for (let slot = 0; slot < count; slot++) {
      const octets = this.#respond(slot, responses);
      if (octets > 0) this.#enqueue(slot, responses++, octets);
    }
    this.#send(responses);
    return count;
  }

  /** Sends a message that was made later. */
  send(message: Uint8Array, path: ReplyPath): void {
    this.#paths.set(0, path);
    this.#memory.responseBytes[0]!.set(message);
    this.#responses.setOctets(0, message.length);
    this.#send(1);
  }

  /** Writes the response to the request of `slot` into slot `to`, and returns its length; 0 = there is none now. */
  #respond(slot: number, to: number): number {
    const { counters, responder, onLater } = this.#options;
    const client = this.#client;
    const octets = this.#requests.received(slot);
    client.port = this.#paths.port(slot);
    client.address = this.#paths.address(slot);
    const fault = this.#faultOf(octets, client);
    if (fault !== undefined) {
      counters.drop(fault);
      return 0;
    }
    const request = this.#memory.request(slot, octets);
    const length = responder.respond(request, client, this.#memory.responseBytes[to]!);
    if (length !== LATER) return length;
    this.#paths.turn(slot);
    onLater(request.slice(), { ...client }, this.#paths.get(slot));
    return 0;
  }

  #faultOf(octets: number, { address, port }: Client): "oversized" | "port-zero" | "own-address" | undefined {
    if (octets > REQUEST_OCTETS_MAX) return "oversized";
    if (port === 0) return "port-zero";
    return port === this.#ownPort && this.#ownAddresses.has(address) ? "own-address" : undefined;
  }

  /** The response in slot `to` goes back where the request of `slot` came from. A request without one leaves no gap. */
  #enqueue(slot: number, to: number, octets: number): void {
    if (slot !== to) this.#paths.move(slot, to);
    this.#paths.turn(to);
    this.#responses.setOctets(to, octets);
  }

  #send(count: number): void {
    const { libc, counters } = this.#options;
    for (let sent = 0; sent < count; ) {
      const result = libc.sendmmsg(this.#fd, this.#responses.addressOf(sent), count - sent, MSG_DONTWAIT);
      if (result > 0) sent += result;
      else if (result === -EAGAIN) {
        if (!this.#room.wait(ROOM_WAIT_MS)) return counters.drop("send-queue", count - sent);
      } else if (result !== -EINTR) {
        // The count is short before a message that is refused, and then the error is that of the first.
        counters.drop("send-error");
        sent++;
      }
    }
  }
}
