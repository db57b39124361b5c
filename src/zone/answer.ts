import { type MessageWriter, SECTION, type Section } from "../dns/message-writer.ts";
import { foldName, isNameTooLong, type Name, nameOf } from "../dns/name.ts";
import { HEADER_OCTETS, RCODE, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import type { Query } from "../dns/query.ts";
import { targetOffset } from "../dns/rdata.ts";
import { type SoughtName, soughtName } from "../dns/sought-name.ts";
import { Additional } from "./additional.ts";
import type { Deadlines } from "./deadlines.ts";
import { type Images, writeImage } from "./image.ts";
import { lookup, type Outcome, zoneToAsk } from "./lookup.ts";
import { writeNegativeImage } from "./negative.ts";
import type { ExtendedError } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";
import type { Selector } from "./select.ts";
import type { Snapshot } from "./snapshot.ts";
import { isServiceBinding } from "./target.ts";
import type { Zone } from "./zone.ts";

/** Aliases followed within one answer; a longer chain ends there with NOERROR, and the resolver goes on. */
const ALIASES_MAX = 64;

/** What all answers of a thread are made with. */
export interface AnswerTools {
  readonly writer: MessageWriter;
  readonly images: Images;
  readonly deadlines: Deadlines;
  readonly selector: Selector;
}

/** The name looked up at the moment: the question's, or where an alias led. */
interface Sought {
  /** Case kept; undefined while it is the question's, which stands at a known place in the message. */
  readonly name: Name | undefined;
  readonly sname: SoughtName;
}

type Alias = Extract<Outcome, { kind: "alias" | "redirect" }>;
type Conclusion = Exclude<Outcome, Alias>;

/** Writes the sections of one answer into a begun message, and knows afterwards how header and OPT must be finished. */
export class Answer {
  rcode: number = RCODE.NOERROR;
  isAuthoritative = true;
  isTruncated = false;
  ede: ExtendedError | undefined;
  /** That of the question. */
  zone: Zone | undefined;

  readonly #writer: MessageWriter;
  readonly #snapshot: Snapshot;
  readonly #images: Images;
  readonly #query: Query;
  readonly #deadlines: Deadlines;
  readonly #selector: Selector;
  /** For so many seconds what is written may be held; Infinity where nobody knows of a change to come. */
  #ttlMax = Number.POSITIVE_INFINITY;
  /** Absent while no record points to anything, as in most answers. */
  #additional: Additional | undefined;
  /** Those written: a chain may lead through one several times, and a response holds no record twice (RFC 2181 §5). */
  #dnames: RRset[] | undefined;

  /** The selector has been told whom the answer is for. */
  constructor({ writer, images, deadlines, selector }: AnswerTools, snapshot: Snapshot, query: Query) {
    this.#writer = writer;
    this.#images = images;
    this.#snapshot = snapshot;
    this.#query = query;
    this.#deadlines = deadlines;
    this.#selector = selector;
  }

  /** Follows the question through our zones, from the first one to ask (RFC 1034 §4.3.2). */
  write(first: Zone): void {
    this.zone = first;
    let zone: Zone | undefined = first;
    const { qname, qtype } = this.#query;
    let sought: Sought = { name: undefined, sname: qname };
    const seen: Name[] = [];
    while (zone !== undefined) {
      const outcome = lookup(zone, sought.sname, qtype);
      if (outcome.kind !== "alias" && outcome.kind !== "redirect") {
        this.#conclude(zone, sought, outcome, seen.length > 0);
        break;
      }
      seen.push(nameOf(sought.sname.labels()));
      const target = this.#alias(sought, outcome);
      if (target === undefined) break;
      sought = { name: target, sname: soughtName(target) };
      const isLoop = seen.includes(foldName(target)) || seen.length === ALIASES_MAX;
      zone = isLoop ? undefined : zoneToAsk(this.#snapshot, sought.sname, qtype);
    }
    if (!this.isTruncated) this.#additional?.write();
  }

  #conclude(zone: Zone, sought: Sought, outcome: Conclusion, isAliased: boolean): void {
    switch (outcome.kind) {
      case "answer":
        this.ede = outcome.node.notes?.ede;
        this.#limit(outcome.deadlinePlace);
        if (this.#writeImage(zone, sought, outcome)) return;
        this.#writeAnswerRRset(sought, outcome.rrset);
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
      this.#limit(outcome.deadlinePlace);
      const target = outcome.rrset.rdatas[0]!;
      return this.#record(SECTION.answer, ownerOf(sought, 0), outcome.rrset, target) ? target : undefined;
    }
    const dname = outcome.rrset;
    if (!this.#writeDname(ownerOf(sought, outcome.skip), dname)) return undefined;
    const target = nameOf(sought.sname.labels().slice(0, outcome.skip), dname.rdatas[0]!);
    if (isNameTooLong(target)) {
      this.rcode = RCODE.YXDOMAIN; // RFC 6672 §2.2
      return undefined;
    }
    const cname = rrset(TYPE.CNAME, dname.ttl, [target]);
    // Who asks for a CNAME has it, synthesised or not (RFC 1034 §3.6.2: such a query is not restarted).
    const isAnswered = this.#query.qtype === TYPE.CNAME;
    return this.#record(SECTION.answer, ownerOf(sought, 0), cname, target) && !isAnswered ? target : undefined;
  }

  #writeDname(owner: Name | number, dname: RRset): boolean {
    this.#dnames ??= [];
    if (this.#dnames.includes(dname)) return true;
    this.#dnames.push(dname);
    return this.#record(SECTION.answer, owner, dname, dname.rdatas[0]!);
  }

  /** No answer is held beyond the time at which what it says may change. */
  #limit(deadlinePlace: number | undefined): void {
    this.#ttlMax = deadlinePlace === undefined ? Number.POSITIVE_INFINITY : this.#deadlines.secondsLeft(deadlinePlace);
  }

  /** Generated RRsets begin at another record each time, so that clients that take the first spread over all; or as drawn. */
  #turnOf({ selection }: RRset, count: number): number {
    return selection === undefined || selection.draw !== undefined ? 0 : this.#query.id % count;
  }

  /** Writes the whole answer from its image; false, and nothing written, when it has none or there is no room for it. */
  #writeImage(zone: Zone, { name, sname }: Sought, { rrset, branch }: Extract<Outcome, { kind: "answer" }>): boolean {
    const count = rrset.rdatas.length;
    if (count === 1 || name !== undefined || branch === undefined) return false;
    const image = this.#images.of(rrset, this.#snapshot, zone, branch, sname);
    return (
      image !== undefined && image.ttl <= this.#ttlMax && writeImage(this.#writer, image, this.#turnOf(rrset, count))
    );
  }

  #writeAnswerRRset(sought: Sought, rrset: RRset): void {
    const owner = ownerOf(sought, 0);
    const rdatas = this.#selector.select(rrset, sought.sname);
    const { offset } = this.#writer;
    const count = this.#writer.count(SECTION.answer);
    const start = this.#turnOf(rrset, rdatas.length);
    if (this.#records(owner, rrset, rdatas, start)) return;
    // A partial answer keeps one order: a client that never asks again over TCP then sees the same part each time.
    const settled = this.#selector.settled(rrset, rdatas);
    if (start === 0 && settled === rdatas) return;
    this.#writer.rewind(SECTION.answer, offset, count);
    this.#records(owner, rrset, settled, 0);
  }

  /** Writes as many of these records as fit, beginning with `start`; false, and a truncated answer, when not all do. */
  #records(owner: Name | number, rrset: RRset, rdatas: readonly Octets[], start: number): boolean {
    for (let i = 0; i < rdatas.length; i++) {
      if (!this.#record(SECTION.answer, owner, rrset, rdatas[(start + i) % rdatas.length]!)) return false;
    }
    return true;
  }

  #record(section: Section, owner: Name | number, rrset: RRset, rdata: Octets): boolean {
    const rdataAt = this.#writer.record(section, owner, rrset.type, Math.min(rrset.ttl, this.#ttlMax), rdata);
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
    const cut = nameOf(sought.sname.labels(skip));
    if (this.#additional?.writeGlue(cut) === false) this.isTruncated = true;
  }

  #pointers(): Additional {
    this.#additional ??= new Additional(this.#writer, this.#snapshot, this.#selector, this.#deadlines, this.#ttlMax);
    return this.#additional;
  }

  #writeNegative({ origin, depth, negativeSoa, negativeImage }: Zone, sought: Sought, negativeTtl?: number): void {
    const writer = this.#writer;
    const owner = ownerOf(sought, sought.sname.count - depth);
    const ttl = negativeTtl ?? negativeSoa.ttl;
    // Names keep their case, so they can point to the question's only where that is the same.
    const isImage = negativeImage !== undefined && typeof owner === "number" && writer.stands(origin, owner);
    if (isImage && writeNegativeImage(writer, negativeImage, ttl, owner)) return;
    const { type, rdatas } = negativeSoa;
    if (writer.record(SECTION.authority, owner, type, ttl, rdatas[0]!) < 0) this.isTruncated = true;
  }
}

/** The owner that is left of a name without its `skip` leftmost labels. */
function ownerOf(sought: Sought, skip: number): Name | number {
  const octets = sought.sname.octetsBefore(skip);
  return sought.name === undefined ? HEADER_OCTETS + octets : sought.name.slice(octets);
}
