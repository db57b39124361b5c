import { foldName, nameEnd } from "../../src/dns/name.ts";
import { octetsOf } from "../../src/dns/octets.ts";
import { parseQuery } from "../../src/dns/query.ts";
import { type Signer, verifyRequest } from "../../src/server/tsig.ts";
import { CORPUS } from "./corpus.ts";
import { KEYS, NOW_SECONDS, SIGN_OCTETS_MAX, sign } from "./keys.ts";
import { mutateOctets } from "./mutate.ts";
import { attackOf, attackQuery } from "./queries.ts";
import type { Random } from "./random.ts";
import { must, type Target, withInput } from "./target.ts";

const HEADER_OCTETS = 12;

/** Requests of the corpus that are signed, by this key or another. */
const SIGNED = CORPUS.filter((octets) => parseQuery(Uint8Array.from(octets)).tsigAt > 0);

export type Verify = typeof verifyRequest;

/** No alteration of a signed message is taken for what was signed, and what was is. */
export function signatureTarget(verify: Verify = verifyRequest): Target {
  const sound = SIGNED.map((octets) => signedForm(Uint8Array.from(octets)));
  return {
    name: "TSIG",
    attack(random) {
      const request = Uint8Array.from(attackOf(random, SIGNED));
      withInput(request, () => {
        const signer = signerOf(verify, request);
        if (signer?.key !== undefined) must(sound.includes(signedForm(request)), "must accept what was signed, only");
        if (signer !== undefined) checkSign(signer, request);
      });
      const made = attackQuery(random);
      if (made.length >= HEADER_OCTETS) withInput(made, () => checkExchange(verify, made, random));
    },
  };
}

/** Who signed, as the responder asks: undefined also for what is not read as far as its TSIG. */
function signerOf(verify: Verify, request: Uint8Array): Signer | undefined {
  if (request.length < HEADER_OCTETS) return undefined;
  const { tsigAt } = parseQuery(request);
  return tsigAt === 0 ? undefined : verify(request, tsigAt, KEYS, NOW_SECONDS);
}

/** A request and its response, both ways: believed as they are, and not after an accident. */
function checkExchange(verify: Verify, made: Uint8Array, random: Random): void {
  const ours = sign(random, made);
  if (ours === undefined) return;
  const signer = signerOf(verify, ours.request);
  must(signer?.key === ours.key.name, `must accept what ${ours.key.algorithm} signed: got error ${signer?.error}`);
  const response = checkSign(signer, ours.request);
  const altered = Uint8Array.from(mutateOctets(random, [...response], 3));
  const isSame = signedForm(altered) === signedForm(response);
  must(!ours.verify(altered, NOW_SECONDS) || isSame, "must not believe an altered response");
  if (isSame) return; // believed, and so the last
  must(ours.verify(response, NOW_SECONDS), "must believe the response");
  must(!ours.verify(response, NOW_SECONDS), "must not believe the same response once more");
}

/** Signs the request's header and question as a response; within the room that was told. */
function checkSign(signer: Signer, request: Uint8Array): Uint8Array {
  const { questionEnd } = parseQuery(request);
  const response = new Uint8Array(questionEnd + SIGN_OCTETS_MAX);
  response.set(request.subarray(0, questionEnd));
  response[2]! |= 0x80;
  response.fill(0, 6, HEADER_OCTETS);
  response[5] = questionEnd > HEADER_OCTETS ? 1 : 0;
  response[4] = 0;
  const length = signer.sign(response, questionEnd);
  must(length - questionEnd <= signer.octets, `must add at most ${signer.octets} octets: got ${length - questionEnd}`);
  must(response[11] === 1, "must count the TSIG record");
  return response.slice(0, length);
}

/** What a signature covers: all but the id, and the case of the key's and the algorithm's name (RFC 8945 §4.3.3). */
function signedForm(message: Uint8Array): string {
  const tsigAt = tsigOf(message);
  if (tsigAt < 0) return octetsOf(message);
  const algorithmAt = nameEnd(message, tsigAt) + 10;
  const macAt = nameEnd(message, algorithmAt);
  return (
    octetsOf(message, 2, tsigAt) +
    foldName(octetsOf(message, tsigAt, algorithmAt - 10)) +
    octetsOf(message, algorithmAt - 10, algorithmAt) +
    foldName(octetsOf(message, algorithmAt, macAt)) +
    octetsOf(message, macAt)
  );
}

/** Where TSIG stands in a message whose other records are questions or were read by the query parser. */
function tsigOf(message: Uint8Array): number {
  const asRequest = message.slice();
  if (message.length < HEADER_OCTETS) return -1;
  asRequest[2]! &= 0x7f;
  return parseQuery(asRequest).tsigAt || -1;
}
