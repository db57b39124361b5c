import { nameEnd } from "../dns/name.ts";
import { HEADER_OCTETS, RCODE } from "../dns/numbers.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import type { Responder } from "./transport.ts";

/** The responder as transports call it: its exceptions are caught here, once, and answered with SERVFAIL. */
export function exchangeWith(responder: Responder, counters: DnsCounters, onError = warn): Responder {
  const answerFault = (error: unknown, request: Uint8Array, out: Uint8Array): number => {
    counters.faults++;
    onError(error);
    const length = writeServfail(request, out);
    if (length > 0) counters.response(RCODE.SERVFAIL, length, false);
    return length;
  };
  return {
    respond(request, client, out) {
      try {
        return responder.respond(request, client, out);
      } catch (error) {
        return answerFault(error, request, out);
      }
    },
    // A transfer may also end so, with messages before it (RFC 5936 §2.2).
    async *respondLater(request, client) {
      try {
        yield* responder.respondLater(request, client);
      } catch (error) {
        const out = new Uint8Array(request.length);
        const length = answerFault(error, request, out);
        if (length > 0) yield out.subarray(0, length);
      }
    },
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
