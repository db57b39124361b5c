import { nameEnd } from "../dns/name.ts";
import { HEADER_OCTETS, RCODE } from "../dns/numbers.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import type { Client, Responder } from "./transport.ts";

/** Writes the response to `request` into `out` and returns its length in octets; 0 = stay silent. Never throws. */
export type Exchange = (request: Uint8Array, client: Client, out: Uint8Array) => number;

/** The responder as transports call it: its exceptions are caught here, once, and answered with SERVFAIL. */
export function exchangeWith(responder: Responder, counters: DnsCounters, onError = warn): Exchange {
  return (request, client, out) => {
    try {
      return responder.respond(request, client, out);
    } catch (error) {
      counters.faults++;
      onError(error);
      const length = writeServfail(request, out);
      if (length > 0) counters.response(RCODE.SERVFAIL, length, false);
      return length;
    }
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** SERVFAIL with the request's id, opcode, RD and question; without the question where it cannot be told easily. */
function writeServfail(request: Uint8Array, out: Uint8Array): number {
  const isQuery = request.length >= HEADER_OCTETS && (request[2]! & 0x80) === 0;
  if (!isQuery) return 0;
  const end = questionEnd(request);
  out.set(request.subarray(0, end));
  out[2] = 0x80 | (request[2]! & 0x79); // QR, and of the request's the opcode and RD
  out[3] = RCODE.SERVFAIL;
  out.fill(0, 4, HEADER_OCTETS);
  if (end > HEADER_OCTETS) out[5] = 1; // QDCOUNT
  return end;
}

/** The offset behind the one question; HEADER_OCTETS where there is none, several, or one cut off. */
function questionEnd(request: Uint8Array): number {
  if (request[4] !== 0 || request[5] !== 1) return HEADER_OCTETS;
  const typeAt = nameEnd(request, HEADER_OCTETS);
  return typeAt > 0 && typeAt + 4 <= request.length ? typeAt + 4 : HEADER_OCTETS;
}
