import type { Random } from "./random.ts";

/** A zone of random data in which every case of RFC 1034 §4.3.2 occurs, and what to ask about it. */
export interface GeneratedZone {
  readonly origin: string;
  /** Master file. */
  readonly text: string;
  /** Every owner, absolute, in presentation form. */
  readonly owners: readonly string[];
  /** Names at which wildcards, zone cuts and DNAMEs make a difference to what is below. */
  readonly turns: readonly string[];
}

/** Labels as they are found in the wild, and as the protocol allows them: any octet, any case, up to 63 of them. */
const LABELS = [
  ...["a", "b", "web", "Mixed-Case", "UPPER", "_tcp", "_http", "0", "xn--p1ai", "x".repeat(63)],
  ...["dot\\.inside", "\\000\\255", "sp\\032ace", "quo\\\"te", "\\@", "semi\\;colon", "back\\\\slash", "\\195\\188"],
];
const OUTSIDE = ["outside.example.", "Somewhere.Else.example."];

/** What a name may own beside other types: RDATA by type, given a name of the zone. */
const RDATA: Readonly<Record<string, (random: Random, target: string) => string>> = {
  A: (random) => `192.0.2.${random.below(256)}`,
  AAAA: (random) => `2001:db8::${random.below(0xffff).toString(16)}`,
  TXT: (random) => `"${"v=Text ".repeat(random.below(20))}" "Second \\"string\\" ${random.below(100)}"`,
  MX: (random, target) => `${random.below(100)} ${target}`,
  SRV: (random, target) => `${random.below(3)} ${random.below(0xffff)} ${random.below(0xffff)} ${target}`,
  PTR: (_, target) => target,
  CAA: (random) => `0 issue "ca${random.below(9)}.Example"`,
  HINFO: (random) => `"cpu-${random.below(9)}" "OS"`,
  NAPTR: (random, target) => `${random.below(9)} 1 "S" "SIP+D2U" "" ${target}`,
  SSHFP: (random) => `1 1 ${random.below(256).toString(16).padStart(2, "0").repeat(20)}`,
  TLSA: (random) => `3 1 1 ${random.below(256).toString(16).padStart(2, "0").repeat(32)}`,
  LOC: (random) => `${random.below(90)} 0 0.000 N 13 22 23.000 E 34.00m 1.00m 10000.00m 10.00m`,
  SVCB: (random, target) => `${1 + random.below(9)} ${target} alpn=h2 port=${1 + random.below(0xffff)}`,
  HTTPS: (random, target) => `${1 + random.below(9)} ${target}`,
  URI: (random) => `10 1 "https://Example/${random.below(9)}"`,
  TYPE65280: (random) => `\\# 3 0a0b${random.below(256).toString(16).padStart(2, "0")}`,
};
export const TYPES = Object.keys(RDATA);

export function generateZone(random: Random, origin: string, sibling: string): GeneratedZone {
  const lines = [
    `$ORIGIN ${origin}`,
    "$TTL 300",
    `@ 900 SOA ns1.${origin} host\\.master.${origin} ${1 + random.below(9999)} 3600 600 86400 ${random.pick([30, 3600])}`,
  ];
  const owners = new Set<string>([origin]);
  const turns: string[] = [];
  const add = (owner: string, type: string, rdata: string, ttl = 300) => {
    owners.add(owner);
    lines.push(`${owner} ${ttl} ${type} ${rdata}`);
  };
  const nameBelow = (parent: string) => `${random.pick(LABELS)}.${parent}`;
  const known = () => random.pick([...owners]);
  const target = () => random.pick([known(), known(), nameBelow(origin), ...OUTSIDE]);
  const addData = (owner: string) => {
    for (let types = 1 + random.below(4); types > 0; types--) {
      const [type, ttl] = [random.pick(TYPES), 1 + random.below(86_400)];
      // Once only: a second lot under another TTL would not be one RRset (RFC 2181 §5.2).
      if (lines.some((line) => line.startsWith(`${owner} `) && line.split(" ")[2] === type)) continue;
      for (let records = 1 + random.below(3); records > 0; records--) add(owner, type, RDATA[type]!(random, target()), ttl);
    }
  };

  for (const server of [`ns1.${origin}`, `NS2.${origin}`, OUTSIDE[0]!]) add(origin, "NS", server);
  for (const server of [`ns1.${origin}`, `ns2.${origin}`]) add(server, "A", RDATA["A"]!(random, origin));
  for (let hosts = 60; hosts > 0; hosts--) {
    let owner = nameBelow(random.oneIn(3) ? known() : origin);
    for (let depth = random.below(3); depth > 0 && owner.length < 120; depth--) owner = nameBelow(owner);
    if (owner.length < 160) addData(owner);
  }
  addWildcards();
  addCuts();
  addRedirections();
  addAliases();
  return { origin, text: `${lines.join("\n")}\n`, owners: [...owners], turns };

  function addWildcards(): void {
    for (const parent of [known(), known(), `wild1.${origin}`, `Wild2.${origin}`, `deep.wild3.${origin}`]) {
      turns.push(parent);
      addData(`*.${parent}`);
    }
    // A wildcard with names below it, one that is an empty non-terminal, and an asterisk that is no wildcard.
    for (const owner of [`below.*.wild1.${origin}`, `x.*.wild4.${origin}`, `a.*b.wild5.${origin}`]) addData(owner);
    addData(`between.a.wild1.${origin}`);
    turns.push(`wild4.${origin}`, `*.wild4.${origin}`, `a.wild1.${origin}`);
    for (const [i, to] of [known(), `none.${origin}`, OUTSIDE[1]!, `loop.alias-wild3.${origin}`].entries()) {
      turns.push(`alias-wild${i}.${origin}`);
      add(`*.alias-wild${i}.${origin}`, "CNAME", to);
    }
  }

  function addCuts(): void {
    for (let i = 0; i < 5; i++) {
      const cut = i === 4 ? `cut4.deep.er.${origin}` : `Cut${i}.${origin}`;
      turns.push(cut, `ns.${cut}`);
      const servers = [`ns.${cut}`, `NS.sub.${cut}`, `ns1.${origin}`, `ns.cut${(i + 1) % 4}.${origin}`, OUTSIDE[0]!];
      for (const server of servers.slice(i === 3 ? 4 : 0, i === 3 ? 5 : 1 + i + random.below(2))) add(cut, "NS", server);
      if (i !== 3) for (const type of ["A", "AAAA"]) add(`ns.${cut}`, type, RDATA[type]!(random, origin));
      if (i % 2 === 0) add(cut, "DS", `${random.below(0xffff)} 13 2 ${"ab".repeat(32)}`);
    }
  }

  function addRedirections(): void {
    for (const [i, to] of [`wild1.${origin}`, sibling, OUTSIDE[0]!, `${"long-label-".repeat(5)}.${origin}`].entries()) {
      turns.push(`dname${i}.${origin}`);
      add(`dname${i}.${origin}`, "DNAME", to);
      if (i === 0) add(`dname0.${origin}`, "TXT", '"beside a DNAME"');
    }
  }

  function addAliases(): void {
    const alias = (i: number) => `alias${i}.${origin}`;
    const inZone = [known(), `none.${origin}`, `x.wild1.${origin}`, `*.wild1.${origin}`, `deep.er.${origin}`, origin];
    const turned = [`host.cut0.${origin}`, `cut1.${origin}`, `x.dname0.${origin}`, `x.dname1.${origin}`, `a.dname2.${origin}`];
    const elsewhere = [OUTSIDE[0]!, `ns1.${sibling}`, `none.${sibling}`, `x.wild1.${sibling}`];
    const targets = [...inZone, ...turned, ...elsewhere, `x.alias-wild0.${origin}`, `x.alias-wild1.${origin}`];
    for (const [i, to] of targets.entries()) add(alias(i), "CNAME", to);
    // Chains onto all that, then loops of one, two and three.
    for (let i = 0; i < 12; i++) add(`Chain${i}.${origin}`, "CNAME", i % 3 === 2 ? `chain${i - 1}.${origin}` : alias(random.below(targets.length)));
    for (const [from, to] of ["11", "23", "32", "45", "56", "64"]) add(`loop${from}.${origin}`, "CNAME", `loop${to}.${origin}`);
  }
}
