import { readdirSync, readFileSync } from "node:fs";

/** Each `<client>.hex`: a comment that says what the client was asked to do, then a line `udp HEX` or `tcp HEX` per request. */
const FOLDER = new URL("./corpus/", import.meta.url);

/** Requests as the usual clients sent them to the zones of world.ts, octet for octet. */
export const CORPUS: readonly (readonly number[])[] = readdirSync(FOLDER)
  .sort()
  .flatMap((file) => [...readFileSync(new URL(file, FOLDER), "latin1").matchAll(/^(?:udp|tcp) ([0-9a-f]+)$/gm)])
  .map(([, hex]) => [...Buffer.from(hex!, "hex")]);

/** When: what is signed among them was signed within some seconds of it, with this key. */
export const CAPTURED_AT_SECONDS = 1_795_197_290;
export const CORPUS_KEY_TEXT = "hmac-sha256:fuzz.key:c2VjcmV0IG9mIHRoZSBmdXp6IHN1aXRlLCAzMiBvY3Q=";
