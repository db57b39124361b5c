import { type MessageWriter, SECTION } from "../dns/message-writer.ts";
import { CLASS, HEADER_OCTETS, TYPE } from "../dns/numbers.ts";
import { utf8 } from "../dns/octets.ts";
import type { Query } from "../dns/query.ts";

/** What the server tells of itself; undefined is not told. */
export interface Self {
  /** In NSID (RFC 5001), and at id.server and hostname.bind (RFC 4892). */
  readonly identity: string | undefined;
  /** At version.server and version.bind. */
  readonly version: string | undefined;
}

const CHARACTER_STRING_OCTETS_MAX = 255;

/** Writes the TXT record of class CH that is asked for (RFC 4892). False: there is none, or it is not told. */
export function writeChaos(writer: MessageWriter, { qname, qtype }: Query, self: Self): boolean {
  const text = qtype === TYPE.TXT || qtype === TYPE.ANY ? textOf(qname.labels(), self) : undefined;
  if (text === undefined) return false;
  const octets = utf8(text).slice(0, CHARACTER_STRING_OCTETS_MAX);
  const rdata = String.fromCharCode(octets.length) + octets;
  return writer.record(SECTION.answer, HEADER_OCTETS, TYPE.TXT, 0, rdata, CLASS.CH) >= 0;
}

function textOf([first, second, ...more]: readonly string[], { identity, version }: Self): string | undefined {
  if (more.length > 0) return undefined;
  if (first === "version" && (second === "server" || second === "bind")) return version;
  return (first === "id" && second === "server") || (first === "hostname" && second === "bind") ? identity : undefined;
}
