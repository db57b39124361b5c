import fc from "fast-check";
import { expect, test } from "vitest";
import { parseName, ROOT } from "../../src/dns/name.ts";
import { bytesOf, type Octets, u16, u32 } from "../../src/dns/octets.ts";
import { hexOctets } from "../../src/dns/text-encodings.ts";
import { findTsig, readTsig, type Tsig, tsigRecord, tsigTimers, tsigVariables } from "../../src/dns/tsig.ts";

const QUESTION = `\x03svc\x04test\0${u16(252)}${u16(1)}`;
const HEADER = (questions: number, answers: number, additionals: number) =>
  [1, 0, questions, answers, 0, additionals].map(u16).join("");

const TSIG: Tsig = {
  keyName: parseName("key.example."),
  algorithm: parseName("hmac-sha256."),
  timeSeconds: 0x0102_0304_0506,
  fudgeSeconds: 300,
  mac: "0123456789abcdef",
  originalId: 0x1234,
  error: 18,
  other: "\0\0\0\0\0\x01",
};

/** The fields by themselves, so that each can be wrong. */
function record({
  owner = "\x03KEY\x07Example\0",
  type = 250,
  class: recordClass = 255,
  ttl = 0,
  octets = 0,
  algorithm = "\x0bHMAC-SHA256\0",
  macOctets = 16,
  otherOctets = 6,
}): Octets {
  const timers = `\x01\x02\x03\x04\x05\x06${u16(300)}`;
  const rdata = `${algorithm}${timers}${u16(macOctets)}${TSIG.mac}\x12\x34\0\x12${u16(otherOctets)}${TSIG.other}`;
  return owner + u16(type) + u16(recordClass) + u32(ttl) + u16(rdata.length + octets) + rdata;
}

test("a TSIG record is read with its names folded (RFC 8945 §4.2)", () => {
  const message = HEADER(1, 0, 1) + QUESTION;
  expect(readTsig(bytesOf(message + record({})), message.length)).toEqual(TSIG);
});

test("a TSIG record is written as it is read", () => {
  expect(readTsig(bytesOf(tsigRecord(TSIG)), 0)).toEqual(TSIG);
  expect(tsigRecord(TSIG)).toBe(record({ owner: TSIG.keyName, algorithm: TSIG.algorithm }));
});

test("a time beyond 32 bits keeps all of its 48 (RFC 8945 §4.2)", () => {
  expect(tsigTimers({ ...TSIG, timeSeconds: 2 ** 48 - 1 })).toBe(hexOctets("FFFFFFFFFFFF012C"));
});

test("what is signed has no MAC and no Original ID (RFC 8945 §4.3.3)", () => {
  const other = { ...TSIG, mac: "another MAC", originalId: 1 };
  expect(tsigVariables(TSIG)).toBe(tsigVariables(other));
  expect(tsigVariables(TSIG)).toBe(
    TSIG.keyName + u16(255) + u32(0) + TSIG.algorithm + tsigTimers(TSIG) + u16(18) + u16(6) + TSIG.other,
  );
});

test.each([
  ["another type", record({ type: 249 })],
  ["a class other than ANY", record({ class: 1 })],
  ["a TTL other than 0", record({ ttl: 1 })],
  ["RDATA that goes on behind the message", record({ octets: 1 })],
  ["RDATA that ends before the message", record({ octets: -1 })],
  ["octets behind it", `${record({})}\0`],
  ["a MAC longer than the RDATA", record({ macOctets: 17 })],
  ["a MAC that leaves octets over", record({ macOctets: 15 })],
  ["Other Data longer than the RDATA", record({ otherOctets: 7 })],
  ["Other Data that leaves octets over", record({ otherOctets: 5 })],
  ["no owner", record({}).slice(0, 5)],
  ["a label type that there is not", record({ owner: "\x40\0" })],
  ["an owner that points to itself", record({ owner: "\xc0\0" })],
  ["no algorithm", record({ algorithm: "" })],
  ["nothing", ""],
])("a TSIG record with %s is malformed", (_, octets) => {
  expect(readTsig(bytesOf(octets), 0)).toBeUndefined();
});

const ADDRESS = `${ROOT}${u16(1)}${u16(1)}${u32(0)}${u16(4)}\x0a\0\0\x01`;
const OPT = ROOT + u16(41) + u16(1232) + u32(0) + u16(0);

test.each<[what: string, message: Octets, at: number]>([
  ["alone", HEADER(0, 0, 1) + record({}), 12],
  ["behind the question", HEADER(1, 0, 1) + QUESTION + record({}), 26],
  ["behind records and OPT", HEADER(1, 2, 2) + QUESTION + ADDRESS + ADDRESS + OPT + record({}), 67],
  ["nowhere", HEADER(1, 0, 0) + QUESTION, -1],
  ["not among the additional records", HEADER(1, 1, 0) + QUESTION + record({}), -1],
  ["not the last", HEADER(1, 0, 2) + QUESTION + record({}) + OPT, -1],
  ["behind the end", HEADER(1, 0, 2) + QUESTION + record({}), -1],
  ["in a message that is cut off", HEADER(1, 1, 1) + QUESTION + ADDRESS.slice(0, -1), -1],
  ["in a header that is cut off", HEADER(0, 0, 1).slice(1), -1],
])("a TSIG record %s is found there", (_, message, at) => {
  expect(findTsig(bytesOf(message))).toBe(at);
});

test("no octets make the readers throw", () => {
  const message = HEADER(1, 1, 2) + QUESTION + ADDRESS + OPT + record({});
  const accident = fc.record({ at: fc.nat(message.length), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(accident, { maxLength: 3 }), fc.nat(message.length), (accidents, start) => {
      const octets = [...bytesOf(message)];
      for (const { at, cut, put } of accidents) octets.splice(at, cut, ...put);
      const bytes = Uint8Array.from(octets);
      const at = findTsig(bytes);
      expect(at).toBeLessThan(bytes.length);
      for (const offset of [Math.max(at, 0), start]) readTsig(bytes, offset);
    }),
  );
});
