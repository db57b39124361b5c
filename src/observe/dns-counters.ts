/** RR types from here on share one slot; the registry is dense below it. */
export const TYPES_COUNTED = 260;
/** Rcodes from here on share one slot; BADCOOKIE (23) is the last assigned one. */
export const RCODES_COUNTED = 24;
/** Upper bounds, in octets, of the response sizes told apart. */
export const RESPONSE_OCTETS_BOUNDS = [64, 128, 256, 512, 1232, 4096, 16_384, 65_535] as const;

/** Why something the network gave us, or we gave it, went no further. */
export type DropReason =
  | "short" // a request without a whole header
  | "response" // a message with QR set
  | "port-zero" // nobody can be answered there
  | "own-address" // it claims to come from the endpoint it came to
  | "send-error" // the operating system refused the response
  | "send-queue" // responses were waiting for the network already
  | "later-queue" // updates and transfers were under way already
  | "receive-error"
  | "accept-error"
  | "connection-limit" // an idle connection made room, or a new one found none
  | "slow-reader" // a connection whose client did not take its responses
  | "rate-limited"; // the response might have gone to somebody who never asked

type Protocol = "udp" | "tcp" | "tls";

/**
 * What the query path counts: plain numbers in fixed places, turned into metrics only when they are scraped. Float64
 * because 32 bits overflow within hours and 2^53 does not.
 */
export class DnsCounters {
  /** By RR type; the last slot is every other. */
  readonly requests = {
    udp: new Float64Array(TYPES_COUNTED + 1),
    tcp: new Float64Array(TYPES_COUNTED + 1),
    tls: new Float64Array(TYPES_COUNTED + 1),
  };
  /** Requests with a COOKIE option, by what it proved. */
  readonly cookies = { malformed: 0, unproven: 0, invalid: 0, valid: 0 };
  /** Signed requests that were not accepted, by TSIG error. */
  readonly tsigErrors = new Float64Array(RCODES_COUNTED + 1);
  /** By rcode; the last slot is every other. */
  readonly responses = new Float64Array(RCODES_COUNTED + 1);
  /** By size: slot i counts those of at most RESPONSE_OCTETS_BOUNDS[i] octets and more than the bound before it. */
  readonly responseSizes = new Float64Array(RESPONSE_OCTETS_BOUNDS.length);
  responseOctets = 0;
  responsesTruncated = 0;
  /** Those of rate limiting, which hold nothing. */
  responsesSlipped = 0;
  readonly dropped: Record<DropReason, number> = {
    short: 0,
    response: 0,
    "port-zero": 0,
    "own-address": 0,
    "send-error": 0,
    "send-queue": 0,
    "later-queue": 0,
    "receive-error": 0,
    "accept-error": 0,
    "connection-limit": 0,
    "slow-reader": 0,
    "rate-limited": 0,
  };
  /** Zone transfers that clients took to the end: the full zone, its differences, or its SOA because there is no more. */
  readonly transfers = { full: 0, incremental: 0, soa: 0 };
  /** Exceptions out of the responder: bugs of ours. */
  faults = 0;
  /** Open now. */
  tcpConnections = 0;

  /** A request that reached the responder; `qtype` 0 when it had no question. */
  request(protocol: Protocol, qtype: number): void {
    this.requests[protocol][Math.min(qtype, TYPES_COUNTED)]! += 1;
  }

  /** What a request brought to prove who sent it: the state of its cookie and the TSIG error, 0 when there is none. */
  sender(cookie: "absent" | keyof DnsCounters["cookies"] = "absent", tsigError = 0): void {
    if (cookie !== "absent") this.cookies[cookie]++;
    if (tsigError !== 0) this.tsigErrors[Math.min(tsigError, RCODES_COUNTED)]! += 1;
  }

  /** A response handed to the transport: its extended rcode, its length and its TC bit. */
  response(rcode: number, octets: number, isTruncated: boolean): void {
    this.responses[Math.min(rcode, RCODES_COUNTED)]! += 1;
    let size = 0;
    while (octets > RESPONSE_OCTETS_BOUNDS[size]!) size++;
    this.responseSizes[size]! += 1;
    this.responseOctets += octets;
    if (isTruncated) this.responsesTruncated++;
  }

  drop(reason: DropReason): void {
    this.dropped[reason]++;
  }
}
