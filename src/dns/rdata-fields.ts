import {
  euiOctets,
  euiText,
  ipv4Octets,
  ipv4Text,
  ipv6Octets,
  ipv6Text,
  locatorOctets,
  locatorText,
} from "./addresses.ts";
import { location } from "./location.ts";
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX, nameText } from "./name.ts";
import { type Octets, readU32, u32 } from "./octets.ts";
import { counted, countedEnd, countedWord, type Field, remainingWords, word } from "./rdata-field.ts";
import type { FieldKind } from "./rdata-table.ts";
import { svcParams } from "./svc-params.ts";
import {
  base32hexOctets,
  base32hexText,
  base64Octets,
  base64Text,
  hexOctets,
  hexText,
  quotedText,
} from "./text-encodings.ts";
import { parseSeconds, parseTimestamp, timestampText } from "./time-formats.ts";
import { typeBitmap } from "./type-bitmap.ts";
import { typeNumber, typeText } from "./type-names.ts";

/** DNSSEC algorithms by mnemonic (RFC 4034 §A.1 and the registry). Output has the number, which everybody reads. */
const ALGORITHMS = {
  DSA: 3,
  RSASHA1: 5,
  "DSA-NSEC3-SHA1": 6,
  "RSASHA1-NSEC3-SHA1": 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
};

/** RFC 4398 §2.1. */
const CERTIFICATE_TYPES = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
};

const name: Field = { parse: (tokens) => tokens.name(), end: nameEnd, text: nameText };

/** A character-string: at most 255 octets behind their number. */
const string: Field = {
  parse: (tokens) => counted(tokens.string(), tokens),
  end: countedEnd,
  text: (field) => quotedText(field.slice(1)),
};

/** Character-strings up to the end of the record, at least one. */
const strings: Field = {
  parse(tokens) {
    let octets = string.parse(tokens);
    while (!tokens.isAtEnd) octets += string.parse(tokens);
    return octets;
  },
  end(rdata, at) {
    do at = countedEnd(rdata, at);
    while (at >= 0 && at < rdata.length);
    return at;
  },
  text(octets) {
    const texts: string[] = [];
    for (let at = 0; at < octets.length; at = countedEnd(octets, at)) {
      texts.push(string.text(octets.slice(at, countedEnd(octets, at))));
    }
    return texts.join(" ");
  },
};

/** One string of any length, not counted: it takes what is left of the RDATA. */
const text: Field = { parse: (tokens) => tokens.string(), end: (rdata) => rdata.length, text: quotedText };

const TAG = /^[A-Za-z0-9]{1,255}$/;

/** The property tag of CAA (RFC 8659 §4.1). */
const tag: Field = {
  parse(tokens) {
    const word = tokens.word();
    return TAG.test(word) ? counted(word, tokens) : tokens.fail("must be letters and digits");
  },
  end: (rdata, at) => (TAG.test(rdata.slice(at + 1, countedEnd(rdata, at))) ? countedEnd(rdata, at) : -1),
  text: (field) => field.slice(1),
};

const salt = countedWord(
  'must be hexadecimal, or "-" for none',
  (word) => (word === "-" ? "" : hexOctets(word)),
  (octets) => hexText(octets) || "-",
);

/** A hash of at least one octet. */
const hash: Field = {
  ...countedWord("must be base32hex without padding", (word) => base32hexOctets(word) || undefined, base32hexText),
  end: (rdata, at) => (rdata.charCodeAt(at) > 0 ? countedEnd(rdata, at) : -1),
};

export const FIELDS: Readonly<Record<FieldKind, Field>> = {
  compressibleName: name,
  name,
  u8: unsigned(1),
  u16: unsigned(2),
  u32: unsigned(4),
  algorithm: unsigned(1, ALGORITHMS),
  certificateType: unsigned(2, CERTIFICATE_TYPES),
  seconds: number(4, "must be seconds below 2^32, plain or as in 1h30m", parseSeconds),
  time: number(4, "must be YYYYMMDDHHmmSS or seconds below 2^32", parseTimestamp, timestampText),
  type: number(2, "must be an RR type", typeNumber, typeText),
  ipv4: word(4, "must be an IPv4 address", ipv4Octets, ipv4Text),
  ipv6: word(16, "must be an IPv6 address", ipv6Octets, ipv6Text),
  eui48: word(6, 'must be 6 pairs of hex digits joined by "-"', (word) => euiOctets(word, 6), euiText),
  eui64: word(8, 'must be 8 pairs of hex digits joined by "-"', (word) => euiOctets(word, 8), euiText),
  locator64: word(8, 'must be 4 groups of hex digits joined by ":"', locatorOctets, locatorText),
  string,
  strings,
  text,
  tag,
  hex: remainingWords("must be hexadecimal", /^[0-9A-Fa-f]+$/, hexOctets, hexText),
  base64: remainingWords("must be base64", /^[A-Za-z0-9+/=]+$/, base64Octets, base64Text),
  salt,
  hash,
  types: typeBitmap,
  svcParams,
  location,
};

/** One word for a number of so many octets. */
function number(
  octets: 1 | 2 | 4,
  rule: string,
  parse: (text: string) => number | undefined,
  text: (value: number) => string = String,
): Field {
  const toOctets = (value: number | undefined) =>
    value !== undefined && value < 2 ** (8 * octets) ? u32(value).slice(4 - octets) : undefined;
  const toNumber = (field: Octets) => readU32(field.padStart(4, "\0"), 0);
  return word(
    octets,
    rule,
    (word) => toOctets(parse(word)),
    (field) => text(toNumber(field)),
  );
}

/** A plain number, or one of the mnemonics. */
function unsigned(octets: 1 | 2 | 4, mnemonics: Readonly<Record<string, number>> = {}): Field {
  const parse = (text: string) => (/^[0-9]{1,10}$/.test(text) ? Number(text) : mnemonics[text.toUpperCase()]);
  return number(octets, `must be 0–${2 ** (8 * octets) - 1}`, parse);
}

/** The offset behind an uncompressed name, −1 when it is cut off, too long or has an unknown label type. */
function nameEnd(rdata: Octets, start: number): number {
  for (let at = start; at < rdata.length && rdata.charCodeAt(at) <= LABEL_OCTETS_MAX; ) {
    const length = rdata.charCodeAt(at);
    at += length + 1;
    if (at - start > NAME_OCTETS_MAX) return -1;
    if (length === 0) return at;
  }
  return -1;
}
