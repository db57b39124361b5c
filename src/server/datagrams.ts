import type { Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import { type Client, type Endpoint, LATER, type Responder } from "./transport.ts";

/** Responses that may wait for a full socket; those after them are dropped, as UDP may. */
const SENDS_QUEUED_MAX = 64;
/** Updates and transfers that may be under way; those after them are dropped, and their clients try again. */
export const LATER_MAX = 256;

/** What of a socket the answering needs, so that tests can stand in for a congested one. */
export type DatagramSocket = Pick<Socket, "on" | "send" | "getSendQueueCount">;

/** Answers every datagram of a socket, from one buffer. */
export class Datagrams {
  readonly #socket: DatagramSocket;
  readonly #responder: Responder;
  readonly #counters: DnsCounters;
  #out = Buffer.allocUnsafeSlow(MESSAGE_OCTETS_MAX);
  #sendsQueued = 0;
  #laterUnderWay = 0;
  #isStopped = false;

  /** `own` is what the socket is bound to. */
  constructor(socket: DatagramSocket, own: Endpoint, responder: Responder, counters: DnsCounters) {
    this.#socket = socket;
    this.#responder = responder;
    this.#counters = counters;
    const ownAddresses = addressesOf(own.address);
    socket.on("message", (request, { address, port }) => {
      if (port === 0) counters.drop("port-zero");
      else if (port === own.port && ownAddresses.has(address)) counters.drop("own-address");
      else this.#answer(request, { address, port, protocol: "udp" });
    });
  }

  /** Nothing is sent any more, so that the socket can be closed. */
  stop(): void {
    this.#isStopped = true;
  }

  #answer(request: Uint8Array, client: Client): void {
    if (this.#isCongested()) return this.#counters.drop("send-queue");
    const length = this.#responder.respond(request, client, this.#out);
    if (length === 0) return;
    if (length === LATER) return void this.#answerLater(request, client);
    this.#send(this.#out, length, client);
    // The kernel took no more and a queued response still lies in this buffer: leave it to the queue.
    if (this.#sendsQueued > 0) this.#out = Buffer.allocUnsafeSlow(MESSAGE_OCTETS_MAX);
  }

  async #answerLater(request: Uint8Array, client: Client): Promise<void> {
    if (this.#laterUnderWay === LATER_MAX) return this.#counters.drop("later-queue");
    this.#laterUnderWay++;
    for await (const message of this.#responder.respondLater(request, client)) {
      if (this.#isStopped) break;
      if (this.#isCongested()) this.#counters.drop("send-queue");
      else this.#send(message, message.length, client);
    }
    this.#laterUnderWay--;
  }

  #isCongested(): boolean {
    if (this.#sendsQueued > 0) this.#sendsQueued = this.#socket.getSendQueueCount();
    return this.#sendsQueued >= SENDS_QUEUED_MAX;
  }

  #send(octets: Uint8Array, length: number, { address, port }: Client): void {
    this.#socket.send(octets, 0, length, port, address, this.#onSent);
    this.#sendsQueued = this.#socket.getSendQueueCount();
  }

  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.#counters.drop("send-error");
  };
}

/** The addresses at which a socket bound to `address` receives. */
export function addressesOf(address: string): ReadonlySet<string> {
  if (address !== "0.0.0.0" && address !== "::") return new Set([address]);
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(interfaces.map((one) => one.address));
}
