import { foldName, isAtOrBelow, type Name, parseName } from "../../src/dns/name.ts";
import { CLASS, OPCODE, TYPE } from "../../src/dns/numbers.ts";
import { CORPUS } from "./corpus.ts";
import { unsigned } from "./keys.ts";
import { mutateOctets } from "./mutate.ts";
import { octetsOfName, u16 } from "./octets.ts";
import { attackOf, NAMES } from "./queries.ts";
import type { Random } from "./random.ts";
import { laterKindOf } from "./subject.ts";
import { seedRdata } from "./texts.ts";

const UPDATES = CORPUS.map((octets) => Uint8Array.from(octets))
  .filter((request) => laterKindOf(request) === "update")
  .map((request) => [...unsigned(request)]);

const ZONES = ["z.test.", "Z.test.", "svc.test.", "child.z.test.", "other.test."].map((text) => parseName(text));
/** Names that nobody has yet, and those that somebody has. */
const NEW_NAMES = [
  "new.z.test.",
  "a.New.z.test.",
  "b.a.new.z.test.",
  "*.new.z.test.",
  "x.svc.test.",
  "x\\/y.z.test.",
].map((text) => parseName(text));
const DATA_TYPES = [
  ...[TYPE.A, TYPE.A, TYPE.A, TYPE.TXT, TYPE.TXT, TYPE.CNAME, TYPE.NS, TYPE.DNAME, TYPE.SRV, TYPE.MX],
  ...[TYPE.AAAA, TYPE.DS, TYPE.SOA, 731],
];
const OTHER_TYPES = [TYPE.ANY, TYPE.OPT, TYPE.TSIG, TYPE.AXFR, TYPE.RRSIG, 0];

/** An update as a client sent it or might send it, sound for the most part. */
export function updateRequest(random: Random): readonly number[] {
  if (random.oneIn(4)) return attackOf(random, UPDATES);
  const zone = random.oneIn(3) ? random.pick(ZONES) : ZONES[0]!;
  const records = (count: number, isPrerequisite: boolean) =>
    Array.from({ length: count }, () => record(random, foldName(zone), isPrerequisite));
  const prerequisites = records(random.oneIn(3) ? random.below(3) : 0, true);
  const updates = records(1 + random.below(4), false);
  const counts = [1, prerequisites.length, updates.length, 0].flatMap(u16);
  const head = [
    ...u16(random.below(65_536)),
    OPCODE.UPDATE << 3,
    0,
    ...counts,
    ...octetsOfName(zone),
    ...u16(TYPE.SOA),
    0,
    CLASS.IN,
  ];
  const request = [...head, ...prerequisites.flat(), ...updates.flat()];
  return random.oneIn(6) ? mutateOctets(random, request, 3) : request;
}

/** A record that says something in its section, for the most part. */
function record(random: Random, zone: Name, isPrerequisite: boolean): number[] {
  const recordClass = random.oneIn(30) ? CLASS.CH : random.pick([CLASS.IN, CLASS.IN, CLASS.ANY, CLASS.NONE]);
  const isBare = recordClass === CLASS.ANY || (isPrerequisite && recordClass === CLASS.NONE);
  const type = random.oneIn(30)
    ? random.pick(OTHER_TYPES)
    : random.pick(isBare ? [...DATA_TYPES, TYPE.ANY] : DATA_TYPES);
  const rdata = isBare !== random.oneIn(30) ? [] : seedRdata(random, type);
  const isTimed = recordClass === CLASS.IN && !isPrerequisite;
  const ttl = isTimed !== random.oneIn(30) ? random.pick([0, 60, 61, 2 ** 31]) : 0;
  const names = random.oneIn(3) ? NAMES : NEW_NAMES;
  const owner = random.pick(random.oneIn(20) ? names : names.filter((name) => isAtOrBelow(name, zone)));
  const head = [type, recordClass, ttl >>> 16, ttl & 0xffff, rdata.length].flatMap(u16);
  return [...octetsOfName(owner ?? zone), ...head, ...rdata];
}
