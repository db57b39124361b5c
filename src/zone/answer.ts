import { type MessageWriter, SECTION, type Section } from "../dns/message-writer.ts";
import { foldName, isNameTooLong, labelsOf, type Name, nameOf } from "../dns/name.ts";
import { HEADER_OCTETS, RCODE, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { targetOffset } from "../dns/rdata.ts";
import { Additional } from "./additional.ts";
import { lookup, type Outcome, zoneToAsk } from "./lookup.ts";
import type { ExtendedError } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";
import { networkHash, selected } from "./select.ts";
import { isServiceBinding } from "./target.ts";
import type { Snapshot, Zone } from "./zone.ts";

/** What was asked, as far as it shapes the answer. */
export interface Question {
  /** The message's id: it varies from query to query, and so turns the order of rotating answers. */
  readonly id: number;
  /** Folded, leftmost first. */
  readonly labels: readonly string[];
  readonly qtype: number;
  readonly clientAddress: string;
}

/** Aliases followed within one answer; a longer chain ends there with NOERROR, and the resolver goes on. */
const ALIASES_MAX = 64;

/** The name looked up at the moment: the question's, or where an alias led. */
interface Sought {
  /** Case kept; absent while it is the question's, which stands at a known place in the message. */
  readonly name?: Name;
  readonly labels: readonly string[];
}

type Alias = Extract<Outcome, { kind: "alias" | "redirect" }>;
type Conclusion = Exclude<Outcome, Alias>;

/** Writes the sections of one answer into a begun message, and knows afterwards how header and OPT must be finished. */
export class Answer {
  rcode: number = RCODE.NOERROR;
  isAuthoritative = true;
  isTruncated = false;
  ede: ExtendedError | undefined;

  readonly #writer: MessageWriter;
  readonly #snapshot: Snapshot;
  readonly #question: Question;
  /** Absent while no record points to anything, as in most answers. */
  #additional: Additional | undefined;
  /** Those written: a chain may lead through one several times, and a response holds no record twice (RFC 2181 §5). */
  #dnames: RRset[] | undefined;

  constructor(writer: MessageWriter, snapshot: Snapshot, question: Question) {
    this.#writer = writer;
    this.#snapshot = snapshot;
    this.#question = question;
  }

  /** Follows the question through our zones, from the first one to ask (RFC 1034 §4.3.2). */
  write(first: Zone): void {
    let zone: Zone | undefined = first;
    let sought: Sought = { labels: this.#question.labels };
    const seen: Name[] = [];
    while (zone !== undefined) {
      const outcome = lookup(zone, sought.labels, this.#question.qtype);
      if (outcome.kind !== "alias" && outcome.kind !== "redirect") {
        this.#conclude(zone, sought, outcome, seen.length > 0);
        break;
      }
      seen.push(nameOf(sought.labels));
      const target = this.#alias(sought, outcome);
      if (target === undefined) break;
      sought = { name: target, labels: labelsOf(foldName(target)) };
      const isLoop = seen.includes(foldName(target)) || seen.length === ALIASES_MAX;
      zone = isLoop ? undefined : zoneToAsk(this.#snapshot, sought.labels, this.#question.qtype);
    }
    if (!this.isTruncated) this.#additional?.write();
  }

  #conclude(zone: Zone, sought: Sought, outcome: Conclusion, isAliased: boolean): void {
    switch (outcome.kind) {
      case "answer":
        this.ede = outcome.node.notes?.ede;
        this.#writeAnswerRRset(ownerOf(sought, 0), outcome.rrset);
        if (isServiceBinding(outcome.rrset))
          this.#pointers().followOwner(ownerOf(sought, 0), outcome.node, outcome.rrset);
        return;
      case "referral":
        this.isAuthoritative = isAliased;
        return this.#writeReferral(sought, outcome.rrset, outcome.skip);
      case "nodata":
        this.ede = outcome.node.notes?.ede;
        return this.#writeNegative(zone, sought, outcome.negativeTtl);
      case "nxdomain":
        this.rcode = RCODE.NXDOMAIN;
        return this.#writeNegative(zone, sought, outcome.negativeTtl);
    }
  }

  /** Writes a CNAME, or a DNAME and the CNAME synthesised from it. Returns where it leads; undefined ends the answer. */
  #alias(sought: Sought, outcome: Alias): Name | undefined {
    if (outcome.kind === "alias") {
      const target = outcome.rrset.rdatas[0]!;
      return this.#record(SECTION.answer, ownerOf(sought, 0), outcome.rrset, target) ? target : undefined;
    }
    const dname = outcome.rrset;
    if (!this.#writeDname(ownerOf(sought, outcome.skip), dname)) return undefined;
    const target = nameOf(sought.labels.slice(0, outcome.skip), dname.rdatas[0]!);
    if (isNameTooLong(target)) {
      this.rcode = RCODE.YXDOMAIN; // RFC 6672 §2.2
      return undefined;
    }
    const cname = rrset(TYPE.CNAME, dname.ttl, [target]);
    // Who asks for a CNAME has it, synthesised or not (RFC 1034 §3.6.2: such a query is not restarted).
    const isAnswered = this.#question.qtype === TYPE.CNAME;
    return this.#record(SECTION.answer, ownerOf(sought, 0), cname, target) && !isAnswered ? target : undefined;
  }

  #writeDname(owner: Name | number, dname: RRset): boolean {
    this.#dnames ??= [];
    if (this.#dnames.includes(dname)) return true;
    this.#dnames.push(dname);
    return this.#record(SECTION.answer, owner, dname, dname.rdatas[0]!);
  }

  #writeAnswerRRset(owner: Name | number, rrset: RRset): void {
    const rdatas = this.#selected(rrset);
    const { offset } = this.#writer;
    const count = this.#writer.count(SECTION.answer);
    // Generated RRsets begin at another record each time, so that clients that take the first spread over all.
    const start = rrset.selection === undefined ? 0 : this.#question.id % rdatas.length;
    if (this.#records(owner, rrset, rdatas, start) || start === 0) return;
    // A partial answer keeps one order: a client that never asks again over TCP then sees the same part each time.
    this.#writer.rewind(SECTION.answer, offset, count);
    this.#records(owner, rrset, rdatas, 0);
  }

  /** Writes as many of these records as fit, beginning with `start`; false, and a truncated answer, when not all do. */
  #records(owner: Name | number, rrset: RRset, rdatas: readonly Octets[], start: number): boolean {
    for (let i = 0; i < rdatas.length; i++) {
      if (!this.#record(SECTION.answer, owner, rrset, rdatas[(start + i) % rdatas.length]!)) return false;
    }
    return true;
  }

  #selected(rrset: RRset): readonly Octets[] {
    return selected(rrset, () => networkHash(this.#question.clientAddress));
  }

  #record(section: Section, owner: Name | number, rrset: RRset, rdata: Octets): boolean {
    const rdataAt = this.#writer.record(section, owner, rrset.type, rrset.ttl, rdata);
    if (rdataAt < 0) {
      this.isTruncated = true;
      return false;
    }
    const targetAt = targetOffset(rrset.type);
    if (targetAt >= 0) this.#pointers().follow(rrset, rdata, rdataAt + targetAt);
    return true;
  }

  /** NS of the cut, and the glue without which an in-domain name server could not be reached (RFC 9471 §3). */
  #writeReferral(sought: Sought, ns: RRset, skip: number): void {
    for (const rdata of ns.rdatas) if (!this.#record(SECTION.authority, ownerOf(sought, skip), ns, rdata)) return;
    const cut = nameOf(sought.labels.slice(skip));
    if (this.#additional?.writeGlue(cut) === false) this.isTruncated = true;
  }

  #pointers(): Additional {
    this.#additional ??= new Additional(this.#writer, this.#snapshot, this.#question.clientAddress);
    return this.#additional;
  }

  #writeNegative(zone: Zone, sought: Sought, negativeTtl: number | undefined): void {
    const soa = zone.negativeSoa;
    const owner = ownerOf(sought, sought.labels.length - zone.depth);
    const ttl = negativeTtl ?? soa.ttl;
    if (this.#writer.record(SECTION.authority, owner, soa.type, ttl, soa.rdatas[0]!) < 0) this.isTruncated = true;
  }
}

/** The owner that is left of a name without its `skip` leftmost labels. */
function ownerOf(sought: Sought, skip: number): Name | number {
  let octets = 0;
  for (let i = 0; i < skip; i++) octets += sought.labels[i]!.length + 1;
  return sought.name === undefined ? HEADER_OCTETS + octets : sought.name.slice(octets);
}
