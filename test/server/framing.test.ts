import fc from "fast-check";
import { expect, test } from "vitest";
import { Framing } from "../../src/server/framing.ts";
import { framed } from "./clients.ts";

function takeAll(framing: Framing): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let next = framing.next(); next !== undefined; next = framing.next()) messages.push(Uint8Array.from(next));
  return messages;
}

test("framing gives the same messages however the stream is cut", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(messages, cuts, fc.boolean(), (sent, sizes, takesLate) => {
      const stream = framed(...sent);
      const framing = new Framing();
      const received: Uint8Array[] = [];
      for (let at = 0, cut = 0; at < stream.length; cut++) {
        const end = at + sizes[cut % sizes.length]!;
        framing.push(Uint8Array.from(stream.subarray(at, end)));
        if (!takesLate) received.push(...takeAll(framing));
        at = end;
      }
      received.push(...takeAll(framing));
      expect(received).toEqual(sent);
      expect(framing.isEmpty).toBe(true);
    }),
  );
});

test("framing of the longest message, octet by octet, waits for its last octet", () => {
  const message = Uint8Array.from({ length: 65_535 }, (_, at) => at & 0xff);
  const stream = framed(message);
  const framing = new Framing();
  for (let at = 0; at < stream.length - 1; at++) framing.push(stream.subarray(at, at + 1));
  expect(framing.next()).toBeUndefined();
  framing.push(stream.subarray(-1));
  expect(Buffer.from(message).equals(framing.next()!)).toBe(true);
});
