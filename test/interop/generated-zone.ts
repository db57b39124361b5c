import type { Random } from "../fuzz/random.ts";
import {
  add,
  addData,
  at,
  below,
  type Draft,
  finish,
  type GeneratedZone,
  known,
  OUTSIDE,
  under,
} from "./generated-draft.ts";
import { RDATA } from "./generated-rdata.ts";

/**
 * A zone in which every case of RFC 1034 §4.3.2 occurs. `sibling` is another zone of the same server, to which aliases
 * lead; `children` are those delegated to the server itself.
 */
export function generateZone(
  random: Random,
  origin: string,
  sibling: string,
  children: readonly string[] = [],
): GeneratedZone {
  const draft: Draft = { random, origin, sibling, records: new Map(), turns: [] };
  addApex(draft);
  for (let hosts = 60; hosts > 0; hosts--) addHost(draft);
  addWildcards(draft);
  addCuts(draft);
  for (const child of children) addChild(draft, child);
  addRedirections(draft);
  addAliases(draft);
  addLargeRRsets(draft);
  return finish(draft);
}

/** A zone that is nothing but an apex and a DNAME there (RFC 6672 §2.3). */
export function generateRedirection(random: Random, origin: string, to: string): GeneratedZone {
  const draft: Draft = { random, origin, sibling: to, records: new Map(), turns: [origin] };
  add(draft, origin, "SOA", `ns1.${to} host.${to} 1 3600 600 86400 30`);
  add(draft, origin, "NS", `ns1.${to}`);
  add(draft, origin, "DNAME", to);
  addData(draft, origin);
  return finish(draft);
}

/** Keeps a name, with what the queries put in front of it, mostly within 255 octets. */
const OWNER_LENGTH_MAX = 120;

function addApex(draft: Draft): void {
  const { random, origin } = draft;
  const times = `${1 + random.below(9999)} 3600 600 86400 ${random.pick([30, 3600])}`;
  add(draft, origin, "SOA", `${at(draft, "ns1")} ${at(draft, "host\\.master")} ${times}`, 900);
  for (const server of [at(draft, "ns1"), at(draft, "NS2"), OUTSIDE[0]]) add(draft, origin, "NS", server);
  for (const server of ["ns1", "ns2"]) add(draft, at(draft, server), "A", "192.0.2.53");
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
  const parents = ["wild1", "Wild2", "deep.wild3", "wild5"].map((label) => at(draft, label));
  for (const parent of [known(draft), known(draft), ...parents]) {
    draft.turns.push(parent);
    addData(draft, under("*", parent));
  }
  // A name that shields those below it from the wildcard, and names below an asterisk, which is a label like any other.
  for (const owner of ["between.a.wild1", "below.*.wild1", "x.*.wild4", "a.*b.wild5", "*.*.wild5", "\\*.wild6"])
    addData(draft, at(draft, owner));
  // What these mean is not defined (RFC 4592 §4.2, §4.4), but something must be answered.
  for (const server of ["ns1", "ns.sub.wild-cut"]) add(draft, at(draft, "*.wild-cut"), "NS", at(draft, server));
  add(draft, at(draft, "*.wild-dname"), "DNAME", at(draft, "wild1"));
  for (const turn of ["a.wild1", "wild4", "*.wild4", "wild6", "*.wild5", "wild-cut", "*.wild-cut", "wild-dname"])
    draft.turns.push(at(draft, turn));
  const aliases = [
    known(draft),
    at(draft, "none"),
    OUTSIDE[1],
    at(draft, "loop.alias-wild3"),
    at(draft, "x.alias-wild0"),
  ];
  for (const [i, to] of aliases.entries()) {
    draft.turns.push(at(draft, `alias-wild${i}`));
    add(draft, at(draft, `*.alias-wild${i}`), "CNAME", to);
  }
}

/**
 * Zone cuts with name servers in them, below them, beside them and far away, with glue and without, with DS and without,
 * beside a wildcard and below one, with data that they occlude.
 */
function addCuts(draft: Draft): void {
  const { random } = draft;
  const owners = ["Cut0", "cut1", "cut2", "cut3", "cut4.deep.er", "cut5.wild1", "cut6.*.wild1", "cut7.cut1"];
  for (const [i, owner] of owners.entries()) {
    const cut = at(draft, owner);
    const inside = [`ns.${cut}`, `NS.sub.${cut}`];
    const outside = [at(draft, "ns1"), at(draft, "ns.cut0"), at(draft, "ns.sub.cut1"), OUTSIDE[0]];
    const servers = i === 3 ? outside : [...inside, ...outside].slice(0, 1 + i);
    draft.turns.push(cut, ...inside);
    for (const server of servers) add(draft, cut, "NS", server);
    if (i !== 3) for (const type of ["A", "AAAA"]) add(draft, `ns.${cut}`, type, RDATA[type]!(random, cut));
    if (i === 2) add(draft, `ns.sub.${cut}`, "A", "192.0.2.77");
    if (i % 2 === 0) add(draft, cut, "DS", `${random.below(0xffff)} 13 2 ${"ab".repeat(32)}`);
    if (i > 3) for (const label of ["host", "*", "deep.er"]) addData(draft, `${label}.${cut}`);
  }
}

/** A zone below this one that the same server has, with glue as it is seen from here. */
function addChild(draft: Draft, child: string): void {
  draft.turns.push(child);
  for (const server of [`ns1.${child}`, `only.glue.${child}`, at(draft, "ns1")]) add(draft, child, "NS", server);
  add(draft, `only.glue.${child}`, "A", "192.0.2.99");
  add(draft, at(draft, "beside-children"), "NS", `only.glue.${child}`);
  add(draft, child, "DS", `${draft.random.below(0xffff)} 13 2 ${"cd".repeat(32)}`);
}

/** DNAMEs to every kind of place: a chain and a loop of them, one that makes names too long, and one beside a wildcard. */
function addRedirections(draft: Draft): void {
  const { origin, sibling } = draft;
  const inZone = [`${"long-label-".repeat(5)}.`.repeat(3), "dname1.", "x.dname6.", "dname5.", "none.", ""];
  const targets = [at(draft, "wild1"), sibling, OUTSIDE[0], ...inZone.map((label) => `${label}${origin}`)];
  for (const [i, to] of targets.entries()) {
    draft.turns.push(at(draft, `dname${i}`));
    add(draft, at(draft, `dname${i}`), "DNAME", to.replace(/\.\.$/, "."));
  }
  add(draft, at(draft, "dname0"), "TXT", '"beside a DNAME"');
  add(draft, at(draft, "dn.wild2"), "DNAME", at(draft, "wild1"));
  draft.turns.push(at(draft, "dn.wild2"));
}

/** CNAMEs to every kind of place, chains of them, and loops of one, two and three, of which two lead through the sibling. */
function addAliases(draft: Draft): void {
  const { random, origin, sibling } = draft;
  const labels = ["none", "x.wild1", "*.wild1", "deep.er", "host.cut0", "cut1", "x.dname0", "x.dname1", "a.dname2"];
  const inZone = [...labels, "x.alias-wild0", "x.alias-wild1", "x.dname4"].map((label) => at(draft, label));
  const elsewhere = [OUTSIDE[0], under("ns1", sibling), under("none", sibling), under("x.wild1", sibling)];
  const targets = [origin, known(draft), known(draft), ...inZone, ...elsewhere, under("across", sibling)];
  for (const [i, to] of targets.entries()) add(draft, at(draft, `alias${i}`), "CNAME", to);
  for (let i = 0; i < 12; i++) {
    const to = i % 3 === 2 ? `chain${i - 1}` : `alias${random.below(targets.length)}`;
    add(draft, at(draft, `Chain${i}`), "CNAME", at(draft, to));
  }
  for (const [from, to] of ["11", "23", "32", "45", "56", "64"])
    add(draft, at(draft, `loop${from}`), "CNAME", at(draft, `loop${to}`));
  add(draft, at(draft, "across"), "CNAME", under("across", sibling));
}

/** RRsets and referrals that fit in no datagram, or only without their addresses. */
function addLargeRRsets(draft: Draft): void {
  const { random } = draft;
  const hosts = Array.from({ length: 24 }, (_, i) => at(draft, `host${i}.large`));
  for (const host of hosts) for (const type of ["A", "AAAA"]) add(draft, host, type, RDATA[type]!(random, host));
  for (const type of ["A", "TXT", "MX", "SRV"]) {
    for (const [i, host] of hosts.entries())
      add(draft, at(draft, "large"), type, type === "A" ? `192.0.2.${i}` : RDATA[type]!(random, host));
  }
  for (const [i, host] of hosts.slice(0, 8).entries()) add(draft, at(draft, "medium"), "MX", `${i} ${host}`);
  for (const servers of [4, 13, 20]) {
    const cut = at(draft, `large-cut${servers}`);
    draft.turns.push(cut);
    for (let i = 0; i < servers; i++) {
      const server = i % 4 === 3 ? hosts[i]! : `ns${i}.${cut}`;
      add(draft, cut, "NS", server);
      if (server !== hosts[i]) for (const type of ["A", "AAAA"]) add(draft, server, type, RDATA[type]!(random, cut));
    }
  }
}
