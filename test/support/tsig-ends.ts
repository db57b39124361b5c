import { expect } from "vitest";
import { nameText } from "../../src/dns/name.ts";
import { bytesOf, octetsOf } from "../../src/dns/octets.ts";
import { parseQuery } from "../../src/dns/query.ts";
import { base64Text, hexOctets } from "../../src/dns/text-encodings.ts";
import { findTsig, readTsig, type Tsig, tsigRecord } from "../../src/dns/tsig.ts";
import { MAC_OCTETS, parseTsigKey, type TsigAlgorithm, type TsigKey } from "../../src/dns/tsig-key.ts";
import { type Keys, type Signer, signRequest, verifyRequest } from "../../src/server/tsig.ts";
import { REQUEST, VECTOR_SECONDS, VECTOR_SECRET } from "./tsig-vectors.ts";

/** The two ends of an exchange that is signed. */

export const NOW = VECTOR_SECONDS;
export const ALGORITHMS = Object.keys(MAC_OCTETS) as TsigAlgorithm[];

export function keyWith(algorithm: string, { name = "Key.Example.", secret = VECTOR_SECRET } = {}): TsigKey {
  return parseTsigKey(`${algorithm}:${name}:${secret}`)!;
}

export function keysWith(...keys: TsigKey[]): Keys {
  return new Map(keys.map((key) => [key.name, key]));
}

/** As `dig -y` takes it. */
export function keyText({ algorithm, name, secret }: TsigKey): string {
  return `${algorithm}:${nameText(name)}:${base64Text(secret)}`;
}

export const KEY = keyWith("hmac-sha256");
export const KEYS = keysWith(KEY);

export const bytes = (hex: string) => bytesOf(hexOctets(hex)!);

/** The message of this hex in a buffer with room behind it. */
function roomy(hex: string): { message: Uint8Array; length: number } {
  const message = new Uint8Array(1024);
  message.set(bytes(hex));
  return { message, length: hex.length / 2 };
}

/** The request, signed by us, and what verifies its response. */
export function signed(key: TsigKey, nowSeconds = NOW) {
  const { message, length } = roomy(REQUEST);
  const request = signRequest(message, length, key, nowSeconds);
  return { request: message.slice(0, request.length), verify: request.verify };
}

export function response(signer: Signer, hex: string, nowSeconds?: number): Uint8Array {
  const { message, length } = roomy(hex);
  const whole = signer.sign(message, length, nowSeconds);
  expect(whole - length).toBe(signer.octets);
  return message.slice(0, whole);
}

/** As a server does it: the record is looked for where a query's parser finds it. */
export function verified(request: Uint8Array, keys = KEYS, nowSeconds = NOW): Signer | undefined {
  const { fault, tsigAt } = parseQuery(request);
  return fault !== 0 || tsigAt === 0 ? undefined : verifyRequest(request, tsigAt, keys, nowSeconds);
}

export function tsigOf(message: Uint8Array): Tsig {
  return readTsig(message, findTsig(message))!;
}

/** The message with its TSIG record altered. */
export function altered(message: Uint8Array, alter: (tsig: Tsig) => Partial<Tsig>): Uint8Array {
  const tsig = tsigOf(message);
  return bytesOf(octetsOf(message, 0, findTsig(message)) + tsigRecord({ ...tsig, ...alter(tsig) }));
}
