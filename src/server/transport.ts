/** What transports and the responder know of one another: bytes in, bytes out. */
import type { DnsCounters } from "../observe/dns-counters.ts";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Client {
  readonly address: string;
  readonly port: number;
  readonly protocol: "udp" | "tcp" | "tls";
}

/** What `respond` returns for a request that takes several messages or has to wait: ask `respondLater`. */
export const LATER = -1;

/** Answers DNS messages. Never throws. */
export interface Responder {
  /**
   * Writes the response to `request` into `out` and returns its length in octets; 0 = stay silent, or LATER. Never waits,
   * and keeps none of the three: transports use them again.
   */
  respond(request: Uint8Array, client: Client, out: Uint8Array): number;
  /**
   * The messages that answer a request for which `respond` returned LATER: a transfer, an update. The next one is made
   * when it is asked for, so a slow client costs one; each may be kept. Ends early when the client is gone (`return`).
   */
  respondLater(request: Uint8Array, client: Client): AsyncIterable<Uint8Array>;
}

export interface Listener {
  /** The endpoint really bound: port 0 has become a number. */
  readonly endpoint: Endpoint;
  close(): Promise<void>;
}

/** What every listener may be given besides its endpoint and its responder. */
export interface ListenOptions {
  readonly counters?: DnsCounters;
  /** Told of an exception out of the responder, which is a bug of ours. Must not throw. */
  readonly onError?: (error: unknown) => void;
}

/** Every listener passes one contract suite. Rejects with ListenError. */
export type Listen = (at: Endpoint, responder: Responder, options?: ListenOptions) => Promise<Listener>;
