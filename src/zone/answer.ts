import { type MessageWriter, pointerTo, type Section } from "../dns/message-writer.ts";
import { foldName, isAtOrBelow, isNameTooLong, labelsOf, type Name, nameOf } from "../dns/name.ts";
import { HEADER_OCTETS, RCODE, TYPE } from "../dns/numbers.ts";
import type { Octets } from "../dns/octets.ts";
import { targetOf, targetOffset } from "../dns/rdata.ts";
import { lookup, type Outcome } from "./lookup.ts";
import { type ExtendedError, findRRset, type Node } from "./node.ts";
import { type RRset, rrset } from "./rrset.ts";
import { networkHash, rotated, selected } from "./select.ts";
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

/** A name in written RDATA whose addresses belong in Additional. */
interface Target {
  readonly name: Name;
  /** Where it stands in the message. */
  readonly offset: number;
}

/** Writes the sections of one answer into a begun message, and knows afterwards how header and OPT must be finished. */
export class Answer {
  rcode: number = RCODE.NOERROR;
  isAuthoritative = true;
  isTruncated = false;
  ede: ExtendedError | undefined;

  readonly #writer: MessageWriter;
  readonly #snapshot: Snapshot;
  readonly #question: Question;
  readonly #targets: Target[] = [];

  constructor(writer: MessageWriter, snapshot: Snapshot, question: Question) {
    this.#writer = writer;
    this.#snapshot = snapshot;
    this.#question = question;
  }

  /** Follows the question through our zones, from the one it lies in (RFC 1034 §4.3.2). */
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
      zone = isLoop ? undefined : this.#snapshot.zoneFor(sought.labels);
    }
    if (!this.isTruncated) this.#writeAddresses();
  }

  #conclude(zone: Zone, sought: Sought, outcome: Conclusion, isAliased: boolean): void {
    switch (outcome.kind) {
      case "answer":
        this.ede = outcome.node.notes?.ede;
        return this.#writeAnswerRRset(ownerOf(sought, 0), outcome.rrset);
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
      return this.#record("answer", ownerOf(sought, 0), outcome.rrset, target) ? target : undefined;
    }
    const dname = outcome.rrset;
    if (!this.#record("answer", ownerOf(sought, outcome.skip), dname, dname.rdatas[0]!)) return undefined;
    const target = nameOf(sought.labels.slice(0, outcome.skip), dname.rdatas[0]!);
    if (isNameTooLong(target)) {
      this.rcode = RCODE.YXDOMAIN; // RFC 6672 §2.2
      return undefined;
    }
    const cname = rrset(TYPE.CNAME, dname.ttl, [target]);
    // Who asks for a CNAME has it, synthesised or not (RFC 1034 §3.6.2: such a query is not restarted).
    const isAnswered = this.#question.qtype === TYPE.CNAME;
    return this.#record("answer", ownerOf(sought, 0), cname, target) && !isAnswered ? target : undefined;
  }

  #writeAnswerRRset(owner: Name | number, rrset: RRset): void {
    const chosen = selected(rrset, () => networkHash(this.#question.clientAddress));
    const { offset } = this.#writer;
    const count = this.#writer.count("answer");
    const isTurning = rrset.selection !== undefined && chosen.length > 1;
    if (this.#records(owner, rrset, isTurning ? rotated(chosen, this.#question.id) : chosen)) return;
    if (!isTurning) return;
    // A partial answer keeps one order: a client that never asks again over TCP then sees the same part each time.
    this.#writer.rewind("answer", offset, count);
    this.#records(owner, rrset, chosen);
  }

  /** Writes as many of these records as fit; false, and a truncated answer, when not all do. */
  #records(owner: Name | number, rrset: RRset, rdatas: readonly Octets[]): boolean {
    for (const rdata of rdatas) if (!this.#record("answer", owner, rrset, rdata)) return false;
    return true;
  }

  #record(section: Section, owner: Name | number, rrset: RRset, rdata: Octets): boolean {
    const rdataAt = this.#writer.record(section, owner, rrset.type, rrset.ttl, rdata);
    if (rdataAt < 0) {
      this.isTruncated = true;
      return false;
    }
    const at = targetOffset(rrset.type);
    if (at >= 0) this.#addTarget(rrset, targetOf(rrset.type, rdata), rdataAt + at);
    return true;
  }

  #addTarget(rrset: RRset, name: Name | undefined, offset: number): void {
    // Generated RRsets name each target once; for the few others we look.
    const isKnown = rrset.selection === undefined && this.#targets.some((target) => target.name === name);
    if (name !== undefined && !isKnown) this.#targets.push({ name, offset });
  }

  /** NS of the cut, and the glue without which an in-domain name server could not be reached (RFC 9471 §3). */
  #writeReferral(sought: Sought, ns: RRset, skip: number): void {
    for (const rdata of ns.rdatas) if (!this.#record("authority", ownerOf(sought, skip), ns, rdata)) return;
    const cut = nameOf(sought.labels.slice(skip));
    const inDomain = this.#targets.filter((target) => isAtOrBelow(foldName(target.name), cut));
    for (const target of inDomain) if (!this.#writeAddressesOf(target)) this.isTruncated = true;
    const others = this.#targets.filter((target) => !inDomain.includes(target));
    this.#targets.splice(0, this.#targets.length, ...others);
  }

  #writeNegative(zone: Zone, sought: Sought, negativeTtl: number | undefined): void {
    const soa = zone.negativeSoa;
    const owner = ownerOf(sought, sought.labels.length - zone.depth);
    const ttl = negativeTtl ?? soa.ttl;
    if (this.#writer.record("authority", owner, soa.type, ttl, soa.rdatas[0]!) < 0) this.isTruncated = true;
  }

  #writeAddresses(): void {
    for (const target of this.#targets) if (!this.#writeAddressesOf(target)) return;
  }

  /** A and AAAA of a target; false when an RRset does not fit and was left out whole. */
  #writeAddressesOf(target: Target): boolean {
    const node = this.#snapshot.target(target.name);
    if (node === undefined) return true;
    return this.#writeAdditional(target, node, TYPE.A) && this.#writeAdditional(target, node, TYPE.AAAA);
  }

  #writeAdditional(target: Target, node: Node, type: number): boolean {
    const addresses = findRRset(node, type);
    if (addresses === undefined) return true;
    const { offset } = this.#writer;
    const count = this.#writer.count("additional");
    const owner = pointerTo(target.offset, target.name);
    for (const rdata of addresses.rdatas) {
      if (this.#writer.record("additional", owner, type, addresses.ttl, rdata) >= 0) continue;
      this.#writer.rewind("additional", offset, count);
      return false;
    }
    return true;
  }
}

/** The owner that is left of a name without its `skip` leftmost labels. */
function ownerOf(sought: Sought, skip: number): Name | number {
  let octets = 0;
  for (let i = 0; i < skip; i++) octets += sought.labels[i]!.length + 1;
  return sought.name === undefined ? HEADER_OCTETS + octets : sought.name.slice(octets);
}
