import { Framing } from "../../src/server/framing.ts";
import { CORPUS } from "./corpus.ts";
import { mutateOctets } from "./mutate.ts";
import { u16 } from "./octets.ts";
import type { Random } from "./random.ts";
import { must, type Target, withInput } from "./target.ts";

/** Anything that frames: what is pushed comes out as messages. */
export type Framer = Pick<Framing, "push" | "next" | "isEmpty">;

/** However the network cuts a stream, the same messages come out, as soon as they are whole, and stay as they were. */
export function streamTarget(makeFramer: () => Framer = () => new Framing()): Target {
  return {
    name: "streams",
    attack(random) {
      const messages = Array.from({ length: random.below(5) }, () => request(random));
      const cutOff = random.oneIn(2) ? [0xff, ...request(random)] : [];
      const stream = Uint8Array.from([...messages.flatMap((octets) => [...u16(octets.length), ...octets]), ...cutOff]);
      withInput(stream, () => {
        const framer = makeFramer();
        const got: { message: Uint8Array; copy: Uint8Array }[] = [];
        for (const chunk of cuts(random, stream)) {
          framer.push(chunk);
          // Some readers stop when they have enough and come back later.
          if (random.oneIn(3)) continue;
          take(framer, got);
        }
        take(framer, got);
        must(got.length === messages.length, `must cut ${messages.length} messages: got ${got.length}`);
        must(framer.isEmpty === (cutOff.length === 0), "must hold what is not whole, and no more");
        for (const [i, { message, copy }] of got.entries()) {
          must(Buffer.compare(copy, Uint8Array.from(messages[i]!)) === 0, `must cut message ${i} as it was sent`);
          must(Buffer.compare(copy, message) === 0, `must leave message ${i} as it is`);
        }
      });
    },
  };
}

function take(framer: Framer, got: { message: Uint8Array; copy: Uint8Array }[]): void {
  for (let message = framer.next(); message !== undefined; message = framer.next()) {
    got.push({ message, copy: message.slice() });
  }
}

function request(random: Random): readonly number[] {
  if (random.oneIn(10)) return [];
  return mutateOctets(random, random.pick(CORPUS), 2);
}

/** The stream in pieces, each in memory of its own: most of a few octets, or all in one. */
function* cuts(random: Random, stream: Uint8Array): Generator<Uint8Array> {
  const most = random.pick([1, 3, 40, 400, stream.length]);
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + random.below(most) + (random.oneIn(20) ? 0 : 1));
    yield stream.slice(at, end);
    at = end;
  }
}
