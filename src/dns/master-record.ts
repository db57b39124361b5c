import type { Position, Token } from "./master-tokens.ts";
import { type Name, NameError } from "./name.ts";
import { TTL_SECONDS_MAX } from "./numbers.ts";
import type { Octets } from "./octets.ts";
import { parseRdata } from "./rdata.ts";
import { completedName, RdataError, shown } from "./rdata-tokens.ts";
import { parseSeconds } from "./time-formats.ts";
import { isDataType, typeNumber, typeText } from "./type-names.ts";

/** Why an entry of a master file is unreadable, and where. */
export class EntryError extends Error {
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    // A token says more than its place.
    this.at = { line: at.line, column: at.column };
  }
}

const ACTION = "Cannot read the record";

/** What a record says behind its owner. */
interface RecordFields {
  readonly type: number;
  /** Undefined when none is stated. */
  readonly ttl: number | undefined;
  readonly rdata: Octets;
}

const CLASSES = /^(?:IN|CS|CH|HS|CLASS[0-9]{1,5})$/i;
const CLASS_IN = /^(?:IN|CLASS1)$/i;

/** The TTL and the class, in any order and both optional, the type and the RDATA, from token `start` on. Throws EntryError. */
export function readRecordFields(tokens: readonly Token[], start: number, origin: Name | undefined): RecordFields {
  let ttl: number | undefined;
  let hasClass = false;
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (ttl === undefined && /^[0-9]/.test(token.text)) {
      ttl = ttlAt(token, ACTION);
    } else if (!hasClass && CLASSES.test(token.text)) {
      hasClass = CLASS_IN.test(token.text);
      if (!hasClass) throw new EntryError(token, `${ACTION} as its class must be IN: got ${shown(token.text)}`);
    } else {
      const type = typeAt(token);
      return { type, ttl, rdata: rdataAt(type, tokens, index + 1, origin) };
    }
  }
  throw new EntryError(behind(tokens.at(-1)!), `${ACTION} as its type must be given: the record ends before it`);
}

function typeAt(token: Token): number {
  const type = typeNumber(token.text);
  if (type === undefined)
    throw new EntryError(token, `${ACTION} as its type must be a mnemonic or TYPEnnn: got ${shown(token.text)}`);
  if (!isDataType(type))
    throw new EntryError(token, `${ACTION} as a zone must not hold its type: got ${shown(token.text)}`);
  return type;
}

function rdataAt(type: number, tokens: readonly Token[], start: number, origin: Name | undefined): Octets {
  try {
    return parseRdata(type, tokens.slice(start), origin);
  } catch (error) {
    if (!(error instanceof RdataError)) throw error;
    const at = tokens[start + error.index] ?? behind(tokens.at(-1)!);
    throw new EntryError(at, `Cannot read the ${typeText(type)} record as ${error.message}`);
  }
}

/** The name that a token is. `action` begins the message of an EntryError. */
export function nameAt(token: Token, origin: Name | undefined, action: string): Name {
  if (token.isQuoted) throw new EntryError(token, `${action} as a name must not be quoted: got ${shown(token.text)}`);
  try {
    return completedName(token.text, origin);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new EntryError(token, `${action} as ${error.message}`);
  }
}

/** The seconds that a token is (RFC 2181 §8). `action` begins the message of an EntryError. */
export function ttlAt(token: Token, action: string): number {
  const ttl = parseSeconds(token.text);
  if (ttl !== undefined && ttl <= TTL_SECONDS_MAX) return ttl;
  const rule = `a TTL must be 0–${TTL_SECONDS_MAX} seconds, plain or as in 1h30m`;
  throw new EntryError(token, `${action} as ${rule}: got ${shown(token.text)}`);
}

/** Where a token ends: the place of one that is missing. */
export function behind(token: Token): Position {
  return { line: token.line, column: token.column + token.text.length + (token.isQuoted ? 2 : 0) };
}
