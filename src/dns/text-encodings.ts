import { type Octets, utf8 } from "./octets.ts";

/** The octets a character-string stands for: `\DDD` and `\X` resolved, the rest as UTF-8. Undefined when DDD > 255. */
export function unescapeText(text: string): Octets | undefined {
  let isValid = true;
  const octets = utf8(text).replace(/\\([0-9]{3})|\\(.)/gs, (_, digits?: string, char?: string) => {
    if (digits === undefined) return char!;
    isValid &&= Number(digits) <= 255;
    return String.fromCharCode(Number(digits));
  });
  return isValid ? octets : undefined;
}

/** A character-string in quotes, as RFC 1035 §5.1 has it: `\"`, `\\`, and `\DDD` for what is not printable ASCII. */
export function quotedText(octets: Octets): string {
  const escaped = octets.replace(/[^ !#-[\]-~]/g, (char) =>
    char === '"' || char === "\\" ? `\\${char}` : `\\${String(char.charCodeAt(0)).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
}

export function hexOctets(text: string): Octets | undefined {
  if (text.length % 2 !== 0 || /[^0-9A-Fa-f]/.test(text)) return undefined;
  return text.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}

export function hexText(octets: Octets): string {
  return octets.replace(/./gs, (octet) => octet.charCodeAt(0).toString(16).padStart(2, "0")).toUpperCase();
}

/** Strict: padded, nothing but the alphabet (RFC 4648 §4). */
export function base64Octets(text: string): Octets | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return atob(text);
}

export const base64Text = (octets: Octets): string => btoa(octets);

const BASE32HEX = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

/** Base 32 with the extended hex alphabet and no padding (RFC 4648 §7), as NSEC3 has it. Case does not matter. */
export function base32hexOctets(text: string): Octets | undefined {
  let octets = "";
  let buffer = 0;
  let bits = 0;
  for (const char of text.toUpperCase()) {
    const value = BASE32HEX.indexOf(char);
    if (value < 0) return undefined;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets += String.fromCharCode((buffer >>> bits) & 0xff);
    }
  }
  // What is left over is less than a character and all zero, or the text was cut.
  return bits < 5 && (buffer & ((1 << bits) - 1)) === 0 ? octets : undefined;
}

export function base32hexText(octets: Octets): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const octet of octets) {
    buffer = ((buffer << 8) | octet.charCodeAt(0)) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32HEX[(buffer >>> (bits - 5)) & 31];
  }
  return bits > 0 ? text + BASE32HEX[(buffer << (5 - bits)) & 31] : text;
}
