import type { Random } from "../fuzz/random.ts";

/** A zone of random data in which every case of RFC 1034 §4.3.2 occurs. */
export interface GeneratedZone {
  readonly origin: string;
  /** Master file. */
  readonly text: string;
  /** Every owner, absolute, in presentation form. */
  readonly owners: readonly string[];
  /** Names at which a wildcard, a zone cut or a DNAME decides what becomes of the names below. */
  readonly turns: readonly string[];
}

/** `sibling` is another zone of the same server, to which aliases lead. */
export function generateZone(random: Random, origin: string, sibling: string): GeneratedZone {
  const draft: Draft = { random, origin, sibling, records: new Map(), turns: [] };
  addApex(draft);
  for (let hosts = 60; hosts > 0; hosts--) addHost(draft);
  addWildcards(draft);
  addCuts(draft);
  addRedirections(draft);
  addAliases(draft);
  const lines = [...draft.records].flatMap(([owner, types]) =>
    [...types].flatMap(([type, { ttl, rdatas }]) => rdatas.map((rdata) => `${owner} ${ttl} ${type} ${rdata}\n`)),
  );
  return { origin, text: lines.join(""), owners: [...draft.records.keys()], turns: draft.turns };
}

interface Draft {
  readonly random: Random;
  readonly origin: string;
  readonly sibling: string;
  /** By owner and type, so that an RRset has one TTL (RFC 2181 §5.2). The SOA comes first. */
  readonly records: Map<string, Map<string, { ttl: number; rdatas: string[] }>>;
  readonly turns: string[];
}

/** Labels as they are found in the wild, and as the protocol allows them: any octet, any case, up to 63 of them. */
const LABELS = [
  ...["a", "b", "web", "Mixed-Case", "UPPER", "_tcp", "_http", "0", "xn--p1ai", "x".repeat(63)],
  ...["dot\\.inside", "\\000\\255", "sp\\032ace", 'quo\\"te', "\\@", "semi\\;colon", "back\\\\slash", "\\195\\188"],
];
const OUTSIDE = ["outside.example.", "Somewhere.Else.example."] as const;
/** Keeps a name, with what the queries put in front of it, mostly within 255 octets. */
const OWNER_LENGTH_MAX = 120;

/** RDATA by type, given a name for it to point to. */
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
/** Types that any name may own. */
export const DATA_TYPES = Object.keys(RDATA);

function addApex(draft: Draft): void {
  const { random, origin } = draft;
  const times = `${1 + random.below(9999)} 3600 600 86400 ${random.pick([30, 3600])}`;
  add(draft, origin, "SOA", `ns1.${origin} host\\.master.${origin} ${times}`, 900);
  for (const server of [`ns1.${origin}`, `NS2.${origin}`, OUTSIDE[0]]) add(draft, origin, "NS", server);
  for (const server of [`ns1.${origin}`, `ns2.${origin}`]) add(draft, server, "A", "192.0.2.53");
  addData(draft, origin);
}

/** Some labels below the apex or below what is there, so that empty non-terminals come about. */
function addHost(draft: Draft): void {
  const { random, origin } = draft;
  let owner = below(draft, random.oneIn(3) ? known(draft) : origin);
  for (let depth = random.below(3); depth > 0; depth--) owner = below(draft, owner);
  if (owner.length <= OWNER_LENGTH_MAX) addData(draft, owner);
}

function addWildcards(draft: Draft): void {
  const { origin } = draft;
  for (const parent of [known(draft), known(draft), `wild1.${origin}`, `Wild2.${origin}`, `deep.wild3.${origin}`]) {
    draft.turns.push(parent);
    addData(draft, `*.${parent}`);
  }
  // A name that shields those below it from the wildcard, and names below an asterisk, which is a label like any other.
  for (const owner of ["between.a.wild1", "below.*.wild1", "x.*.wild4", "a.*b.wild5"])
    addData(draft, `${owner}.${origin}`);
  draft.turns.push(`a.wild1.${origin}`, `wild4.${origin}`, `*.wild4.${origin}`);
  for (const [i, to] of [known(draft), `none.${origin}`, OUTSIDE[1], `loop.alias-wild3.${origin}`].entries()) {
    draft.turns.push(`alias-wild${i}.${origin}`);
    add(draft, `*.alias-wild${i}.${origin}`, "CNAME", to);
  }
}

/** Zone cuts with name servers in them, below them, beside them and far away, with glue and without, with DS and without. */
function addCuts(draft: Draft): void {
  const { random, origin } = draft;
  const inside = (cut: string) => [`ns.${cut}`, `NS.sub.${cut}`];
  const outside = [`ns1.${origin}`, `ns.cut0.${origin}`, OUTSIDE[0]];
  for (const [i, owner] of ["Cut0", "cut1", "cut2", "cut3", "cut4.deep.er"].entries()) {
    const cut = `${owner}.${origin}`;
    const servers = i === 3 ? outside : [...inside(cut), ...outside].slice(0, 1 + i);
    draft.turns.push(cut, ...inside(cut));
    for (const server of servers) add(draft, cut, "NS", server);
    if (i !== 3) for (const type of ["A", "AAAA"]) add(draft, `ns.${cut}`, type, RDATA[type]!(random, origin));
    if (i % 2 === 0) add(draft, cut, "DS", `${random.below(0xffff)} 13 2 ${"ab".repeat(32)}`);
  }
}

function addRedirections(draft: Draft): void {
  const { origin, sibling } = draft;
  const targets = [`wild1.${origin}`, sibling, OUTSIDE[0], `${"long-label-".repeat(5)}.${origin}`];
  for (const [i, to] of targets.entries()) {
    draft.turns.push(`dname${i}.${origin}`);
    add(draft, `dname${i}.${origin}`, "DNAME", to);
  }
  add(draft, `dname0.${origin}`, "TXT", '"beside a DNAME"');
}

/** CNAMEs to every kind of place, chains of them, and loops of one, two and three. */
function addAliases(draft: Draft): void {
  const { random, origin, sibling } = draft;
  const labels = ["none", "x.wild1", "*.wild1", "deep.er", "host.cut0", "cut1", "x.dname0", "x.dname1", "a.dname2"];
  const inZone = [...labels, "x.alias-wild0", "x.alias-wild1"].map((label) => `${label}.${origin}`);
  const elsewhere = [OUTSIDE[0], `ns1.${sibling}`, `none.${sibling}`, `x.wild1.${sibling}`];
  const targets = [origin, known(draft), known(draft), ...inZone, ...elsewhere];
  for (const [i, to] of targets.entries()) add(draft, `alias${i}.${origin}`, "CNAME", to);
  for (let i = 0; i < 12; i++) {
    const to = i % 3 === 2 ? `chain${i - 1}` : `alias${random.below(targets.length)}`;
    add(draft, `Chain${i}.${origin}`, "CNAME", `${to}.${origin}`);
  }
  for (const [from, to] of ["11", "23", "32", "45", "56", "64"]) {
    add(draft, `loop${from}.${origin}`, "CNAME", `loop${to}.${origin}`);
  }
}

/** A few RRsets of random types. */
function addData(draft: Draft, owner: string): void {
  const { random, origin } = draft;
  for (let types = 1 + random.below(4); types > 0; types--) {
    const type = random.pick(DATA_TYPES);
    for (let records = 1 + random.below(3); records > 0; records--) {
      const target = random.pick([known(draft), known(draft), below(draft, origin), ...OUTSIDE]);
      add(draft, owner, type, RDATA[type]!(random, target), 1 + random.below(86_400));
    }
  }
}

function add({ records }: Draft, owner: string, type: string, rdata: string, ttl = 300): void {
  const types = records.get(owner) ?? new Map<string, { ttl: number; rdatas: string[] }>();
  const rrset = types.get(type) ?? { ttl, rdatas: [] };
  records.set(owner, types.set(type, rrset));
  rrset.rdatas.push(rdata);
}

function known({ random, records }: Draft): string {
  return random.pick([...records.keys()]);
}

function below({ random }: Draft, parent: string): string {
  return `${random.pick(LABELS)}.${parent}`;
}
