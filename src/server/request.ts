import { FLAG_AA, FLAG_RD, FLAG_TC, type MessageWriter } from "../dns/message-writer.ts";
import type { Query } from "../dns/query.ts";
import type { ExtendedError } from "../zone/node.ts";
import { type EdnsSettings, limitOf, type Opt, openOpt, reserveOpt, writeOpt } from "./edns.ts";
import type { Client } from "./transport.ts";
import { type Keys, type Signer, verifyRequest } from "./tsig.ts";

/** A request, and what is known of it before anybody looks at a zone. */
export interface Request {
  readonly bytes: Uint8Array;
  readonly query: Query;
  readonly client: Client;
  /** The OPT of the response; undefined when the request has none. */
  readonly opt: Opt | undefined;
  /** Undefined when the request is not signed, or its TSIG record is malformed. */
  readonly signer: Signer | undefined;
}

/** How a response ends: header and OPT. */
export interface Finish {
  readonly rcode: number;
  readonly isAuthoritative?: boolean;
  readonly isTruncated?: boolean;
  readonly ede?: ExtendedError | undefined;
}

export interface RequestSettings extends EdnsSettings {
  readonly keys: Keys;
}

/** Reads the options and verifies the signature of a request whose header, question and records are well-formed. */
export function openRequest(bytes: Uint8Array, query: Query, client: Client, own: RequestSettings): Request {
  const opt = query.edns && openOpt(bytes, query.edns, client, own);
  const signer = query.tsigAt > 0 ? verifyRequest(bytes, query.tsigAt, own.keys, own.nowSeconds()) : undefined;
  return { bytes, query, client, opt, signer };
}

/** Begins a response in `out`, with room kept for OPT and TSIG. */
export function beginResponse(writer: MessageWriter, out: Uint8Array, request: Request): void {
  const { bytes, query, client, opt, signer } = request;
  writer.begin(out, limitOf(query.edns, opt, client), bytes, query.questionEnd);
  if (opt !== undefined) reserveOpt(writer, opt);
  if (signer !== undefined) writer.reserve(signer.octets);
  // Two names of 255 octets, the question's and the key's: the request was as long, so its client takes this too.
  if (writer.room < 0) writer.release(-writer.room);
}

/** Writes header, OPT and TSIG of the response begun in `out` and returns its length. */
export function finishResponse(
  writer: MessageWriter,
  out: Uint8Array,
  { query, opt, signer }: Request,
  { rcode, isAuthoritative, isTruncated, ede }: Finish,
  nowSeconds?: number,
): number {
  // CD is for resolvers, and cleared by whoever has authority (RFC 4035 §3.1.6).
  const echoed = (query.flags & FLAG_RD) | (query.opcode << 11);
  writer.flags(echoed | (isAuthoritative ? FLAG_AA : 0) | (isTruncated ? FLAG_TC : 0), rcode);
  if (opt !== undefined) writeOpt(writer, opt, rcode, ede, signer?.octets ?? 0);
  return signer === undefined ? writer.offset : signer.sign(out, writer.offset, nowSeconds);
}
