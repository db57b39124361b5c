import type { Random } from "../fuzz/random.ts";
import { DATA_TYPES, RDATA } from "./generated-rdata.ts";

/** A zone of random data. */
export interface GeneratedZone {
  readonly origin: string;
  /** Master file. */
  readonly text: string;
  /** Records for it that must change no answer: they lie below a DNAME (RFC 6672 §2.4), and not every server takes them. */
  readonly occluded: string;
  /** Every owner, absolute, in presentation form. */
  readonly owners: readonly string[];
  /** Names at which a wildcard, a zone cut or a DNAME decides what becomes of the names below. */
  readonly turns: readonly string[];
}

/** A zone while records are still being added. */
export interface Draft {
  readonly random: Random;
  readonly origin: string;
  readonly sibling: string;
  /** By owner and type, so that an RRset has one TTL (RFC 2181 §5.2). The SOA comes first. */
  readonly records: Map<string, Map<string, { ttl: number; rdatas: string[] }>>;
  readonly turns: string[];
}

export function finish({ origin, records, turns }: Draft): GeneratedZone {
  const lines = [...records].flatMap(([owner, types]) =>
    [...types].flatMap(([type, { ttl, rdatas }]) => rdatas.map((rdata) => `${owner} ${ttl} ${type} ${rdata}\n`)),
  );
  const owners = [...records.keys()];
  const redirected = owners.filter((owner) => records.get(owner)!.has("DNAME") && owner !== origin);
  const occluded = redirected.map((owner) => `x.${owner} 300 A 192.0.2.66\n*.${owner} 300 NS x.${owner}\n`);
  return { origin, text: lines.join(""), occluded: occluded.join(""), owners, turns };
}

/** Labels as they are found in the wild, and as the protocol allows them: any octet, any case, up to 63 of them. */
const LABELS = [
  ...["a", "b", "web", "Mixed-Case", "UPPER", "_tcp", "_http", "0", "xn--p1ai", "x".repeat(63)],
  ...["dot\\.inside", "\\000\\255", "sp\\032ace", 'quo\\"te', "\\@", "semi\\;colon", "back\\\\slash", "\\195\\188"],
];
export const OUTSIDE = ["outside.example.", "Somewhere.Else.example."] as const;

/** A few RRsets of random types. */
export function addData(draft: Draft, owner: string): void {
  const { random, origin } = draft;
  for (let types = 1 + random.below(4); types > 0; types--) {
    const type = random.pick(DATA_TYPES);
    for (let records = 1 + random.below(3); records > 0; records--) {
      const target = random.pick([known(draft), known(draft), below(draft, origin), ...OUTSIDE]);
      add(draft, owner, type, RDATA[type]!(random, target), 1 + random.below(86_400));
    }
  }
}

export function add({ records }: Draft, owner: string, type: string, rdata: string, ttl = 300): void {
  const types = records.get(owner) ?? new Map<string, { ttl: number; rdatas: string[] }>();
  const rrset = types.get(type) ?? { ttl, rdatas: [] };
  records.set(owner, types.set(type, rrset));
  rrset.rdatas.push(rdata);
}

export function known({ random, records }: Draft): string {
  return random.pick([...records.keys()]);
}

export function below({ random }: Draft, parent: string): string {
  return under(random.pick(LABELS), parent);
}

export function at({ origin }: Draft, labels: string): string {
  return under(labels, origin);
}

/** These labels in front of a name. */
export function under(labels: string, parent: string): string {
  return parent === "." ? `${labels}.` : `${labels}.${parent}`;
}
