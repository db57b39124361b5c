import { addressAt, hostAt } from "./addresses.ts";
import type { CheckEndpoint, Payload, TlsOptions } from "./check.ts";
import { type Fault, type Fields, isObject, octetsOfText, openFields, pointer, readNumber, shown } from "./fields.ts";
import { PORT_RANGE } from "./ports.ts";

/** Parts that several kinds of check have in common. */

/** What a check may rely on and may be. */
export interface CheckRules {
  /** What is checked has a port of its own. */
  readonly hasPort: boolean;
  /** Settings allow to run programs. */
  readonly allowsExec: boolean;
}

const PAYLOAD_OCTETS_MAX = 4096;
const PEM_OCTETS_MAX = 65_536;
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\r?\n.*-----END CERTIFICATE-----\s*$/s;
const KEY = /^\*\*\*$|^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----\r?\n.*-----END ([A-Z]+ )?PRIVATE KEY-----\s*$/s;

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value: what is left out of a check stays out of what is stored. */
export function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}

export function fault({ path, faults }: Fields, name: string, message: string): void {
  faults.push({ path: pointer(path, name), message });
}

/** Reads a field with `read`, which must not be left out. */
export function required<T>(fields: Fields, name: string, read: (fields: Fields, name: string) => T): T {
  if (fields.values[name] === undefined) fault(fields, name, "must be given: got nothing");
  return read(fields, name);
}

export function readEndpoint(fields: Fields, { hasPort }: CheckRules): CheckEndpoint {
  const { address, port } = fields.values;
  if (port === undefined && !hasPort) fault(fields, "port", "must be given as the instance has no port: got nothing");
  return given({
    address: address === undefined ? undefined : addressAt(address, `${fields.path}/address`, fields.faults),
    port: readNumber(fields, "port", PORT_RANGE),
  });
}

function readFlag(fields: Fields, name: string): boolean | undefined {
  const value = fields.values[name];
  if (typeof value === "boolean") return value;
  if (value !== undefined) fault(fields, name, `must be true or false: got ${shown(value)}`);
  return undefined;
}

/** Any text of 1 to `octetsMax` octets, line breaks and all. */
export function readAnyText(fields: Fields, name: string, octetsMax: number): string | undefined {
  const value = fields.values[name];
  return value === undefined ? undefined : anyTextAt(value, pointer(fields.path, name), octetsMax, fields.faults);
}

function anyTextAt(value: unknown, path: string, octetsMax: number, faults: Fault[]): string | undefined {
  const isText = typeof value === "string" && value !== "";
  const octets = isText ? octetsOfText(value) : 0;
  if (isText && octets <= octetsMax) return value;
  const message = isText ? `must have at most ${octetsMax} octets: got ${octets}` : `must be text: got ${shown(value)}`;
  faults.push({ path, message });
  return undefined;
}

/** Text, or `{"hex": "ff 00"}`. */
export function readPayload(fields: Fields, name: string): Payload | undefined {
  const value = fields.values[name];
  if (!isObject(value)) return readAnyText(fields, name, PAYLOAD_OCTETS_MAX);
  const inner = openFields(value, pointer(fields.path, name), ["hex"], fields.faults);
  const hex = required(inner, "hex", (at, member) => readAnyText(at, member, 3 * PAYLOAD_OCTETS_MAX));
  if (hex !== undefined && !/^\s*([0-9a-f]{2}\s*)+$/i.test(hex))
    fault(inner, "hex", `must be pairs of hexadecimal digits: got ${shown(hex)}`);
  return hex === undefined ? undefined : { hex };
}

export function readTls(fields: Fields): TlsOptions | undefined {
  const { tls } = fields.values;
  if (tls === undefined) return undefined;
  const known = ["serverName", "ca", "skipVerify", "certificate", "key"];
  const inner = openFields(tls, `${fields.path}/tls`, known, fields.faults);
  const { serverName, certificate, key } = inner.values;
  if (key === undefined && certificate !== undefined)
    fault(inner, "key", "must be given with certificate: got nothing");
  if (certificate === undefined && key !== undefined)
    fault(inner, "certificate", "must be given with key: got nothing");
  return given({
    serverName: serverName === undefined ? undefined : hostAt(serverName, `${inner.path}/serverName`, inner.faults),
    ca: readPem(inner, "ca", CERTIFICATE, "certificates"),
    skipVerify: readFlag(inner, "skipVerify"),
    certificate: readPem(inner, "certificate", CERTIFICATE, "certificates"),
    key: readPem(inner, "key", KEY, "a private key"),
  });
}

/** Never quoted in what is wrong with it: it may be a secret, or nearly one. */
function readPem(fields: Fields, name: string, form: RegExp, what: string): string | undefined {
  const text = readAnyText(fields, name, PEM_OCTETS_MAX);
  if (text !== undefined && !form.test(text)) fault(fields, name, `must be ${what} in PEM`);
  return text;
}
