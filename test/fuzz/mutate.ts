import type { Random } from "./random.ts";

/** Octets at which length fields, label types, signs and counts turn over. */
const EDGES = [0, 1, 2, 11, 12, 41, 63, 64, 65, 127, 128, 191, 192, 193, 250, 254, 255];

/** The octets after up to `most` small accidents: flips, cuts, doublings, foreign pieces. */
export function mutateOctets(random: Random, octets: readonly number[], most: number): number[] {
  const mutated = octets.slice();
  for (let n = random.below(most + 1); n > 0; n--) {
    const at = random.below(mutated.length + 1);
    const length = random.below(random.oneIn(4) ? 64 : 4) + 1;
    switch (random.below(7)) {
      case 0:
        if (at < mutated.length) mutated[at] = mutated[at]! ^ (1 << random.below(8));
        break;
      case 1:
        if (at < mutated.length) mutated[at] = random.pick(EDGES);
        break;
      case 2:
        mutated.splice(at, length);
        break;
      case 3:
        mutated.splice(at, 0, ...Array.from({ length }, () => random.below(256)));
        break;
      case 4:
        mutated.splice(at, 0, ...mutated.slice(at, at + length));
        break;
      case 5:
        mutated.length = at;
        break;
      default: {
        const from = random.below(mutated.length + 1);
        mutated.splice(at, length, ...mutated.slice(from, from + length));
      }
    }
  }
  return mutated;
}

/** The head of one and the tail of another, mostly cut at the same place. */
export function crossOctets(random: Random, head: readonly number[], tail: readonly number[]): number[] {
  const at = random.below(head.length + 1);
  return [...head.slice(0, at), ...tail.slice(random.oneIn(4) ? random.below(tail.length + 1) : at)];
}

/** What means something to a reader of master files, and what it should not take for something it knows. */
const SNIPPETS = [
  ...'()";\\@$.\n\t\r *=,:-\0é\ufeff',
  ...["\\000", "\\255", "\\256", "\\.", '"', "\\\n", "\r\n", " ( ", " ) ", "\\# 0", "\\# 4 01020304", "\\# 65536 00"],
  ...["$ORIGIN", "$TTL", "$INCLUDE x", "$GENERATE 1-2", "IN", "CH", "TYPE65535", "TYPE0", "4294967296", "-1", "1w2d"],
  ...["a".repeat(63), "a".repeat(64), `${"a.".repeat(127)}`, `${"a.".repeat(128)}`, "7".repeat(30), "::", "1.2.3.4"],
] as const;

/** The text after up to `most` small accidents. */
export function mutateText(random: Random, text: string, most: number): string {
  for (let n = random.below(most + 1); n > 0; n--) {
    const at = random.below(text.length + 1);
    const length = random.below(random.oneIn(4) ? 40 : 3) + 1;
    const from = random.below(text.length + 1);
    const insert = ["", random.pick(SNIPPETS), text.slice(from, from + length), String.fromCharCode(random.below(256))][
      random.below(4)
    ]!;
    text = text.slice(0, at) + insert + text.slice(random.oneIn(2) ? at : at + length);
  }
  return text;
}
