import { MADE_RDATA_AT, madeRecord } from "../dns/made-record.ts";
import { type MessageWriter, SECTION } from "../dns/message-writer.ts";
import { isAtOrBelow, type Name } from "../dns/name.ts";
import { flat, type Octets } from "../dns/octets.ts";
import type { RRset } from "./rrset.ts";

/** The SOA of negative answers as it stands in them: what anybody can make up names for must not cost more than a hit. */
export interface NegativeImage {
  readonly octets: Octets;
  /** Where the pointers to the origin are; the first one is the owner. */
  readonly pointers: readonly number[];
}

/** Undefined when one of the names in the SOA is not in its zone, and so compressed otherwise. */
export function negativeImage(origin: Name, { type, ttl, rdatas }: RRset): NegativeImage | undefined {
  const [mname, rname, rest] = fieldsOf(rdatas[0]!);
  if (!isAtOrBelow(mname, origin) || !isAtOrBelow(rname, origin)) return undefined;
  const [first, second] = [mname, rname].map((name) => name.slice(0, name.length - origin.length));
  const rdata = `${first}\0\0${second}\0\0${rest}`;
  const firstAt = MADE_RDATA_AT + first!.length;
  const pointers = [0, firstAt, firstAt + 2 + second!.length];
  return { octets: flat(madeRecord(type, ttl, rdata)), pointers };
}

/** Writes it under `ttl`; false, and nothing written, when there is no room. The origin stands at `origin`. */
export function writeNegativeImage(writer: MessageWriter, image: NegativeImage, ttl: number, origin: number): boolean {
  const at = writer.offset;
  if (!writer.made(SECTION.authority, image.octets, 1)) return false;
  for (const pointer of image.pointers) writer.pointTo(at + pointer, origin);
  writer.setTtl(at, ttl);
  return true;
}

function fieldsOf(soa: Octets): readonly [mname: Name, rname: Name, rest: Octets] {
  const mnameEnd = endOf(soa, 0);
  const rnameEnd = endOf(soa, mnameEnd);
  return [soa.slice(0, mnameEnd), soa.slice(mnameEnd, rnameEnd), soa.slice(rnameEnd)];
}

function endOf(octets: Octets, at: number): number {
  while (octets.charCodeAt(at) > 0) at += octets.charCodeAt(at) + 1;
  return at + 1;
}
