import { parseQuery } from "../../src/dns/query.ts";
import { parseTsigKey, type TsigKey } from "../../src/dns/tsig-key.ts";
import { type SignedRequest, signRequest } from "../../src/server/tsig.ts";
import { CAPTURED_AT_SECONDS, CORPUS_KEY_TEXT } from "./corpus.ts";
import type { Random } from "./random.ts";

/** What time it is: what is signed in the corpus is in time. */
export const NOW_SECONDS = CAPTURED_AT_SECONDS;

/** More than any key adds. */
export const SIGN_OCTETS_MAX = 400;

/** One key of each algorithm, and the corpus's, as `dig -y` takes them. */
export const KEY_TEXTS: readonly string[] = [
  CORPUS_KEY_TEXT,
  ...["hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512"].map(
    (algorithm) => `${algorithm}:${algorithm}.key:${"QUJD".repeat(8)}`,
  ),
];
const KEY_LIST: readonly TsigKey[] = KEY_TEXTS.map((text) => parseTsigKey(text)!);
export const KEYS = new Map(KEY_LIST.map((key) => [key.name, key]));

export interface Signed {
  readonly request: Uint8Array;
  readonly key: TsigKey;
  readonly verify: SignedRequest["verify"];
}

/** The request signed with one of the keys; undefined when it is such that a TSIG record at its end is not read. */
export function sign(random: Random, request: Uint8Array, nowSeconds = NOW_SECONDS): Signed | undefined {
  const { tsigAt } = parseQuery(request);
  if (tsigAt > 0) return undefined;
  const key = random.pick(KEY_LIST);
  const buffer = new Uint8Array(request.length + SIGN_OCTETS_MAX);
  buffer.set(request);
  const { length, verify } = signRequest(buffer, request.length, key, nowSeconds);
  const signed = buffer.slice(0, length);
  // A count that lies hides the record, and so do octets that no record has.
  return parseQuery(signed).tsigAt === request.length ? { request: signed, key, verify } : undefined;
}

/** The request without its TSIG record, so that it can be altered and signed again. */
export function unsigned(request: Uint8Array): Uint8Array {
  const { tsigAt } = parseQuery(request);
  if (tsigAt === 0) return request;
  const bare = request.slice(0, tsigAt);
  bare[11]! -= 1; // ARCOUNT
  return bare;
}
