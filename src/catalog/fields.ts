import { foldName } from "../dns/name.ts";
import { utf8 } from "../dns/octets.ts";
import { NAME_PATTERN } from "./model.ts";

/** What is wrong with one field; `path` is a JSON pointer (RFC 6901) into the body, `?name` for a query parameter. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** One JSON object being read. What is wrong goes to `faults` and reading goes on, so that all of it is told at once. */
export interface Fields {
  readonly values: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly faults: Fault[];
}

export interface Range {
  readonly min: number;
  readonly max: number;
  /** Fractions are refused unless this is set. */
  readonly allowsFractions?: boolean;
}

/** Opens a JSON object; fields other than `known` are faults. What is no object reads as an empty one. */
export function openFields(value: unknown, path: string, known: readonly string[], faults: Fault[]): Fields {
  const fields = openMap(value, path, Number.POSITIVE_INFINITY, faults);
  for (const name of Object.keys(fields.values))
    if (!known.includes(name))
      faults.push({
        path: pointer(path, name),
        message: `must not be given: known here are ${known.join(", ") || "none"}`,
      });
  return fields;
}

/** Opens a JSON object whose field names are free. */
export function openMap(value: unknown, path: string, countMax: number, faults: Fault[]): Fields {
  if (!isObject(value)) {
    faults.push({ path, message: `must be an object: got ${shown(value)}` });
    return { values: {}, path, faults };
  }
  const count = Object.keys(value).length;
  if (count > countMax) faults.push({ path, message: `must have at most ${countMax} entries: got ${count}` });
  return { values: value, path, faults };
}

export function readNumber(fields: Fields, name: string, range: Range): number | undefined {
  const value = fields.values[name];
  return value === undefined ? undefined : numberAt(value, pointer(fields.path, name), range, fields.faults);
}

export function numberAt(value: unknown, path: string, range: Range, faults: Fault[]): number | undefined {
  const isNumber = typeof value === "number" && (range.allowsFractions || Number.isInteger(value));
  if (isNumber && value >= range.min && value <= range.max) return value;
  const kind = typeof value === "number" && isNumber ? "" : range.allowsFractions ? "a number " : "a whole number ";
  faults.push({ path, message: `must be ${kind}${range.min}–${range.max}: got ${shown(value)}` });
  return undefined;
}

/** Text of 1 to `octetsMax` octets of UTF-8 without control characters. */
export function readText(fields: Fields, name: string, octetsMax: number): string | undefined {
  const value = fields.values[name];
  return value === undefined ? undefined : textAt(value, pointer(fields.path, name), octetsMax, fields.faults);
}

export function textAt(value: unknown, path: string, octetsMax: number, faults: Fault[]): string | undefined {
  if (typeof value !== "string" || value === "" || /\p{Cc}/u.test(value)) {
    faults.push({ path, message: `must be text without control characters: got ${shown(value)}` });
    return undefined;
  }
  const octets = octetsOfText(value);
  if (octets <= octetsMax) return value;
  faults.push({ path, message: `must have at most ${octetsMax} octets: got ${octets}` });
  return undefined;
}

export function readChoice<T extends string>(fields: Fields, name: string, choices: readonly T[]): T | undefined {
  const value = fields.values[name];
  return value === undefined ? undefined : choiceAt(value, pointer(fields.path, name), choices, fields.faults);
}

export function choiceAt<T extends string>(value: unknown, path: string, choices: readonly T[], faults: Fault[]) {
  const choice = choices.find((known) => known === value);
  const names = choices.map((known) => `"${known}"`).join(" or ");
  if (choice === undefined) faults.push({ path, message: `must be ${names}: got ${shown(value)}` });
  return choice;
}

/** The elements of an array with their paths; an absent one is empty. */
export function readList(fields: Fields, name: string, countMax: number): { path: string; value: unknown }[] {
  const value = fields.values[name];
  const path = pointer(fields.path, name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) fields.faults.push({ path, message: `must be an array: got ${shown(value)}` });
  else if (value.length > countMax)
    fields.faults.push({ path, message: `must have at most ${countMax} elements: got ${value.length}` });
  else return value.map((element: unknown, index) => ({ path: `${path}/${index}`, value: element }));
  return [];
}

/** A service, tag, port or instance name: a DNS label, folded to lower case. */
export function nameAt(value: unknown, path: string, faults: Fault[]): string | undefined {
  const name = typeof value === "string" ? foldName(value) : "";
  if (NAME_PATTERN.test(name)) return name;
  const rule = "must be a DNS label: 1–63 letters, digits and inner hyphens";
  faults.push({ path, message: `${rule}: got ${shown(value)}` });
  return undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The path of a member, "~" and "/" escaped as in RFC 6901 §3. */
export function pointer(path: string, name: string): string {
  return path === "?" ? `?${name}` : `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

const SHOWN_CHARS_MAX = 60;

/** A value as it is quoted in an error message: JSON, cut where it becomes long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}

/** Length in octets of UTF-8. */
export function octetsOfText(text: string): number {
  return utf8(text).length;
}
