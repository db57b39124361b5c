import { CLASS, EDE, RCODE, TYPE } from "../dns/numbers.ts";
import type { Query } from "../dns/query.ts";
import type { ExtendedError } from "../zone/node.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import type { Finish, Request } from "./request.ts";

export const NOT_LOADED: ExtendedError = { code: EDE.NOT_READY, text: "the table is not loaded yet" };
export const NOT_OURS: ExtendedError = { code: EDE.NOT_AUTHORITATIVE, text: "" };
const WE_ARE_PRIMARY: ExtendedError = { code: EDE.PROHIBITED, text: "this server is the primary of the zone" };
const NOT_IN: ExtendedError = { code: EDE.NOT_SUPPORTED, text: "the zones are of class IN" };
const NO_RECORD_TYPE: ExtendedError = { code: EDE.INVALID_QUERY_TYPE, text: "no record is of this type" };

/** How a message ends whatever it asks for; undefined when nothing is wrong with it. */
export function faultOf({ query, opt, signer }: Request): Finish | undefined {
  if (query.fault !== RCODE.NOERROR) return { rcode: query.fault };
  if (query.tsigAt > 0 && signer === undefined) return { rcode: RCODE.FORMERR };
  if (signer !== undefined && signer.error !== 0) return { rcode: RCODE.NOTAUTH }; // RFC 8945 §5.2
  if (query.edns !== undefined && query.edns.version > 0) return { rcode: RCODE.BADVERS };
  return opt?.fault && { rcode: RCODE.FORMERR, ede: opt.fault };
}

/** How a question ends that no zone is asked about; undefined for the others. */
export function refusalOf({ qclass, qtype }: Query): Finish | undefined {
  if (qclass !== CLASS.IN) return { rcode: RCODE.REFUSED, ede: NOT_IN };
  switch (qtype) {
    case 0:
    case TYPE.OPT:
    case TYPE.NXNAME: // RFC 9824 §3.5
      return { rcode: RCODE.FORMERR, ede: NO_RECORD_TYPE };
    default:
      return qtype >= 249 && qtype < TYPE.ANY ? { rcode: RCODE.NOTIMP, ede: NO_RECORD_TYPE } : undefined;
  }
}

/** How a NOTIFY ends (RFC 1996): nobody can tell the primary of a zone that the zone has changed. */
export function notified({ qname }: Query, snapshot: Snapshot | undefined): Finish {
  if (snapshot === undefined) return { rcode: RCODE.SERVFAIL, ede: NOT_LOADED };
  const isOurs = snapshot.zoneFor(qname)?.depth === qname.count;
  return isOurs ? { rcode: RCODE.REFUSED, ede: WE_ARE_PRIMARY } : { rcode: RCODE.NOTAUTH, ede: NOT_OURS };
}
