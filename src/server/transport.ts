/** What transports and the responder know of one another: bytes in, bytes out. */
import type { DnsCounters } from "../observe/dns-counters.ts";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Client {
  readonly address: string;
  readonly port: number;
  readonly protocol: "udp" | "tcp";
}

/** Answers one DNS message. Never throws, never waits. */
export interface Responder {
  /** Writes the response to `request` into `out` and returns its length in octets; 0 = stay silent. */
  respond(request: Uint8Array, client: Client, out: Uint8Array): number;
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
