import { nameEnd, readName } from "../dns/name.ts";
import { HEADER_OCTETS, TYPE } from "../dns/numbers.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import type { QueryRing } from "../observe/query-ring.ts";
import { type Client, LATER, type Responder } from "./transport.ts";

export interface QueryLogOptions {
  /** Of all queries the share that is logged: 1 = every one. */
  readonly share: number;
  /** Read by whoever writes the log. */
  readonly ring: QueryRing;
  readonly counters: DnsCounters;
  /** Between 0 and 1, without 1. */
  readonly random?: () => number;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
}

/** The responder, with what it is asked and what it answers noted down. */
export function withQueryLog(responder: Responder, options: QueryLogOptions): Responder {
  const { share, ring, counters, random = Math.random, nowMs = () => performance.now() } = options;

  function note(request: Uint8Array, client: Client, startMs: number, rcode: number | undefined, octets: number): void {
    const { address, port, protocol } = client;
    const micros = Math.round((nowMs() - startMs) * 1000);
    const isKept = ring.put({ client: address, port, protocol, ...questionOf(request), rcode, octets, micros });
    if (!isKept) counters.queriesUnlogged++;
  }

  return {
    respond(request, client, out) {
      if (random() >= share) return responder.respond(request, client, out);
      const startMs = nowMs();
      const length = responder.respond(request, client, out);
      if (length !== LATER) note(request, client, startMs, length > 0 ? rcodeOf(out) : undefined, length);
      return length;
    },
    async *respondLater(request, client) {
      if (random() >= share) return yield* responder.respondLater(request, client);
      const startMs = nowMs();
      let rcode: number | undefined;
      let octets = 0;
      try {
        for await (const message of responder.respondLater(request, client)) {
          rcode = rcodeOf(message);
          octets += message.length;
          yield message;
        }
      } finally {
        // Also when the client has gone, or a bug was met.
        note(request, client, startMs, rcode, octets);
      }
    },
  };
}

function questionOf(request: Uint8Array): { readonly name: string | undefined; readonly type: number | undefined } {
  const hasQuestion = request.length > HEADER_OCTETS && (request[4]! | request[5]!) > 0;
  const name = hasQuestion ? readName(request, HEADER_OCTETS) : undefined;
  const typeAt = nameEnd(request, HEADER_OCTETS);
  return name === undefined || typeAt + 2 > request.length
    ? { name: undefined, type: undefined }
    : { name, type: u16At(request, typeAt) };
}

/** The extended rcode of a response of ours (RFC 6891 §6.1.3), which is well-formed. */
function rcodeOf(response: Uint8Array): number {
  const rcode = response[3]! & 0xf;
  let at = HEADER_OCTETS;
  for (let i = 0; i < u16At(response, 4); i++) at = nameEnd(response, at) + 4;
  const records = u16At(response, 6) + u16At(response, 8) + u16At(response, 10);
  for (let i = 0; i < records; i++) {
    at = nameEnd(response, at);
    if (u16At(response, at) === TYPE.OPT) return (response[at + 4]! << 4) | rcode;
    at += 10 + u16At(response, at + 8);
  }
  return rcode;
}

function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
