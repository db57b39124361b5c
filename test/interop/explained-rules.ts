import type { MessageRecord } from "../../src/dns/message.ts";
import { foldName, isAtOrBelow, labelsOf, type Name, parentOf } from "../../src/dns/name.ts";
import { CLASS, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { isGlue, limitOf, originOf } from "./explained-additional.ts";
import type { Query } from "./generated-queries.ts";
import { type Aspect, type Exchange, type Response, recordText } from "./same-answer.ts";

/** A difference that is meant, and why. */
interface Rule {
  readonly name: string;
  /** What it accounts for, where `holds`. */
  readonly aspects: readonly Aspect[];
  readonly holds: (exchange: Exchange, origins: readonly Name[]) => boolean;
}

const SECTIONS = ["answer", "authority", "additional"] as const;
/** Numbers that are types of questions or of messages only, and no types of data. */
const META_TYPES: Readonly<Record<number, number>> = {
  0: RCODE.FORMERR,
  [TYPE.OPT]: RCODE.FORMERR,
  [TYPE.NXNAME]: RCODE.FORMERR,
  249: RCODE.NOTIMP,
  [TYPE.TSIG]: RCODE.NOTIMP,
  253: RCODE.NOTIMP,
  254: RCODE.NOTIMP,
};
/** CNAMEs in an answer after which Knot leaves the rest of the chain to the client. */
const KNOT_CHAIN_MAX = 5;
/** NSD does so after some forty, at another one in each chain. */
const NSD_CHAIN_MIN = 32;
/** Octets by which a response grows at most when names that differ in case are not taken for one another. */
const CASE_OCTETS_MAX = 64;

/** Those of test/README.md, in the order in which they are tried. */
export const RULES: readonly Rule[] = [
  {
    name: "class-any",
    aspects: ["rcode", "flags", ...SECTIONS],
    holds: ({ query, ours }) => query.class === CLASS.ANY && isBare(ours, RCODE.REFUSED),
  },
  {
    name: "meta-type",
    aspects: ["rcode", "flags", ...SECTIONS],
    holds: ({ query, ours }) =>
      query.type in META_TYPES && isBare(ours, query.class === undefined ? META_TYPES[query.type]! : RCODE.REFUSED),
  },
  {
    name: "question-left-out",
    aspects: ["question"],
    holds: ({ server, theirs }) => server === "NSD" && theirs.questions.length === 0 && theirs.rcode === RCODE.REFUSED,
  },
  {
    name: "any-one-rrset",
    aspects: ["answer", "additional"],
    holds: isOneRRset,
  },
  {
    name: "chain-into-other-zone",
    aspects: ["rcode", "flags", ...SECTIONS],
    holds: ({ server, theirs, ours }, origins) => {
      const last = aliasesOf(theirs).at(-1);
      if (server !== "Knot" || last === undefined || !isBeginning(theirs, ours)) return false;
      const [from, to] = [originOf(last.owner, origins), originOf(last.rdata, origins)];
      return to !== undefined && from !== to && theirs.authority.every(({ owner }) => foldName(owner) === to);
    },
  },
  {
    name: "chain-length",
    aspects: ["rcode", "flags", ...SECTIONS],
    holds: ({ server, theirs, ours }) =>
      isBeginning(theirs, ours) && aliasesOf(theirs).length >= (server === "Knot" ? KNOT_CHAIN_MAX : NSD_CHAIN_MIN),
  },
  {
    name: "rcode-of-truncated-chain",
    aspects: ["rcode"],
    holds: ({ theirs, ours }) =>
      theirs.flags.has("tc") &&
      ours.flags.has("tc") &&
      aliasesOf(ours).length > 0 &&
      [theirs.rcode, ours.rcode].includes(RCODE.NOERROR),
  },
  {
    name: "ds-behind-alias",
    aspects: ["answer", "authority"],
    holds: ({ server, query, ours }, origins) =>
      server === "Knot" &&
      query.type === TYPE.DS &&
      aliasesOf(ours).length > 0 &&
      origins.includes(finalName(query, ours)),
  },
  {
    name: "dnssec-type-at-alias",
    aspects: ["rcode", ...SECTIONS],
    holds: ({ server, query, theirs, ours }) =>
      server === "Knot" &&
      (query.type === TYPE.NSEC || query.type === TYPE.RRSIG) &&
      theirs.authority[0]?.type === TYPE.SOA &&
      aliasesOf(theirs).length < aliasesOf(ours).length,
  },
  {
    name: "yxdomain",
    aspects: ["rcode", "authority"],
    holds: ({ server, theirs, ours }) =>
      server === "Knot" && theirs.authority[0]?.type === TYPE.SOA && ours.rcode === RCODE.YXDOMAIN,
  },
  {
    name: "nsd-error",
    aspects: ["flags", "edns"],
    holds: ({ server, query, theirs, ours }) =>
      server === "NSD" &&
      isBare(theirs, RCODE.BADVERS) &&
      isBare(ours, RCODE.BADVERS) &&
      theirs.flags.has("cd") === (query.flags ?? []).includes("cd") &&
      theirs.edns?.dnssecOk === false,
  },
  {
    name: "in-domain-glue",
    aspects: ["flags", "additional"],
    holds: ({ server, theirs, ours, retried }) =>
      server === "NSD" &&
      !theirs.flags.has("tc") &&
      ours.flags.has("tc") &&
      retried !== undefined &&
      glueOf(retried.ours).length > glueOf(theirs).length,
  },
  {
    name: "case-kept",
    aspects: ["flags", ...SECTIONS],
    holds: ({ query, theirs, ours, retried }) =>
      foldName(query.name) !== query.name &&
      ours.flags.has("tc") &&
      !theirs.flags.has("tc") &&
      theirs.octets + CASE_OCTETS_MAX > limitOf(query) &&
      retried !== undefined,
  },
  {
    name: "ds-below-other-cut",
    aspects: ["flags", "authority", "additional"],
    holds: ({ query, theirs, ours }, origins) =>
      query.type === TYPE.DS &&
      origins.includes(finalName(query, ours)) &&
      ours.authority[0]?.type === TYPE.SOA &&
      foldName(ours.authority[0].owner) === finalName(query, ours) &&
      theirs.authority[0]?.type === TYPE.NS &&
      isAtOrBelow(parentOf(finalName(query, ours)), foldName(theirs.authority[0].owner)),
  },
  {
    name: "glue-makes-no-name",
    aspects: ["rcode", "answer", "authority"],
    holds: ({ server, query, theirs, ours }) =>
      server === "NSD" &&
      labelsOf(finalName(query, ours)).includes("glue") &&
      theirs.answer.length === aliasesOf(theirs).length &&
      theirs.authority[0]?.type === TYPE.SOA,
  },
  {
    name: "undefined-at-wildcard",
    aspects: ["rcode", "flags", ...SECTIONS],
    holds: ({ server, query }) =>
      server === "Knot" &&
      labelsOf(foldName(query.name)).some((label) => label === "wild-cut" || label === "wild-dname"),
  },
];

function isBare({ rcode, answer, authority, additional }: Response, expected: number): boolean {
  return rcode === expected && answer.length + authority.length + additional.length === 0;
}

/** Ours is one RRset, of the name that theirs is of. */
function isOneRRset({ query, theirs, ours }: Exchange): boolean {
  const [last, theirLast] = [ours.answer.at(-1), theirs.answer.at(-1)];
  if (query.type !== TYPE.ANY || last === undefined || theirLast === undefined) return false;
  const owner = foldName(last.owner);
  const isOfLast = (record: MessageRecord) => record.type === last.type && foldName(record.owner) === owner;
  return foldName(theirLast.owner) === owner && ours.answer.every((record) => isAlias(record.type) || isOfLast(record));
}

/** The CNAMEs at the beginning of an answer, in order. */
function aliasesOf({ answer }: Response): readonly MessageRecord[] {
  return answer.filter(({ type }) => type === TYPE.CNAME);
}

/** The name that an answer ends at, folded: the question's, or where its aliases lead. */
function finalName(query: Query, response: Response): Name {
  return foldName(aliasesOf(response).at(-1)?.rdata ?? query.name);
}

function isAlias(type: number): boolean {
  return type === TYPE.CNAME || type === TYPE.DNAME;
}

/** True when `theirs` consists of aliases only, all of which are in `ours`, unless that is cut off. */
function isBeginning(theirs: Response, ours: Response): boolean {
  const known = new Set(ours.answer.map(recordText));
  const isKnown = (record: MessageRecord) => ours.flags.has("tc") || known.has(recordText(record));
  return theirs.rcode === RCODE.NOERROR && theirs.answer.every((record) => isAlias(record.type) && isKnown(record));
}

/** The glue of a referral's in-domain name servers. */
function glueOf(response: Response): readonly MessageRecord[] {
  return response.additional.filter((record) => isGlue(record, response));
}
