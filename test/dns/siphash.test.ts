import { expect, test } from "vitest";
import { octetsOf } from "../../src/dns/octets.ts";
import { sipHash24 } from "../../src/dns/siphash.ts";

const counting = (length: number) => octetsOf(Uint8Array.from({ length }, (_, i) => i));

/** Of the reference implementation: key 00 01 … 0f, input 00 01 … of the length in the first column. */
test.each([
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [3, "2d7efbd796666785"],
  [4, "b7877127e09427cf"],
  [5, "8da699cd64557618"],
  [6, "cee3fe586e46c9cb"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [9, "b0e4a90bdf82009e"],
  [15, "e545be4961ca29a1"],
  [16, "db9bc2577fcc2a3f"],
  [31, "42c341d8fa92d832"],
  [32, "ce7cf2722f512771"],
  [63, "724506eb4c328a95"],
])("SipHash-2-4 of %i octets", (length, expected) => {
  expect(Buffer.from(sipHash24(counting(16), counting(length)), "latin1").toString("hex")).toBe(expected);
});
