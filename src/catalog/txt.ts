import { flat, type Octets } from "../dns/octets.ts";

/** A character-string's limit (RFC 1035 §3.3). */
export const STRING_OCTETS_MAX = 255;
/** What a TXT record of ours holds at most: the message around it needs room below 65 535 octets too. */
export const TXT_OCTETS_MAX = 64_000;

/** TXT RDATA of these character-strings, each cut at 255 octets; of none, one empty string (RFC 6763 §6.1). */
export function txt(strings: readonly Octets[]): Octets {
  if (strings.length === 0) return "\0";
  return flat(strings.map((string) => characterString(string.slice(0, STRING_OCTETS_MAX))).join(""));
}

/** The character-strings of TXT RDATA that are not empty. */
export function stringsOf(rdata: Octets): Octets[] {
  const strings: Octets[] = [];
  for (let at = 0; at < rdata.length; at += rdata.charCodeAt(at) + 1) {
    if (rdata.charCodeAt(at) > 0) strings.push(rdata.slice(at + 1, at + 1 + rdata.charCodeAt(at)));
  }
  return strings;
}

/** TXT RDATA of one value of any length, to be joined by the reader. */
export function joinedTxt(value: Octets): Octets {
  const strings: Octets[] = [];
  for (let at = 0; at < value.length; at += STRING_OCTETS_MAX) strings.push(value.slice(at, at + STRING_OCTETS_MAX));
  return txt(strings);
}

function characterString(string: Octets): Octets {
  return String.fromCharCode(string.length) + string;
}
