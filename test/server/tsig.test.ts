import { describe, expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { octetsOf } from "../../src/dns/octets.ts";
import { hexOctets, hexText } from "../../src/dns/text-encodings.ts";
import type { TsigAlgorithm, TsigKey } from "../../src/dns/tsig-key.ts";
import type { Keys } from "../../src/server/tsig.ts";
import {
  ALGORITHMS,
  altered,
  bytes,
  KEY,
  KEYS,
  keysWith,
  keyWith,
  NOW,
  response,
  signed,
  tsigOf,
  verified,
} from "../support/tsig-ends.ts";
import { MACS, NOTAUTH, RESPONSES, SIGNED_REQUEST } from "../support/tsig-vectors.ts";

const [BADSIG, BADKEY, BADTIME] = [16, 17, 18];

const macOf = (message: Uint8Array) => hexText(tsigOf(message).mac).toLowerCase();

describe.each(ALGORITHMS)("%s as dnspython computes it", (algorithm) => {
  const key = keyWith(algorithm);
  const { request } = signed(key);
  const signer = verified(request, keysWith(key))!;

  test("a request", () => expect(macOf(request)).toBe(MACS[algorithm].request));

  test("the messages of its response (RFC 8945 §5.3.1)", () => {
    expect(RESPONSES.map((message) => macOf(response(signer, message)))).toEqual(MACS[algorithm].responses);
  });

  test("BADTIME, which is signed too (RFC 8945 §5.2.3)", () => {
    const late = verified(request, keysWith(key), NOW + 301)!;
    expect(macOf(response(late, NOTAUTH))).toBe(MACS[algorithm].badTime);
  });
});

test("a request that dnspython signed is verified, its key named in whatever case", () => {
  expect(verified(bytes(SIGNED_REQUEST))).toMatchObject({ key: parseName("key.example."), error: 0 });
});

test("a request is signed octet for octet as by dnspython, but for the case of the key's name", () => {
  expect(octetsOf(signed(KEY).request).toLowerCase()).toBe(hexOctets(SIGNED_REQUEST)!.toLowerCase());
});

test.each<[what: string, key: TsigKey, keys: Keys, error: number]>([
  ["an unknown key", keyWith("hmac-sha256", { name: "other." }), KEYS, BADKEY],
  ["no keys here", KEY, keysWith(), BADKEY],
  ["another algorithm than the key's", keyWith("hmac-sha512"), KEYS, BADKEY],
  ["another secret", keyWith("hmac-sha256", { secret: "AAAA" }), KEYS, BADSIG],
])("a request with %s is told the error, unsigned (RFC 8945 §5.3.2)", (_, key, keys, error) => {
  const signer = verified(signed(key).request, keys)!;
  expect(signer).toMatchObject({ key: undefined, error });
  expect(tsigOf(response(signer, NOTAUTH))).toEqual({
    keyName: key.name,
    algorithm: parseName(key.algorithm),
    timeSeconds: NOW,
    fudgeSeconds: 300,
    mac: "",
    originalId: 0x1234,
    error,
    other: "",
  });
});

test("HMAC-MD5 is an algorithm not known here, whatever its MAC", () => {
  const md5 = altered(signed(KEY).request, () => ({
    algorithm: parseName("HMAC-MD5.SIG-ALG.REG.INT."),
    mac: "m".repeat(16),
  }));
  expect(verified(md5)).toMatchObject({ key: undefined, error: BADKEY });
});

test.each([
  [-301, BADTIME],
  [-300, 0],
  [0, 0],
  [300, 0],
  [301, BADTIME],
  [2 ** 33, BADTIME],
])("a server whose clock is %i s ahead finds error %i (RFC 8945 §5.2.3)", (seconds, error) => {
  expect(verified(signed(KEY).request, KEYS, NOW + seconds)?.error).toBe(error);
});

test("BADTIME tells the server's time and repeats the client's, by whose key it is signed (RFC 8945 §5.2.3)", () => {
  const client = signed(KEY);
  const signer = verified(client.request, KEYS, NOW + 1000)!;
  const told = response(signer, NOTAUTH);
  expect(signer.key).toBeUndefined();
  expect(tsigOf(told)).toMatchObject({ timeSeconds: NOW, fudgeSeconds: 300, error: BADTIME });
  expect(hexText(tsigOf(told).other)).toBe((NOW + 1000).toString(16).padStart(12, "0").toUpperCase());
  expect(client.verify(told, NOW)).toBe(false);
});

describe("a MAC cut short (RFC 8945 §5.2.2.1)", () => {
  test.each<[TsigAlgorithm, octets: number, isLegal: boolean]>([
    ["hmac-sha1", 0, false],
    ["hmac-sha1", 9, false],
    ["hmac-sha1", 10, true],
    ["hmac-sha1", 19, true],
    ["hmac-sha224", 13, false],
    ["hmac-sha224", 14, true],
    ["hmac-sha256", 10, false],
    ["hmac-sha256", 15, false],
    ["hmac-sha256", 16, true],
    ["hmac-sha384", 23, false],
    ["hmac-sha384", 24, true],
    ["hmac-sha512", 31, false],
    ["hmac-sha512", 32, true],
  ])("of %s to %i octets: legal is %s", (algorithm, octets, isLegal) => {
    const key = keyWith(algorithm);
    const cut = altered(signed(key).request, ({ mac }) => ({ mac: mac.slice(0, octets) }));
    expect(verified(cut, keysWith(key))?.error).toBe(isLegal ? 0 : undefined);
  });

  test("is compared as far as it goes", () => {
    const cut = altered(signed(KEY).request, ({ mac }) => ({ mac: `${mac.slice(0, 15)}\0` }));
    expect(verified(cut)?.error).toBe(BADSIG);
  });

  test("is signed for in the response as it came", () => {
    const { request, verify } = signed(KEY);
    const cut = altered(request, ({ mac }) => ({ mac: mac.slice(0, 16) }));
    const whole = response(verified(request)!, RESPONSES[0]);
    expect(macOf(response(verified(cut)!, RESPONSES[0]))).not.toBe(macOf(whole));
    expect(verify(whole, NOW)).toBe(true);
  });

  test("that is longer than its hash is malformed", () => {
    const long = altered(signed(KEY).request, ({ mac }) => ({ mac: `${mac}\0` }));
    expect(verified(long)).toBeUndefined();
  });
});

test("a request whose id a forwarder changed is verified by its Original ID (RFC 8945 §4.2)", () => {
  const { request } = signed(KEY);
  request.set([0xab, 0xcd]);
  expect(verified(request)?.error).toBe(0);
});

test("the messages of a response are verified in their order only, each once, as late as they come", () => {
  const client = signed(KEY);
  const signer = verified(client.request)!;
  const [first, second, third] = RESPONSES.map((hex, i) => response(signer, hex, NOW + 1000 * i));
  const verdicts = [
    [second, 1000],
    [first, 0],
    [first, 0],
    [third, 2000],
    [second, 3000],
    [second, 1000],
    [third, 2000],
  ] as const;
  expect(verdicts.map(([message, seconds]) => client.verify(message!, NOW + seconds))).toEqual([
    false,
    true,
    false,
    false,
    false,
    true,
    true,
  ]);
});

test.each<[what: string, message: (client: Uint8Array) => Uint8Array]>([
  ["that is not signed", () => bytes(RESPONSES[0])],
  ["that is empty", () => new Uint8Array(0)],
  ["that is the request itself", (request) => request],
  ["to another request", () => response(verified(signed(KEY, NOW + 1).request)!, RESPONSES[0])],
  ["with a MAC of no octets", (request) => altered(response(verified(request)!, RESPONSES[0]), () => ({ mac: "" }))],
  ["by another key", (request) => altered(response(verified(request)!, RESPONSES[0]), () => ({ keyName: "\x01k\0" }))],
  ["with an error", (request) => response(verified(request, keysWith())!, NOTAUTH)],
])("a response %s is not verified", (_, message) => {
  const client = signed(KEY);
  expect(client.verify(message(client.request), NOW)).toBe(false);
});
