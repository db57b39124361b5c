import { foldName, type Name, nameEnd, readName } from "./name.ts";
import { CLASS, HEADER_OCTETS, TYPE } from "./numbers.ts";
import { type Octets, octetsOf, readU16, readU32, u16, u32 } from "./octets.ts";

/** A TSIG record (RFC 8945 §4.2). Its names are folded, which is also how they are signed. */
export interface Tsig {
  readonly keyName: Name;
  readonly algorithm: Name;
  /** Since 1970; 48 bits. */
  readonly timeSeconds: number;
  /** By how much the clocks may differ; 16 bits. */
  readonly fudgeSeconds: number;
  readonly mac: Octets;
  /** The message's id when it was signed: a forwarder may give it another one. */
  readonly originalId: number;
  readonly error: number;
  readonly other: Octets;
}

/** The values of `error` that we send (RFC 8945 §3). BADTRUNC is not among them: whatever truncation is legal is accepted. */
export const TSIG_ERROR = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18 } as const;

const FIXED_OCTETS = 10; // TYPE, CLASS, TTL, RDLENGTH
const MAC_AT = 10; // behind Time Signed, Fudge and MAC Size

/** The TSIG record at `at`. Undefined when it is malformed or something stands behind it, which nobody has signed. */
export function readTsig(message: Uint8Array, at: number): Tsig | undefined {
  const keyName = readName(message, at);
  const fixedAt = nameEnd(message, at);
  const algorithm = readName(message, fixedAt + FIXED_OCTETS);
  if (keyName === undefined || algorithm === undefined) return undefined;
  const fixed = octetsOf(message, fixedAt, fixedAt + FIXED_OCTETS);
  if (fixed !== fixedOctets(message.length - fixedAt - FIXED_OCTETS)) return undefined;
  const rest = octetsOf(message, nameEnd(message, fixedAt + FIXED_OCTETS));
  const macEnd = MAC_AT + readU16(rest, 8);
  const otherAt = macEnd + 6;
  if (otherAt > rest.length || otherAt + readU16(rest, macEnd + 4) !== rest.length) return undefined;
  return {
    keyName: foldName(keyName),
    algorithm: foldName(algorithm),
    timeSeconds: readU16(rest, 0) * 2 ** 32 + readU32(rest, 2),
    fudgeSeconds: readU16(rest, 6),
    mac: rest.slice(MAC_AT, macEnd),
    originalId: readU16(rest, macEnd),
    error: readU16(rest, macEnd + 2),
    other: rest.slice(otherAt),
  };
}

/** Where the TSIG record of a whole message begins, which is its last record (RFC 8945 §5.1); −1 when there is none. */
export function findTsig(message: Uint8Array): number {
  if (message.length < HEADER_OCTETS) return -1;
  const count = (section: number) => readU16(octetsOf(message, 0, HEADER_OCTETS), 4 + 2 * section);
  let at = HEADER_OCTETS;
  for (let left = count(0); left > 0 && at > 0; left--) at = questionEnd(message, at);
  for (let left = count(1) + count(2) + count(3); left > 1 && at > 0; left--) at = recordEnd(message, at);
  const typeAt = count(3) > 0 && at > 0 ? nameEnd(message, at) : -1;
  return typeAt > 0 && message[typeAt] === 0 && message[typeAt + 1] === TYPE.TSIG ? at : -1;
}

function questionEnd(message: Uint8Array, at: number): number {
  const fixedAt = nameEnd(message, at);
  return fixedAt > 0 && fixedAt + 4 <= message.length ? fixedAt + 4 : -1;
}

function recordEnd(message: Uint8Array, at: number): number {
  const fixedAt = nameEnd(message, at);
  const rdataAt = fixedAt + FIXED_OCTETS;
  if (fixedAt < 0 || rdataAt > message.length) return -1;
  const end = rdataAt + readU16(octetsOf(message, rdataAt - 2, rdataAt), 0);
  return end <= message.length ? end : -1;
}

/** The whole record, in wire form. */
export function tsigRecord(tsig: Tsig): Octets {
  const { mac, originalId } = tsig;
  const rdata = tsig.algorithm + tsigTimers(tsig) + u16(mac.length) + mac + u16(originalId) + errorAndOther(tsig);
  return tsig.keyName + fixedOctets(rdata.length) + rdata;
}

/** What of the record is signed in a request and in the first message of a response (RFC 8945 §4.3.3). */
export function tsigVariables(tsig: Tsig): Octets {
  return tsig.keyName + u16(CLASS.ANY) + u32(0) + tsig.algorithm + tsigTimers(tsig) + errorAndOther(tsig);
}

/** What of the record is signed in the further messages of a response (RFC 8945 §5.3.1). */
export function tsigTimers({ timeSeconds, fudgeSeconds }: Tsig): Octets {
  return u48(timeSeconds) + u16(fudgeSeconds);
}

/** Time Signed, and the server's time in the Other Data of BADTIME. */
export function u48(value: number): Octets {
  return u16(Math.floor(value / 2 ** 32)) + u32(value);
}

/** CLASS is ANY and TTL 0, always (RFC 8945 §4.2). */
function fixedOctets(rdataOctets: number): Octets {
  return u16(TYPE.TSIG) + u16(CLASS.ANY) + u32(0) + u16(rdataOctets);
}

function errorAndOther({ error, other }: Tsig): Octets {
  return u16(error) + u16(other.length) + other;
}
