import { type Name, parseName } from "../../src/dns/name.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import type { Random } from "../fuzz/random.ts";
import { DATA_TYPES, type GeneratedZone } from "./generated-zone.ts";

export interface Query {
  readonly name: Name;
  readonly type: number;
}

/** ANY is not among them: NSD answers all RRsets, and we one (RFC 8482 §4.1). */
const QUERY_TYPES = [...DATA_TYPES, "NS", "SOA", "CNAME", "DNAME", "DS", "RRSIG", "NSEC", "TYPE65281"];
const FREQUENT_TYPES = ["A", "AAAA", "TXT", "SRV", "MX", "CNAME", "DS"];
/** Too long for a name that is long already; the query is then for the name without it. */
const LONG_PREFIX = `${"y".repeat(63)}.`.repeat(2);
const NAME_LENGTH_MAX = 250;

/** Queries for every kind of place: owners, empty non-terminals, at and below wildcards, cuts and DNAMEs, and nowhere. */
export function generateQueries(random: Random, zones: readonly GeneratedZone[], count: number): Query[] {
  return Array.from({ length: count }, () => {
    const name = parseName(mixedCase(random, generateName(random, random.pick(zones))));
    return { name, type: typeNumber(random.pick(random.oneIn(3) ? QUERY_TYPES : FREQUENT_TYPES))! };
  });
}

function generateName(random: Random, { origin, owners, turns }: GeneratedZone): string {
  const owner = random.pick(owners);
  const turn = random.pick(turns);
  switch (random.below(8)) {
    case 0:
    case 1:
      return owner;
    case 2:
      return parentOf(owner, origin);
    case 3:
      return turn;
    case 4:
      return `new.${turn}`;
    case 5:
      return prefixed(random.pick(["one.two.", "*.", "x.*.", LONG_PREFIX, "\\000.\\255."]), turn);
    case 6:
      return `none.${owner}`;
    default:
      return random.oneIn(4) ? `refused${random.below(9)}.example.` : `none${random.below(99)}.${origin}`;
  }
}

function prefixed(prefix: string, name: string): string {
  return prefix.length + name.length > NAME_LENGTH_MAX ? name : prefix + name;
}

/** The name without its leftmost label: often an empty non-terminal. The origin stays as it is. */
function parentOf(owner: string, origin: string): string {
  return owner === origin ? origin : owner.replace(/^(?:\\.|[^.\\])*\./, "");
}

/** Case as it might be, and as clients mix it to make forgery harder. */
function mixedCase(random: Random, name: string): string {
  return name.replace(/[a-z]/gi, (letter) => random.pick([letter, letter, letter.toUpperCase(), letter.toLowerCase()]));
}
