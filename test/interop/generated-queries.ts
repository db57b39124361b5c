import { type Name, parseName } from "../../src/dns/name.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import { type GeneratedZone, TYPES } from "./generated-zone.ts";
import type { Random } from "./random.ts";

export interface Query {
  readonly name: Name;
  readonly type: number;
}

const QUERY_TYPES = [...TYPES, "NS", "SOA", "CNAME", "DNAME", "DS", "RRSIG", "NSEC", "TYPE65281"];

/** Queries that meet each zone at every kind of place: owners, empty non-terminals, below wildcards, cuts and DNAMEs, nowhere. */
export function generateQueries(random: Random, zones: readonly GeneratedZone[], count: number): Query[] {
  return Array.from({ length: count }, () => {
    const name = parseName(mixedCase(random, generateName(random, random.pick(zones))));
    return { name, type: typeNumber(random.oneIn(3) ? random.pick(QUERY_TYPES) : random.pick(["A", "TXT", "SRV", "MX", "DS"]))! };
  });
}

function generateName(random: Random, { origin, owners, turns }: GeneratedZone): string {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.pick(owners);
    case 2: // an empty non-terminal, or an owner
      return parentOf(random.pick(owners), origin);
    case 3:
      return random.pick(turns);
    case 4:
      return `new.${random.pick(turns)}`;
    case 5:
      return `${random.pick(["one.two.", "*.", `${"y".repeat(63)}.`.repeat(3), "\\000.\\255."])}${random.pick(turns)}`;
    case 6:
      return `none.${random.pick(owners)}`;
    default:
      return random.oneIn(4) ? `refused.${random.below(9)}.example.` : `none${random.below(99)}.${origin}`;
  }
}

/** Without the leftmost label; the origin stays as it is. */
function parentOf(owner: string, origin: string): string {
  return owner === origin ? origin : owner.replace(/^(?:\\.|[^.\\])*\./, "");
}

function mixedCase(random: Random, name: string): string {
  return name.replace(/[a-z]/gi, (letter) => (random.oneIn(4) ? letter.toUpperCase() : random.oneIn(4) ? letter.toLowerCase() : letter));
}
