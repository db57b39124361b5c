import { MADE_RDATA_AT, madeRecord } from "../dns/made-record.ts";
import { type MessageWriter, SECTION } from "../dns/message-writer.ts";
import { foldName, isAtOrBelow, type Name, nameOf } from "../dns/name.ts";
import { flat, type Octets } from "../dns/octets.ts";
import { compressibleLayout, targetOf, targetOffset } from "../dns/rdata.ts";
import type { SoughtName } from "../dns/sought-name.ts";
import { POINTER_MAX } from "../dns/written-names.ts";
import type { Node } from "./node.ts";
import type { RRset } from "./rrset.ts";
import { isInPart } from "./select.ts";
import type { Snapshot } from "./snapshot.ts";
import { foundAt, isServiceBinding } from "./target.ts";
import type { Zone } from "./zone.ts";

/** An RRset of several records, and the addresses of what they point to, as they stand in an answer. */
export interface Image {
  /** The records, owned by the qname. When their order rotates they are here twice, so that each order is in one piece. */
  readonly answer: Octets;
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
/** Images at most; a large zone must not grow a second index of itself. */
const IMAGES_MAX = 20_000;

/** The image of an RRset, if it may have one, and where that was made. */
interface Made {
  readonly rrset: RRset;
  readonly branch: Node;
  readonly origin: Name;
  readonly image: Image | undefined;
}

/**
 * Images of the answers that are asked for. One depends on nothing but its RRset and what is in the branch of the zone in
 * which that stands, so it outlives the snapshots in which these stay the same (decisions/0007).
 */
export class Images {
  /** By a hash of name and type; whoever comes to have the same one takes the place over, as does another version. */
  readonly #made = new Map<number, Made>();

  /** The image of an RRset found at `qname` in this branch; undefined when its answer has to be put together. */
  of(rrset: RRset, snapshot: Snapshot, { origin, depth }: Zone, branch: Node, qname: SoughtName): Image | undefined {
    if (!snapshot.isAlone(origin)) return undefined;
    const key = qname.suffixHash(0) ^ rrset.type;
    const made = this.#made.get(key);
    if (made?.rrset === rrset && made.branch === branch && made.origin === origin) return made.image;
    if (this.#made.size >= IMAGES_MAX) this.#made.clear();
    const image = imageOf(rrset, snapshot, nameOf(qname.labels(qname.count - depth - 1)));
    this.#made.set(key, { rrset, branch, origin, image });
    return image;
  }
}

/** Writes an answer that begins with the record `turn`; false, and nothing written, when there is no room for all of it. */
export function writeImage(writer: MessageWriter, image: Image, turn: number): boolean {
  const { answer, starts, additional, owners, targetAt } = image;
  const count = starts.length - 1;
  const [length, from] = [starts[count]!, starts[turn]!];
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

/** Undefined when the answer differs by client or question, or when it depends on names that are not below `branch`. */
function imageOf(rrset: RRset, snapshot: Snapshot, branch: Name): Image | undefined {
  const { type, ttl, rdatas, selection } = rrset;
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
    for (const addresses of foundAt(snapshot, target, type).rrsets) {
      if (isInPart(addresses)) return undefined;
      longest = Math.max(longest, addresses.ttl);
      for (const address of addresses.rdatas) {
        owners.push(additional.length, index);
        additional += madeRecord(addresses.type, addresses.ttl, address);
      }
    }
  }
  if (selection !== undefined) answer += answer;
  return {
    answer: flat(answer),
    starts,
    additional: flat(additional),
    owners,
    targetAt: MADE_RDATA_AT + targetOffset(type),
    ttl: longest,
  };
}
