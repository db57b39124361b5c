import fc from "fast-check";
import { expect, test } from "vitest";
import { CLASS, TYPE } from "../../src/dns/numbers.ts";
import { bytesOf, u16, u32 } from "../../src/dns/octets.ts";
import { parseUpdate } from "../../src/dns/update-message.ts";
import { encodeUpdate, update } from "../support/updates.ts";

const MESSAGE = update(
  "example.org",
  "yx www",
  "nx www TXT",
  "yx www A 192.0.2.1",
  "add www 60 MX 10 Mail",
  "delete www A 192.0.2.1",
  "delete www A",
  "delete www",
);

test("an update is read as it was written", () => {
  expect(parseUpdate(encodeUpdate(MESSAGE))).toEqual(MESSAGE);
});

test("owners and zone are folded, RDATA keeps its case", () => {
  const text = encodeUpdate({ ...MESSAGE, zone: "\x07EXAMPLE\x03Org\0" });
  expect(parseUpdate(text)).toEqual({ ...MESSAGE, zone: "\x07example\x03org\0" });
});

test("names may be compressed, in RDATA too (RFC 1035 §4.1.4)", () => {
  const header = [1, 0x2800, 1, 0, 1, 0].map(u16).join("");
  const zone = `\x07example\x03org\0${u16(TYPE.SOA)}${u16(CLASS.IN)}`;
  const rdata = `${u16(10)}\x04mail\xc0\x0c`;
  const record = `\x03www\xc0\x0c${u16(TYPE.MX)}${u16(CLASS.IN)}${u32(60)}${u16(rdata.length)}${rdata}`;
  expect(parseUpdate(bytesOf(header + zone + record))?.updates).toEqual(
    update("example.org", "add www 60 MX 10 mail").updates,
  );
});

const record = (type: number, rdata: string) => ({ ...MESSAGE.updates[0]!, type, rdata });

test.each([
  ["a zone section of another type", encodeUpdate(MESSAGE, TYPE.NS)],
  ["a message cut off", encodeUpdate(MESSAGE).slice(0, -1)],
  ["octets behind the message", bytesOf(`${String.fromCharCode(...encodeUpdate(MESSAGE))}\0`)],
  ["an address of three octets", encodeUpdate({ ...MESSAGE, updates: [record(TYPE.A, "\x01\x02\x03")] })],
  ["an address of five octets", encodeUpdate({ ...MESSAGE, updates: [record(TYPE.A, "\x01\x02\x03\x04\x05")] })],
  ["a string that overruns", encodeUpdate({ ...MESSAGE, updates: [record(TYPE.TXT, "\x05abc")] })],
  ["a name that overruns", encodeUpdate({ ...MESSAGE, updates: [record(TYPE.SRV, "\0\0\0\0\0\0\x05abc")] })],
  ["malformed RDATA in a prerequisite", encodeUpdate({ ...MESSAGE, prerequisites: [record(TYPE.AAAA, "\x01")] })],
])("%s is malformed", (_, bytes) => {
  expect(parseUpdate(bytes)).toBeUndefined();
});

test("RDATA of a type that nobody knows is taken as it is (RFC 3597)", () => {
  const message = { ...MESSAGE, updates: [record(65_280, "\x01\x02")] };
  expect(parseUpdate(encodeUpdate(message))).toEqual(message);
});

test("whatever octets come, they are an update or they are none", () => {
  const whole = encodeUpdate(MESSAGE);
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(edits, fc.nat(whole.length), (changes, length) => {
      const damaged = whole.slice();
      for (const [at, octet] of changes) damaged[at] = octet;
      parseUpdate(damaged.slice(0, length));
      parseUpdate(damaged);
    }),
  );
});
