import { RCODE } from "./numbers.ts";

const TEXTS: ReadonlyMap<number, string> = new Map(Object.entries(RCODE).map(([text, rcode]) => [rcode, text]));

/** The mnemonic of an rcode, or RCODEnnn. */
export function rcodeText(rcode: number): string {
  return TEXTS.get(rcode) ?? `RCODE${rcode}`;
}
