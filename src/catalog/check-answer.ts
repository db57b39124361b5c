import { entriesOf } from "../dns/master-tokens.ts";
import { ROOT } from "../dns/name.ts";
import type { Octets } from "../dns/octets.ts";
import { foldRdata, parseRdata } from "../dns/rdata.ts";

/** RDATA of a type from presentation form, its names absolute and folded. Throws RdataError. */
export function rdataOf(type: number, text: string): Octets {
  // Parentheses, so that a text of several lines is one entry still; names without a final dot are taken as absolute.
  const tokens = [...entriesOf(`( ${text}\n)`)].flatMap((entry) => entry.tokens);
  const rdata = parseRdata(type, tokens, ROOT);
  return foldRdata(type, rdata) ?? rdata;
}
