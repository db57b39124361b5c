import { createHmac, timingSafeEqual } from "node:crypto";
import type { Name } from "../dns/name.ts";
import { HEADER_OCTETS, RCODE } from "../dns/numbers.ts";
import { bytesOf, type Octets, octetsOf, readU16, u16 } from "../dns/octets.ts";
import { findTsig, readTsig, TSIG_ERROR, type Tsig, tsigRecord, tsigTimers, tsigVariables, u48 } from "../dns/tsig.ts";
import { algorithmName, MAC_OCTETS, type TsigKey } from "../dns/tsig-key.ts";

/** By name. */
export type Keys = ReadonlyMap<Name, TsigKey>;

/** What a request's signature is worth, and the pen for its response. */
export interface Signer {
  /** The key that signed the request and was verified; undefined when none was. */
  readonly key: Name | undefined;
  /** 0, or BADSIG 16, BADKEY 17, BADTIME 18: then the response's rcode is NOTAUTH. */
  readonly error: number;
  /** Octets that `sign` adds. */
  readonly octets: number;
  /**
   * Appends TSIG to the response in message[0..length), ARCOUNT + 1, and returns the new length. Again for each further
   * message of a transfer (RFC 8945 §5.3.1); these say what time it is by then, or clients find a long transfer stale.
   */
  sign(message: Uint8Array, length: number, nowSeconds?: number): number;
}

/** A request of ours, signed. */
export interface SignedRequest {
  /** Octets, with TSIG. */
  readonly length: number;
  /**
   * True when the response is signed with the same key, in time and without a TSIG error; again for each further message
   * of it, all of which must be signed. A response that is not true changes nothing: the real one may yet come.
   */
  verify(response: Uint8Array, nowSeconds: number): boolean;
}

/** How far clocks may be apart, for what we sign (RFC 8945 §10). */
const FUDGE_SECONDS = 300;
/** No MAC is cut shorter than this, nor than to its half (RFC 8945 §5.2.2.1). */
const MAC_OCTETS_MIN = 10;

/** What was signed before a message, to which its own MAC is tied (RFC 8945 §5.3). */
interface Before {
  readonly mac: Octets;
  /** True when that was a message of the same response. */
  readonly isResponse: boolean;
}

const NOTHING: Before = { mac: "", isResponse: false };

/** Checks the TSIG record at `tsigAt` (RFC 8945 §5.2). Undefined when it is malformed: FORMERR. */
export function verifyRequest(request: Uint8Array, tsigAt: number, keys: Keys, nowSeconds: number): Signer | undefined {
  const tsig = readTsig(request, tsigAt);
  if (tsig === undefined) return undefined;
  const key = keys.get(tsig.keyName);
  const fault = faultOf(request, tsigAt, tsig, key, NOTHING, nowSeconds);
  if (fault === RCODE.FORMERR) return undefined;
  // Who did not prove to have the key learns no MAC made with it (RFC 8945 §5.3.2).
  const isProven = fault === TSIG_ERROR.NONE || fault === TSIG_ERROR.BADTIME;
  return signerOf(tsig, isProven ? key : undefined, fault, nowSeconds);
}

/** Signs the request in message[0..length), behind which there is room; a NOTIFY, say. */
export function signRequest(message: Uint8Array, length: number, key: TsigKey, nowSeconds: number): SignedRequest {
  const tsig = { ...unsignedRecord(key.name, algorithmName(key.algorithm), nowSeconds), originalId: idOf(message) };
  const mac = macOf(key, message.subarray(0, length), countOf(message), tsig, NOTHING);
  let before: Before = { mac, isResponse: false };
  return {
    length: append(message, length, { ...tsig, mac }),
    verify(response, atSeconds) {
      const tsigAt = findTsig(response);
      const answer = tsigAt < 0 ? undefined : readTsig(response, tsigAt);
      if (answer === undefined || answer.keyName !== key.name || answer.error !== TSIG_ERROR.NONE) return false;
      if (faultOf(response, tsigAt, answer, key, before, atSeconds) !== TSIG_ERROR.NONE) return false;
      before = { mac: answer.mac, isResponse: true };
      return true;
    },
  };
}

/** The first check that fails, in the order of RFC 8945 §5.2: a TSIG error, or FORMERR for a MAC of a length that cannot be. */
function faultOf(
  message: Uint8Array,
  tsigAt: number,
  tsig: Tsig,
  key: TsigKey | undefined,
  before: Before,
  nowSeconds: number,
): number {
  if (key === undefined || tsig.algorithm !== algorithmName(key.algorithm)) return TSIG_ERROR.BADKEY;
  const wholeOctets = MAC_OCTETS[key.algorithm];
  const octets = tsig.mac.length;
  if (octets > wholeOctets || octets < Math.max(MAC_OCTETS_MIN, wholeOctets / 2)) return RCODE.FORMERR;
  const mac = macOf(key, message.subarray(0, tsigAt), countOf(message) - 1, tsig, before).slice(0, octets);
  if (!timingSafeEqual(bytesOf(mac), bytesOf(tsig.mac))) return TSIG_ERROR.BADSIG;
  return Math.abs(nowSeconds - tsig.timeSeconds) <= tsig.fudgeSeconds ? TSIG_ERROR.NONE : TSIG_ERROR.BADTIME;
}

/** Signs the response to a request that bore `request`; without a key it only says what is wrong there. */
function signerOf(request: Tsig, key: TsigKey | undefined, error: number, nowSeconds: number): Signer {
  let before: Before = { mac: request.mac, isResponse: false };
  const { keyName, algorithm, timeSeconds, fudgeSeconds } = request;
  // Its own clock is what the client goes by; ours is told beside it (RFC 8945 §5.2.3).
  const badTime = { timeSeconds, fudgeSeconds, other: u48(nowSeconds) };
  const recordAt = (seconds: number): Tsig => ({
    ...unsignedRecord(keyName, algorithm, seconds),
    ...(error === TSIG_ERROR.BADTIME && badTime),
    error,
  });
  return {
    key: error === TSIG_ERROR.NONE ? key?.name : undefined,
    error,
    octets: tsigRecord(recordAt(nowSeconds)).length + (key === undefined ? 0 : MAC_OCTETS[key.algorithm]),
    sign(message, length, seconds = nowSeconds) {
      const tsig = { ...recordAt(seconds), originalId: idOf(message) };
      const response = message.subarray(0, length);
      const mac = key === undefined ? "" : macOf(key, response, countOf(response), tsig, before);
      before = { mac, isResponse: true };
      return append(message, length, { ...tsig, mac });
    },
  };
}

function unsignedRecord(keyName: Name, algorithm: Name, timeSeconds: number): Tsig {
  const fudgeSeconds = FUDGE_SECONDS;
  return { keyName, algorithm, timeSeconds, fudgeSeconds, mac: "", originalId: 0, error: TSIG_ERROR.NONE, other: "" };
}

/** The MAC of a message that without its TSIG has `additionals` additional records (RFC 8945 §4.3). */
function macOf(key: TsigKey, message: Uint8Array, additionals: number, tsig: Tsig, before: Before): Octets {
  const tie = before.mac === "" ? "" : u16(before.mac.length) + before.mac;
  const header = u16(tsig.originalId) + octetsOf(message, 2, COUNT_AT) + u16(additionals);
  const hmac = createHmac(key.algorithm.slice("hmac-".length), bytesOf(key.secret))
    .update(bytesOf(tie + header))
    .update(message.subarray(HEADER_OCTETS))
    .update(bytesOf(before.isResponse ? tsigTimers(tsig) : tsigVariables(tsig)));
  return octetsOf(hmac.digest());
}

function append(message: Uint8Array, length: number, tsig: Tsig): number {
  const record = bytesOf(tsigRecord(tsig));
  message.set(record, length);
  message.set(bytesOf(u16(countOf(message) + 1)), COUNT_AT);
  return length + record.length;
}

const COUNT_AT = 10;

/** ARCOUNT. */
function countOf(message: Uint8Array): number {
  return readU16(octetsOf(message, COUNT_AT, HEADER_OCTETS), 0);
}

function idOf(message: Uint8Array): number {
  return readU16(octetsOf(message, 0, 2), 0);
}
