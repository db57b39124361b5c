import { type Name, nameText } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import type { Octets } from "../../src/dns/octets.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { typeText } from "../../src/dns/type-names.ts";
import { eachChild } from "../../src/zone/children.ts";
import type { Node } from "../../src/zone/node.ts";
import type { Zone } from "../../src/zone/zone.ts";

/** A record as one line. */
export function recordLine(owner: Name, ttl: number, type: number, rdata: Octets): string {
  return `${nameText(owner)} ${ttl} ${typeText(type)} ${rdataText(type, rdata)}`;
}

/** All records of a zone but its SOA, as lines, sorted. */
export function recordsOf({ apex, origin }: Zone): string[] {
  return recordsAt(apex, origin).sort();
}

function recordsAt({ rrsets, children }: Node, owner: Name): string[] {
  const own = rrsets.filter(({ type }) => type !== TYPE.SOA);
  return [
    ...own.flatMap(({ type, ttl, rdatas }) => rdatas.map((rdata) => recordLine(owner, ttl, type, rdata))),
    ...[...eachChild(children)].flatMap((child) =>
      recordsAt(child, String.fromCharCode(child.label.length) + child.label + owner),
    ),
  ];
}
