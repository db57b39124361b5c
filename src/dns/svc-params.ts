import { type Octets, readU16, u16 } from "./octets.ts";
import type { Field } from "./rdata-field.ts";
import type { RdataTokens } from "./rdata-tokens.ts";
import { KEY_INVALID, paramKey, paramKeyText, paramOf } from "./svc-param-values.ts";

const MANDATORY = 0;
const ALPN = 1;
const NO_DEFAULT_ALPN = 2;

/** The SvcParams of SVCB and HTTPS (RFC 9460 §2), up to the end of the record: any order in text, ascending on the wire. */
export const svcParams: Field = {
  parse(tokens) {
    const params = new Map<number, Octets>();
    while (!tokens.isAtEnd) {
      const [key, value] = parseParam(tokens);
      if (params.has(key)) tokens.fail(`must have ${paramKeyText(key)} only once`);
      params.set(key, value);
    }
    const fault = faultOf(params);
    if (fault !== undefined) tokens.fail(fault);
    return [...params]
      .sort(([a], [b]) => a - b)
      .map(([key, value]) => u16(key) + u16(value.length) + value)
      .join("");
  },
  end(rdata, at) {
    const params = readParams(rdata, at);
    const isValid = params && [...params].every(([key, value]) => paramOf(key).text(value) !== undefined);
    return isValid && faultOf(params) === undefined ? rdata.length : -1;
  },
  text: (octets) => [...readParams(octets, 0)!].map(([key, value]) => paramText(key, value)).join(" "),
};

/** One `key`, `key=value` or `key="value"`. */
function parseParam(tokens: RdataTokens): [key: number, value: Octets] {
  const word = tokens.word();
  const equals = word.indexOf("=");
  const keyText = equals < 0 ? word : word.slice(0, equals);
  const key = paramKey(keyText) ?? tokens.fail("must have keys of RFC 9460 or key0–key65534");
  const quoted = word.length === equals + 1 ? tokens.attachedString() : undefined;
  const value = quoted ?? (equals < 0 ? "" : tokens.unescape(word.slice(equals + 1)));
  const param = paramOf(key, keyText);
  const octets = param.octets(value) ?? tokens.fail(`${paramKeyText(key)} ${param.rule}`);
  return [key, octets];
}

/** What is wrong with the parameters as a whole (RFC 9460 §7.1.1, §8), as a rule for a message. */
function faultOf(params: ReadonlyMap<number, Octets>): string | undefined {
  if (params.has(NO_DEFAULT_ALPN) && !params.has(ALPN)) return "must have alpn beside no-default-alpn";
  const mandatory = params.get(MANDATORY) ?? "";
  for (let at = 0; at < mandatory.length; at += 2) {
    const key = readU16(mandatory, at);
    if (!params.has(key)) return `must have ${paramKeyText(key)}, as it is mandatory`;
  }
  return undefined;
}

/** Keys and values in ascending order, or undefined when they are not or do not fill the RDATA exactly. */
function readParams(rdata: Octets, at: number): Map<number, Octets> | undefined {
  const params = new Map<number, Octets>();
  for (let previous = -1; at < rdata.length; ) {
    const key = readU16(rdata, at);
    const end = at + 4 + readU16(rdata, at + 2);
    if (rdata.length < at + 4 || end > rdata.length || key <= previous || key === KEY_INVALID) return undefined;
    params.set(key, rdata.slice(at + 4, end));
    previous = key;
    at = end;
  }
  return params;
}

function paramText(key: number, value: Octets): string {
  const text = paramOf(key).text(value);
  return text ? `${paramKeyText(key)}=${text}` : paramKeyText(key);
}
