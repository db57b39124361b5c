/** RR types from here on share one slot; the registry is dense below it. */
export const TYPES_COUNTED = 260;
/** Rcodes from here on share one slot; BADCOOKIE (23) is the last assigned one. */
export const RCODES_COUNTED = 24;
/** Upper bounds, in octets, of the response sizes told apart. */
export const RESPONSE_OCTETS_BOUNDS = [64, 128, 256, 512, 1232, 4096, 16_384, 65_535] as const;
/** Upper bounds of the batch sizes told apart; no batch is greater. */
export const BATCH_DATAGRAMS_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

/** Why something the network gave us, or we gave it, went no further. */
const DROP_REASONS = [
  "short", // a request without a whole header
  "response", // a message with QR set
  "port-zero", // nobody can be answered there
  "own-address", // it claims to come from the endpoint it came to
  "oversized", // a datagram longer than any request needs to be
  "receive-buffer", // datagrams came faster than we took them
  "receive-error",
  "send-error", // the operating system refused the response
  "send-queue", // responses were waiting for the network already
  "later-queue", // updates and transfers were under way already
  "accept-error",
  "connection-limit", // an idle connection made room, or a new one found none
  "slow-reader", // a connection whose client did not take its responses
  "rate-limited", // the response might have gone to somebody who never asked
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

const COOKIE_STATES = ["malformed", "unproven", "invalid", "valid"] as const;
const TRANSFER_FORMS = ["full", "incremental", "soa"] as const;
const TOTALS = [
  "responseOctets",
  "responsesTruncated",
  "responsesSlipped",
  "batchedDatagrams",
  "queriesUnlogged",
  "faults",
  "tcpConnections",
] as const;

/** More than the fields below take; one that finds no room there throws at the start. */
const MEMORY_OCTETS = 8192;

type Protocol = "udp" | "tcp" | "tls";

/**
 * What the query path counts: plain numbers in fixed places, turned into metrics only when they are scraped. Each thread
 * has a memory of its own, that no two of them write to one place, and any other can read it. Float64 because 32 bits
 * overflow within hours and 2^53 does not.
 */
export class DnsCounters {
  /** What another thread makes its counters of, to count or to read in the same place. */
  readonly memory: SharedArrayBuffer;
  /** By RR type; the last slot is every other. */
  readonly requests: Readonly<Record<Protocol, Float64Array>>;
  /** Requests with a COOKIE option, by what it proved. */
  readonly cookies: Record<(typeof COOKIE_STATES)[number], number>;
  /** Signed requests that were not accepted, by TSIG error. */
  readonly tsigErrors: Float64Array;
  /** By rcode; the last slot is every other. */
  readonly responses: Float64Array;
  /** By size: slot i counts those of at most RESPONSE_OCTETS_BOUNDS[i] octets and more than the bound before it. */
  readonly responseSizes: Float64Array;
  declare responseOctets: number;
  declare responsesTruncated: number;
  /** Those of rate limiting, which hold nothing. */
  declare responsesSlipped: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** The cells of `dropped`: a field by a name that is not constant takes longer to find than an index, and floods drop. */
  readonly #drops: Float64Array;
  /** Datagrams taken from a socket at once, by BATCH_DATAGRAMS_BOUNDS as the sizes of responses. */
  readonly batchSizes: Float64Array;
  declare batchedDatagrams: number;
  /** Zone transfers that clients took to the end: the full zone, its differences, or its SOA because there is no more. */
  readonly transfers: Record<(typeof TRANSFER_FORMS)[number], number>;
  /** Lines of the query log that there was no room for. */
  declare queriesUnlogged: number;
  /** Exceptions out of the responder: bugs of ours. */
  declare faults: number;
  /** Open now. */
  declare tcpConnections: number;

  constructor(memory = new SharedArrayBuffer(MEMORY_OCTETS)) {
    this.memory = memory;
    let taken = 0;
    const take = (count: number) => {
      const cells = new Float64Array(memory, taken, count);
      taken += cells.byteLength;
      return cells;
    };
    this.requests = { udp: take(TYPES_COUNTED + 1), tcp: take(TYPES_COUNTED + 1), tls: take(TYPES_COUNTED + 1) };
    this.cookies = withCells({}, COOKIE_STATES, take(COOKIE_STATES.length));
    this.tsigErrors = take(RCODES_COUNTED + 1);
    this.responses = take(RCODES_COUNTED + 1);
    this.responseSizes = take(RESPONSE_OCTETS_BOUNDS.length);
    this.#drops = take(DROP_REASONS.length);
    this.dropped = withCells({}, DROP_REASONS, this.#drops);
    this.batchSizes = take(BATCH_DATAGRAMS_BOUNDS.length);
    this.transfers = withCells({}, TRANSFER_FORMS, take(TRANSFER_FORMS.length));
    withCells(this, TOTALS, take(TOTALS.length));
  }

  /** What several threads counted, as it stands now. */
  static sum(threads: readonly DnsCounters[]): DnsCounters {
    const sum = new DnsCounters();
    const cells = new Float64Array(sum.memory);
    for (const { memory } of threads) {
      for (const [cell, count] of new Float64Array(memory).entries()) cells[cell]! += count;
    }
    return sum;
  }

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
    this.responseSizes[slotOf(octets, RESPONSE_OCTETS_BOUNDS)]! += 1;
    this.responseOctets += octets;
    if (isTruncated) this.responsesTruncated++;
  }

  /** At least one datagram that was taken from a socket, with all that came at once. */
  batch(datagrams: number): void {
    this.batchSizes[slotOf(datagrams, BATCH_DATAGRAMS_BOUNDS)]! += 1;
    this.batchedDatagrams += datagrams;
  }

  drop(reason: DropReason, count = 1): void {
    this.#drops[DROP_REASONS.indexOf(reason)]! += count;
  }
}

function slotOf(value: number, bounds: readonly number[]): number {
  let slot = 0;
  while (value > bounds[slot]!) slot++;
  return slot;
}

/** Gives `target` a field by each name, which stands in the cell of the same index. */
function withCells<T extends object, Name extends string>(
  target: T,
  names: readonly Name[],
  cells: Float64Array,
): T & Record<Name, number> {
  for (const [cell, name] of names.entries()) {
    const get = () => cells[cell]!;
    const set = (count: number) => {
      cells[cell] = count;
    };
    Object.defineProperty(target, name, { enumerable: true, get, set });
  }
  return target as T & Record<Name, number>;
}
