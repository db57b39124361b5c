import { CLASS, HEADER_OCTETS } from "./numbers.ts";
import { type Octets, u16, u32 } from "./octets.ts";

const QNAME_POINTER = 0xc000 | HEADER_OCTETS;
/** Where TTL and RDATA stand in a made record. */
export const MADE_TTL_AT = 6;
export const MADE_RDATA_AT = 12;

/**
 * A record as it stands in a message, to be written by `MessageWriter.made`: its owner is a pointer, at first to the
 * question's name, and the RDATA has no name that would be compressed.
 */
export function madeRecord(type: number, ttl: number, rdata: Octets): Octets {
  return u16(QNAME_POINTER) + u16(type) + u16(CLASS.IN) + u32(ttl) + u16(rdata.length) + rdata;
}
