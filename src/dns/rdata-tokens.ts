import type { Token } from "./master-tokens.ts";
import { NAME_OCTETS_MAX, type Name, NameError, parseName } from "./name.ts";
import type { Octets } from "./octets.ts";
import { unescapeText } from "./text-encodings.ts";

/** Why tokens are no RDATA of their type, in words that fit behind "as". */
export class RdataError extends Error {
  readonly code = "MUSTER_RDATA";
  /** Index of the faulty token; the number of tokens when one is missing. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/** No octet of a name takes more than the four characters of \DDD. */
const NAME_CHARACTERS_MAX = 4 * NAME_OCTETS_MAX;
const SHOWN_CHARACTERS_MAX = 80;

/** The tokens of one record's RDATA, taken one after the other. Every method throws RdataError. */
export class RdataTokens {
  /** The field that is being read, for messages. */
  field = "RDATA";
  readonly #tokens: readonly Token[];
  readonly #origin: Name | undefined;
  #at = 0;

  constructor(tokens: readonly Token[], origin: Name | undefined) {
    this.#tokens = tokens;
    this.#origin = origin;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** The next token as it stands, which must not be quoted. */
  word(): string {
    const token = this.#next();
    if (token.isQuoted) this.fail("must not be quoted");
    return token.text;
  }

  /** The octets of the next token, quoted or not. */
  string(): Octets {
    return this.unescape(this.#next().text);
  }

  /** The octets of a part of the token taken last. */
  unescape(text: string): Octets {
    return unescapeText(text) ?? this.fail("must have escapes of \\000–\\255");
  }

  /** As `string`, if a quoted token follows without a blank. */
  attachedString(): Octets | undefined {
    const token = this.#tokens[this.#at];
    return token?.isAttached && token.isQuoted ? this.string() : undefined;
  }

  /** A domain name, completed by the origin; without one it must be absolute. */
  name(): Name {
    const text = this.word();
    try {
      return completedName(text, this.#origin);
    } catch (error) {
      if (error instanceof NameError) throw new RdataError(this.#at - 1, error.message);
      throw error;
    }
  }

  /** Refuses the token taken last. `rule` begins with "must". */
  fail(rule: string): never {
    const index = this.#at - 1;
    throw new RdataError(index, `${this.field} ${rule}: got ${shown(this.#tokens[index]!.text)}`);
  }

  /** Refuses the next token, which there must be. */
  refuseNext(rule: string): never {
    this.#next();
    this.fail(rule);
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (!token) throw new RdataError(this.#at, `${this.field} must be given: the record ends before it`);
    this.#at++;
    return token;
  }
}

/** As `parseName`, but a relative name without an origin is refused. Throws NameError. */
export function completedName(text: string, origin: Name | undefined): Name {
  if (text.length > NAME_CHARACTERS_MAX) throw new NameError(`a name must have at most 255 octets: got ${shown(text)}`);
  const isAbsolute = /(?<!\\)(?:\\\\)*\.$/.test(text);
  if (isAbsolute || origin !== undefined) return parseName(text, origin);
  throw new NameError(`a relative name needs an origin ($ORIGIN): got ${shown(text)}`);
}

/** A value in quotes for a message, cut short when it is long. */
export function shown(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX ? `"${text}"` : `"${text.slice(0, SHOWN_CHARACTERS_MAX)}…"`;
}
