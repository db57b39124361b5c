import { MADE_RDATA_AT, madeRecord } from "../dns/made-record.ts";
import { type MessageWriter, SECTION } from "../dns/message-writer.ts";
import { foldName, isAtOrBelow, type Name } from "../dns/name.ts";
import { flat, type Octets } from "../dns/octets.ts";
import { compressibleLayout, targetOf, targetOffset } from "../dns/rdata.ts";
import { POINTER_MAX } from "../dns/written-names.ts";
import type { RRset } from "./rrset.ts";
import { isInPart } from "./select.ts";
import type { Snapshot } from "./snapshot.ts";
import { isServiceBinding, rrsetsOf } from "./target.ts";
import type { Zone } from "./zone.ts";

/** The records of an RRset, and the addresses of what they point to, as they stand in an answer (decisions/0007). */
export interface Image {
  /** The records, owned by the qname. When their order rotates they are here twice, so that each order is in one piece. */
  readonly answer: Octets;
  readonly rotates: boolean;
  /** Where each record begins in the first turn of `answer`, and where that ends. */
  readonly starts: readonly number[];
  readonly additional: Octets;
  /** For each record of `additional`, in pairs: where its owner stands there, and which record of `answer` points to it. */
  readonly owners: readonly number[];
  /** Where in a record of `answer` the name stands that it points to. */
  readonly targetAt: number;
  /** The longest in it. */
  readonly ttl: number;
}

/** Longer answers are seldom, and go over TCP. */
const IMAGE_OCTETS_MAX = 4096;

/** Writes an answer in the order that has this turn; false, and nothing written, when there is no room for all of it. */
export function writeImage(writer: MessageWriter, image: Image, turn: number): boolean {
  const { answer, rotates, starts, additional, owners, targetAt } = image;
  const count = starts.length - 1;
  const length = starts[count]!;
  const from = rotates ? starts[turn % count]! : 0;
  const at = writer.offset;
  if (length + additional.length > writer.room || at + length > POINTER_MAX) return false;
  writer.made(SECTION.answer, answer.slice(from, from + length), count);
  writer.made(SECTION.additional, additional, owners.length / 2);
  for (let i = 0; i < owners.length; i += 2) {
    const start = starts[owners[i + 1]!]! - from;
    writer.pointTo(at + length + owners[i]!, at + (start < 0 ? start + length : start) + targetAt);
  }
  return true;
}

/**
 * The image of an RRset of this zone; undefined when its answer differs by client or question, or depends on names that are
 * not below `branch`, a child of the apex.
 */
export function imageOf(rrset: RRset, snapshot: Snapshot, { origin }: Zone, branch: Name): Image | undefined {
  const { type, ttl, rdatas, selection } = rrset;
  // A name below might lie in another zone.
  if (targetOffset(type) >= 0 && !snapshot.isAlone(origin)) return undefined;
  if (compressibleLayout(type) !== undefined || isServiceBinding(rrset) || isInPart(rrset)) return undefined;
  let [answer, additional] = ["", ""];
  const starts = [0];
  const owners: number[] = [];
  let longest = ttl;
  const seen = new Set<Name>();
  for (const [index, rdata] of rdatas.entries()) {
    answer += madeRecord(type, ttl, rdata);
    starts.push(answer.length);
    if (answer.length + additional.length > IMAGE_OCTETS_MAX) return undefined;
    const name = targetOf(type, rdata);
    const target = name && foldName(name);
    if (target === undefined || seen.has(target)) continue;
    if (!isAtOrBelow(target, branch)) return undefined;
    seen.add(target);
    for (const addresses of rrsetsOf(snapshot, target, type)) {
      if (isInPart(addresses)) return undefined;
      longest = Math.max(longest, addresses.ttl);
      for (const address of addresses.rdatas) {
        owners.push(additional.length, index);
        additional += madeRecord(addresses.type, addresses.ttl, address);
      }
    }
  }
  const rotates = selection !== undefined && rdatas.length > 1;
  if (rotates) answer += answer;
  return {
    answer: flat(answer),
    rotates,
    starts,
    additional: flat(additional),
    owners,
    targetAt: MADE_RDATA_AT + targetOffset(type),
    ttl: longest,
  };
}
