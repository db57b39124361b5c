import type { MasterProblem, MasterRecord } from "../dns/master-file.ts";
import { foldName, isAtOrBelow, labelsOf, type Name, nameOf, nameText, ROOT } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { withChild } from "./children.ts";
import { type Children, findRRset, makeNode, type Node } from "./node.ts";
import { rrset } from "./rrset.ts";
import { serialOf } from "./zone.ts";

/** A zone as its files say, before the generated data of the discovery zone lies over it. */
export interface StaticZone {
  readonly origin: Name;
  /** Its SOA's serial; 0 while it has none. */
  readonly serial: number;
  /** Holds an SOA, unless this is the discovery zone, which gets one. */
  readonly apex: Node;
  /** Where CNAME, DNAME and NS records stand (file:line:column), by folded owner: what generated data may clash with. */
  readonly marks: ReadonlyMap<Name, string>;
}

/** A node while records are still being added. */
interface Draft {
  label: string;
  records: Map<number, MasterRecord[]>;
  children: Map<string, Draft>;
}

/**
 * Sorts the records of files into zones: each owner of an SOA is an apex, and `discovery` is one without. A record belongs
 * to the longest apex of its own file above it, so that a parent's file can delegate to a zone of another file; else to
 * one of any file. Collects every problem; the zones are fit for use only when there is none.
 */
export function buildZones(
  files: readonly (readonly MasterRecord[])[],
  discovery: Name,
): { readonly zones: readonly StaticZone[]; readonly problems: readonly MasterProblem[] } {
  const problems: MasterProblem[] = [];
  const drafts = new Map<Name, Draft>([[foldName(discovery), makeDraft(discovery)]]);
  for (const { owner, type } of files.flat()) {
    if (type === TYPE.SOA && !drafts.has(foldName(owner))) drafts.set(foldName(owner), makeDraft(owner));
  }
  const everyApex = longestFirst(drafts.keys());
  for (const records of files) {
    const own = longestFirst(records.filter(({ type }) => type === TYPE.SOA).map(({ owner }) => foldName(owner)));
    for (const record of records) {
      const apex = apexOf(record, own) ?? apexOf(record, everyApex);
      if (apex === undefined) problems.push(problem(record, "lies in no zone: there is no SOA at or above it"));
      else addRecord(drafts.get(apex)!, apex, record);
    }
  }
  const zones = [...drafts].map(([origin, draft]) => finishZone(origin, draft, problems));
  return { zones, problems };
}

function longestFirst(names: Iterable<Name>): Name[] {
  return [...new Set(names)].sort((a, b) => b.length - a.length);
}

function apexOf({ owner, type }: MasterRecord, apexes: readonly Name[]): Name | undefined {
  const name = foldName(owner);
  // DS stands on the parent's side of a cut (RFC 4035 §2.4).
  return apexes.find((apex) => isAtOrBelow(name, apex) && !(type === TYPE.DS && name === apex));
}

function makeDraft(name: Name): Draft {
  return { label: labelsOf(name)[0] ?? "", records: new Map(), children: new Map() };
}

function addRecord(apex: Draft, origin: Name, record: MasterRecord): void {
  const labels = labelsOf(`${record.owner.slice(0, record.owner.length - origin.length)}${ROOT}`);
  let draft = apex;
  for (const label of labels.reverse()) {
    const key = foldName(label);
    const child = draft.children.get(key) ?? makeDraft(nameOf([label]));
    draft.children.set(key, child);
    draft = child;
  }
  const sameType = draft.records.get(record.type) ?? [];
  draft.records.set(record.type, sameType);
  if (!sameType.some(({ rdata }) => rdata === record.rdata)) sameType.push(record);
}

function finishZone(origin: Name, draft: Draft, problems: MasterProblem[]): StaticZone {
  const soa = draft.records.get(TYPE.SOA)?.[0];
  if (soa !== undefined && !draft.records.has(TYPE.NS)) problems.push(problem(soa, "has no NS record at its apex"));
  const marks = new Map<Name, string>();
  const apex = finishNode(draft, true, problems, marks);
  const serial = soa === undefined ? 0 : serialOf(soa.rdata);
  for (const other of draft.records.get(TYPE.SOA)?.slice(1) ?? []) {
    problems.push(problem(other, `must have one SOA: another stands at ${place(soa!)}`));
  }
  return { origin, serial, apex, marks };
}

function finishNode(draft: Draft, isApex: boolean, problems: MasterProblem[], marks: Map<Name, string>): Node {
  checkSingletons(draft, problems);
  for (const type of [TYPE.CNAME, TYPE.DNAME, TYPE.NS]) {
    const record = draft.records.get(type)?.[0];
    if (record !== undefined && !isApex) marks.set(foldName(record.owner), place(record));
  }
  let children: Children;
  for (const child of draft.children.values())
    children = withChild(children, finishNode(child, false, problems, marks));
  const rrsets = [...draft.records].map(([type, records]) =>
    rrset(
      type,
      // One TTL for an RRset (RFC 2181 §5.2): the smallest, which promises least.
      Math.min(...records.map(({ ttl }) => ttl)),
      records.map(({ rdata }) => rdata),
    ),
  );
  return makeNode(draft.label, rrsets, children);
}

/** CNAME stands alone (RFC 2181 §10.1), and there is one CNAME and one DNAME to a name. */
function checkSingletons(draft: Draft, problems: MasterProblem[]): void {
  for (const [type, mnemonic] of [
    [TYPE.CNAME, "CNAME"],
    [TYPE.DNAME, "DNAME"],
  ] as const) {
    for (const record of draft.records.get(type)?.slice(1) ?? [])
      problems.push(problem(record, `must have one ${mnemonic}`));
  }
  const cname = draft.records.get(TYPE.CNAME)?.[0];
  const others = [...draft.records.keys()].filter((type) => !BESIDE_CNAME.has(type));
  if (cname === undefined || others.length === 0) return;
  const other = draft.records.get(others[0]!)![0]!;
  problems.push(problem(cname, `has a CNAME and other data: the other stands at ${place(other)}`));
}

const BESIDE_CNAME: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC]);

function problem({ owner, file, line, column }: MasterRecord, what: string): MasterProblem {
  return { file, line, column, message: `${nameText(owner)} ${what}` };
}

function place({ file, line, column }: MasterRecord): string {
  return `${file}:${line}:${column}`;
}

/** True when a zone's apex says who is in charge; only the discovery zone may lack it. */
export function hasSoa(zone: StaticZone): boolean {
  return findRRset(zone.apex, TYPE.SOA) !== undefined;
}
