import type { Octets } from "./octets.ts";
import type { RdataTokens } from "./rdata-tokens.ts";

/** One form of RDATA field: text to wire and back. */
export interface Field {
  /** Length in octets, of a form that always has the same. */
  readonly octets?: number;
  /** Takes the field's tokens. Throws RdataError. */
  parse(tokens: RdataTokens): Octets;
  /** The offset behind the field that begins at `at`, or −1 when what stands there does not fit. May overshoot. */
  end(rdata: Octets, at: number): number;
  /** The presentation form of a whole field that fits; "" when it has no tokens. */
  text(octets: Octets): string;
}

type Parse = (text: string) => Octets | undefined;
type Text = (octets: Octets) => string;

/** One word for a fixed number of octets; `rule` says what it must be. */
export function word(octets: number, rule: string, parse: Parse, text: Text): Field {
  return {
    octets,
    parse: (tokens) => parse(tokens.word()) ?? tokens.fail(rule),
    end: (_, at) => at + octets,
    text,
  };
}

/** One word for 0–255 octets, counted by an octet before them. */
export function countedWord(rule: string, parse: Parse, text: Text): Field {
  return {
    parse(tokens) {
      const octets = parse(tokens.word()) ?? tokens.fail(rule);
      return counted(octets, tokens);
    },
    end: countedEnd,
    text: (field) => text(field.slice(1)),
  };
}

/** All that is left of the RDATA, at least one octet; in text any number of words, each of the `alphabet`. */
export function remainingWords(rule: string, alphabet: RegExp, parse: Parse, text: Text): Field {
  return {
    parse(tokens) {
      let words = "";
      do {
        const next = tokens.word();
        words += alphabet.test(next) ? next : tokens.fail(rule);
      } while (!tokens.isAtEnd);
      return parse(words) || tokens.fail(`${rule}, whole`);
    },
    end: (rdata, at) => (at < rdata.length ? rdata.length : -1),
    text,
  };
}

/** The octets behind their number, which an octet must hold. */
export function counted(octets: Octets, tokens: RdataTokens): Octets {
  if (octets.length > 255) tokens.fail("must have at most 255 octets");
  return String.fromCharCode(octets.length) + octets;
}

/** The offset behind octets counted by the one before them; −1 where the count itself is missing. */
export function countedEnd(rdata: Octets, at: number): number {
  return at < rdata.length ? at + 1 + rdata.charCodeAt(at) : -1;
}
