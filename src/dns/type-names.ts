import { TYPE } from "./numbers.ts";
import { MNEMONICS } from "./rdata-table.ts";

const NUMBERS: ReadonlyMap<string, number> = new Map(MNEMONICS);
const TEXTS: ReadonlyMap<number, string> = new Map(MNEMONICS.map(([mnemonic, number]) => [number, mnemonic]));

/** The number of an RR type or query type by mnemonic, or by TYPEnnn (RFC 3597 §5). Case does not matter. */
export function typeNumber(text: string): number | undefined {
  const upper = text.toUpperCase();
  const digits = /^TYPE([0-9]{1,5})$/.exec(upper)?.[1];
  if (digits === undefined) return NUMBERS.get(upper);
  return Number(digits) <= 0xffff ? Number(digits) : undefined;
}

/** The mnemonic of a type, or TYPEnnn. */
export function typeText(type: number): string {
  return TEXTS.get(type) ?? `TYPE${type}`;
}

/** True for a type whose records a zone may hold: no query type, no meta type (RFC 6895 §3.1). */
export function isDataType(type: number): boolean {
  return type !== 0 && type !== TYPE.OPT && type < 0xffff && (type < TYPE.NXNAME || type > TYPE.ANY);
}
