import type { Random } from "../fuzz/random.ts";

const hex = (random: Random, octets: number) => random.below(256).toString(16).padStart(2, "0").repeat(octets);
const base64 = (random: Random, octets: number) => Buffer.alloc(octets, random.below(256)).toString("base64");

/** RDATA by type, in presentation form, given a name for it to point to: what every kind of field looks like at least once. */
export const RDATA: Readonly<Record<string, (random: Random, target: string) => string>> = {
  A: (random) => `192.0.2.${random.below(256)}`,
  AAAA: (random) => `2001:db8::${random.below(0xffff).toString(16)}`,
  TXT: (random) => `"${"v=Text ".repeat(random.below(20))}" "Second \\"string\\" ${random.below(100)}"`,
  MX: (random, target) => `${random.below(100)} ${target}`,
  SRV: (random, target) => `${random.below(3)} ${random.below(0xffff)} ${random.below(0xffff)} ${target}`,
  PTR: (_, target) => target,
  CAA: (random) => `0 issue "ca${random.below(9)}.Example"`,
  HINFO: (random) => `"cpu-${random.below(9)}" "OS"`,
  MINFO: (_, target) => `${target} ${target}`,
  RP: (_, target) => `${target} ${target}`,
  AFSDB: (random, target) => `${random.below(3)} ${target}`,
  NAPTR: (random, target) => `${random.below(9)} 1 "S" "SIP+D2U" "" ${target}`,
  KX: (random, target) => `${random.below(9)} ${target}`,
  CERT: (random) => `PKIX ${random.below(0xffff)} 8 ${base64(random, 30)}`,
  SSHFP: (random) => `1 1 ${hex(random, 20)}`,
  TLSA: (random) => `3 1 1 ${hex(random, 32)}`,
  SMIMEA: (random) => `3 1 1 ${hex(random, 32)}`,
  LOC: (random) => `${random.below(90)} 0 0.000 N 13 22 23.000 E 34.00m 1.00m 10000.00m 10.00m`,
  DHCID: (random) => base64(random, 35),
  OPENPGPKEY: (random) => base64(random, 60),
  SPF: (random) => `"v=spf1 ip4:192.0.2.${random.below(256)} -all"`,
  EUI48: (random) => `00-00-5e-00-53-${hex(random, 1)}`,
  EUI64: (random) => `00-00-5e-ef-10-00-00-${hex(random, 1)}`,
  NID: (random) => `${random.below(9)} 0014:4fff:ff20:${hex(random, 2)}`,
  L32: (random) => `${random.below(9)} 10.1.2.${random.below(256)}`,
  L64: (random) => `${random.below(9)} 2001:0db8:1140:${hex(random, 2)}`,
  LP: (random, target) => `${random.below(9)} ${target}`,
  SVCB: (random, target) =>
    `${random.below(9) === 0 ? `0 ${target}` : `1 ${target} alpn=h2 port=${1 + random.below(0xffff)}`}`,
  HTTPS: (random, target) => `${1 + random.below(9)} ${random.oneIn(3) ? "." : target}`,
  URI: (random) => `10 1 "https://Example/${random.below(9)}"`,
  TYPE731: (random) => `\\# 6 abcdef${hex(random, 3)}`,
  TYPE65280: (random) => `\\# 3 0a0b${hex(random, 1)}`,
};

/** Types that any name may own. */
export const DATA_TYPES = Object.keys(RDATA);
