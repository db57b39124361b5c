import { type Name, parseName } from "../../src/dns/name.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import type { Random } from "../fuzz/random.ts";
import { type GeneratedZone, under } from "./generated-draft.ts";
import { DATA_TYPES } from "./generated-rdata.ts";

export interface Query {
  readonly name: Name;
  readonly type: number;
  /** IN when absent. */
  readonly class?: number;
  /** UDP when absent. */
  readonly protocol?: "udp" | "tcp";
  readonly flags?: readonly ("rd" | "ad" | "cd")[];
  /** Absent: no OPT. */
  readonly edns?: QueryEdns;
}

export interface QueryEdns {
  readonly version: number;
  readonly udpOctets: number;
  readonly dnssecOk: boolean;
  /** Code and data, in octets. */
  readonly options: readonly { readonly code: number; readonly data: string }[];
}

const QUERY_TYPES = [...DATA_TYPES, "NS", "SOA", "CNAME", "DNAME", "DS", "RRSIG", "NSEC", "DNSKEY", "TYPE65281", "ANY"];
const FREQUENT_TYPES = ["A", "AAAA", "TXT", "SRV", "MX", "CNAME", "DS", "NS"];
/** Numbers that are no types of data (RFC 6895 §3.1), but for the transfers. */
const META_TYPES = [0, 41, 128, 249, 250, 253, 254];
/** Besides IN, which is not said: CH, HS, NONE, ANY and one that is none. */
const CLASSES = [3, 4, 254, 255, 731];
/** Too long for a name that is long already; the query is then for the name without it. */
const LONG_PREFIX = `${"y".repeat(63)}.${"z".repeat(63)}`;
const NAME_LENGTH_MAX = 250;
const UDP_OCTETS = [0, 512, 513, 1232, 1232, 1232, 4096, 65_535];
/** NSID, client subnet, cookie, keepalive of a client, padding, and one that nobody knows. */
const OPTIONS = [
  { code: 3, data: "" },
  { code: 8, data: "\0\x01\x18\0\xc0\0\x02" },
  { code: 12, data: "\0".repeat(7) },
  { code: 65_001, data: "odd" },
  { code: 65_002, data: "" },
];

/** Queries for every kind of place: owners, empty non-terminals, at and below wildcards, cuts and DNAMEs, and nowhere. */
export function generateQueries(random: Random, zones: readonly GeneratedZone[], count: number): Query[] {
  return Array.from({ length: count }, () => {
    const name = parseName(mixedCase(random, generateName(random, random.pick(zones))));
    const edns = random.oneIn(4) ? undefined : generateEdns(random);
    return {
      name,
      type: random.oneIn(50)
        ? random.pick(META_TYPES)
        : typeNumber(random.pick(random.oneIn(3) ? QUERY_TYPES : FREQUENT_TYPES))!,
      ...(random.oneIn(50) && { class: random.pick(CLASSES) }),
      protocol: random.oneIn(5) ? "tcp" : "udp",
      flags: (["rd", "ad", "cd"] as const).filter(() => random.oneIn(4)),
      ...(edns && { edns }),
    };
  });
}

function generateEdns(random: Random): QueryEdns {
  return {
    version: random.oneIn(50) ? 1 + random.below(255) : 0,
    udpOctets: random.pick(UDP_OCTETS),
    dnssecOk: random.oneIn(3),
    options: random.oneIn(5) ? [random.pick(OPTIONS)] : [],
  };
}

function generateName(random: Random, { origin, owners, turns }: GeneratedZone): string {
  const owner = random.pick(owners);
  const turn = random.pick(turns);
  switch (random.below(10)) {
    case 0:
    case 1:
      return owner;
    case 2:
      return parentOf(owner, origin);
    case 3:
      return turn;
    case 4:
      return under("new", turn);
    case 5:
      return prefixed(random.pick(["one.two", "*", "x.*", "*.*", LONG_PREFIX, "\\000.\\255", "\\*"]), turn);
    case 6:
      return under("none", owner);
    case 7:
      return random.pick([origin, under("ns1", turn), under("x.y.ns1", turn), under("*", owner)]);
    case 8:
      return random.pick([".", "test.", "nest.", "en.test.", "xgen.test.", `refused${random.below(9)}.example.`]);
    default:
      return under(`none${random.below(99)}`, origin);
  }
}

function prefixed(prefix: string, name: string): string {
  return prefix.length + name.length > NAME_LENGTH_MAX ? name : under(prefix, name);
}

/** The name without its leftmost label: often an empty non-terminal. The origin stays as it is. */
function parentOf(owner: string, origin: string): string {
  return owner === origin ? origin : owner.replace(/^(?:\\.|[^.\\])*\./, "") || ".";
}

/** Case as it might be, and as clients mix it to make forgery harder. */
function mixedCase(random: Random, name: string): string {
  return name.replace(/[a-z]/gi, (letter) => random.pick([letter, letter, letter.toUpperCase(), letter.toLowerCase()]));
}
