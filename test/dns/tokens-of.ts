import { entriesOf, type Token } from "../../src/dns/master-tokens.ts";

/** The tokens of a record's RDATA as the master-file reader hands them over. */
export function tokensOf(rdata: string): Token[] {
  return [...entriesOf(`( ${rdata}\n)`)].flatMap(({ tokens }) => tokens);
}
