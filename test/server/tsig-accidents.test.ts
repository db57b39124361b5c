import fc from "fast-check";
import { expect, test } from "vitest";
import { octetsOf } from "../../src/dns/octets.ts";
import { findTsig } from "../../src/dns/tsig.ts";
import { ALGORITHMS, KEY, keysWith, NOW, response, signed, tsigOf, verified } from "../support/tsig-ends.ts";
import { RESPONSES } from "../support/tsig-vectors.ts";

test("what is signed anew each time is verified by the other end, for all keys, messages and clocks", () => {
  const key = fc
    .record({ algorithm: fc.constantFrom(...ALGORITHMS), secret: fc.uint8Array({ minLength: 1, maxLength: 200 }) })
    .map(({ algorithm, secret }) => ({ name: KEY.name, algorithm, secret: octetsOf(secret) }));
  const clock = fc.integer({ min: 300, max: 2 ** 48 - 301 });
  fc.assert(
    fc.property(key, clock, fc.integer({ min: -300, max: 300 }), (anyKey, seconds, skew) => {
      const client = signed(anyKey, seconds);
      const signer = verified(client.request, keysWith(anyKey), seconds + skew)!;
      expect(signer).toMatchObject({ key: KEY.name, error: 0 });
      for (const hex of RESPONSES) expect(client.verify(response(signer, hex), seconds)).toBe(true);
    }),
  );
});

/** The accidents that may befall octets: some in place, some that move what follows. */
const accident = fc.record({ at: fc.nat(300), cut: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });

function after(accidents: readonly { at: number; cut: number; put: Uint8Array }[], message: Uint8Array): Uint8Array {
  const octets = [...message];
  for (const { at, cut, put } of accidents) octets.splice(at % (octets.length + 1), cut, ...put);
  return Uint8Array.from(octets);
}

/** A message without what a signature leaves free: its id, and the case of the names of key and algorithm. */
function meaning(message: Uint8Array): string {
  return octetsOf(message, 2, findTsig(message)) + JSON.stringify(tsigOf(message));
}

test("no accident makes another request of one that verifies, and none throws", () => {
  const { request } = signed(KEY);
  fc.assert(
    fc.property(fc.array(accident, { minLength: 1, maxLength: 3 }), (accidents) => {
      const mutated = after(accidents, request);
      if (mutated.length < 12 || verified(mutated)?.error !== 0) return;
      expect(meaning(mutated)).toBe(meaning(request));
    }),
    { numRuns: 2000 },
  );
});

test("no accident makes another response of one that verifies, and none throws", () => {
  const { request } = signed(KEY);
  const whole = response(verified(request)!, RESPONSES[0]);
  fc.assert(
    fc.property(fc.array(accident, { minLength: 1, maxLength: 3 }), (accidents) => {
      const mutated = after(accidents, whole);
      if (!signed(KEY).verify(mutated, NOW)) return;
      expect(meaning(mutated)).toBe(meaning(whole));
    }),
    { numRuns: 2000 },
  );
});

test("no single bit of a signed request can change, but of its id and in the case of names", () => {
  const { request } = signed(KEY);
  const changeable = Array.from({ length: request.length * 8 }, (_, bit) => bit).filter((bit) => {
    const flipped = request.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    return verified(flipped)?.error === 0;
  });
  const names = [...octetsOf(request).matchAll(/key|example|hmac-sha256/g)];
  const letters = names.flatMap(({ 0: label, index }) => [...label.matchAll(/[a-z]/g)].map((at) => index + at.index));
  expect(changeable.filter((bit) => bit >= 16).map((bit) => bit >> 3)).toEqual(letters);
});
