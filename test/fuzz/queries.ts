import { nameOf, parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { MNEMONICS } from "../../src/dns/rdata-table.ts";
import { CORPUS } from "./corpus.ts";
import { crossOctets, mutateOctets } from "./mutate.ts";
import { octetsOfName, u16 } from "./octets.ts";
import type { Random } from "./random.ts";

const L63 = "l".repeat(63);

/** Names that exist, nearly exist, or go through every branch of a lookup in world.ts. */
export const NAMES = [
  ...[".", "test.", "example.", "z.test.", "ns.z.test.", "cAsE.kept.z.test.", "big.z.test.", "b.c.d.e.z.test."],
  ...["x.wild.z.test.", "a.b.wild.z.test.", "*.wild.z.test.", "wild.z.test.", "alias.z.test.", "loop1.z.test."],
  ...["away.z.test.", "nowhere.z.test.", "tree.z.test.", "ns.tree.z.test.", "web.tree.z.test.", "missing.z.test."],
  ...[`${L63}.long.z.test.`, "s.long.z.test.", "sub.z.test.", "deep.sub.z.test.", "ns.sub.z.test.", "child.z.test."],
  ...["ns.child.z.test.", "srv.z.test.", "svc.z.test.", "\\000\\.\\255.z.test.", "svc.test.", "ns.svc.test."],
  ...["one.svc.test.", "web.svc.test.", "crowd.svc.test.", "canary.web.svc.test.", "_http._tcp.web.svc.test."],
  ...["_web._tcp.svc.test.", "_web._udp.svc.test.", "i-7.i.web.svc.test.", "_why.i-0.i.web.svc.test."],
  ...["_status.web.svc.test.", "_config.web.svc.test.", "i.web.svc.test.", `${L63}.${L63}.${L63}.${"k".repeat(61)}.`],
].map((text) => parseName(text));

const TYPES = MNEMONICS.map(([, number]) => number);
const COMMON_TYPES = [TYPE.A, TYPE.AAAA, TYPE.SRV, TYPE.TXT, TYPE.PTR, TYPE.SOA, TYPE.NS, TYPE.SVCB, TYPE.DS, TYPE.ANY];
const OTHER_CLASSES = [0, 3, 254, 255];
const OTHER_OPCODES = [1, 2, 4, 5, 6, 15];
const UDP_OCTETS = [0, 511, 512, 513, 1231, 1232, 1233, 4096, 65_535];
const OPTIONS = [
  [], // none
  [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8], // a client cookie
  [0, 3, 0, 0], // NSID
  [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2], // client subnet
  [0, 12, 0, 3, 0, 0, 0], // padding
  [0, 10, 0, 9, 1], // an option that overruns
  [255, 255, 0, 0, 0, 11, 0, 2, 0, 100], // unknown, then keepalive
];

/** A request as a client sent it or might send it, and then as a broken or hostile one would. */
export function attackQuery(random: Random): Uint8Array {
  if (random.oneIn(2)) return Uint8Array.from(attackOf(random, CORPUS));
  const query = makeQuery(random);
  return Uint8Array.from(random.oneIn(3) ? mutateOctets(random, query, 4) : query);
}

/** One of these requests, or two made into one, after some accidents or none. */
export function attackOf(random: Random, corpus: readonly (readonly number[])[]): readonly number[] {
  const one = random.pick(corpus);
  if (random.oneIn(3)) return one;
  return mutateOctets(random, random.oneIn(6) ? crossOctets(random, one, random.pick(corpus)) : one, 4);
}

function makeQuery(random: Random): number[] {
  const additional = Array.from({ length: random.oneIn(12) ? random.pick([2, 3, 9]) : random.below(2) }, () =>
    additionalRecord(random),
  );
  const questions = random.oneIn(40) ? random.below(4) : 1;
  const opcode = random.oneIn(30) ? random.pick(OTHER_OPCODES) : 0;
  const flags = (opcode << 11) | (random.oneIn(4) ? random.below(0x800) : 0x100);
  const count = () => (random.oneIn(60) ? random.below(65_536) : 0);
  return [
    ...u16(random.below(65_536)),
    ...u16(random.oneIn(60) ? flags | 0x8000 : flags),
    ...u16(questions),
    ...u16(count()),
    ...u16(count()),
    ...u16(random.oneIn(60) ? random.below(65_536) : additional.length),
    ...Array.from({ length: questions }, () => question(random)).flat(),
    ...additional.flat(),
  ];
}

function question(random: Random): number[] {
  const type = random.oneIn(8) ? random.below(65_536) : random.pick(random.oneIn(2) ? TYPES : COMMON_TYPES);
  return [...owner(random), ...u16(type), ...u16(random.oneIn(30) ? random.pick(OTHER_CLASSES) : 1)];
}

function owner(random: Random): number[] {
  if (random.oneIn(50)) return [0xc0 | random.below(64), random.below(256)];
  const below = Array.from({ length: random.pick([0, 0, 0, 0, 1, 3]) }, () => "a".repeat(1 + random.below(63)));
  const name = octetsOfName(nameOf(below, random.pick(NAMES)));
  // Letters are the octets whose fifth bit is their case (RFC 4343); of others it makes another octet.
  return random.oneIn(2)
    ? name
    : name.map((octet) => (octet > 64 && octet < 123 && random.oneIn(3) ? octet ^ 32 : octet));
}

/** OPT, something like TSIG, or any record. */
function additionalRecord(random: Random): number[] {
  const options = random.pick(OPTIONS);
  switch (random.below(6)) {
    case 0:
      return [
        ...octetsOfName(parseName("key.test.")),
        ...u16(250),
        ...u16(255),
        0,
        0,
        0,
        0,
        ...u16(16),
        ...Array(16).fill(7),
      ];
    case 1:
      return [...owner(random), ...u16(random.pick(TYPES)), ...u16(1), 0, 0, 0, 60, ...u16(options.length), ...options];
    default: {
      const version = random.oneIn(10) ? random.below(256) : 0;
      const root = random.oneIn(30) ? owner(random) : [0];
      const flags = random.oneIn(2) ? 0x80 : 0;
      const head = [...root, 0, 41, ...u16(random.pick(UDP_OCTETS)), random.below(2), version, flags, 0];
      return [...head, ...u16(options.length), ...options];
    }
  }
}
