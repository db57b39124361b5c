import { type BodyExpectation, HTTP_METHODS, type HttpCheck } from "./check.ts";
import { type CheckRules, fault, given, readAnyText, readTls, required } from "./check-fields.ts";
import {
  type Fields,
  openFields,
  openMap,
  pointer,
  readChoice,
  readList,
  readNumber,
  readText,
  shown,
} from "./fields.ts";

export const HTTP_FIELDS = ["url", "method", "headers", "body", "expectStatus", "expectBody", "redirects", "tls"];

const URL_OCTETS_MAX = 2048;
const HEADERS_MAX = 32;
const HEADER_OCTETS_MAX = 4096;
const BODY_OCTETS_MAX = 16_384;
const STATUSES_MAX = 16;
const REDIRECTS = { min: 0, max: 10 };
const EXPECTED_OCTETS_MAX = 1024;
/** Headers that the request makes itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...["connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"],
]);

export function readHttpCheck(fields: Fields, rules: CheckRules): HttpCheck {
  const url = readUrl(fields, rules);
  const method = readChoice(fields, "method", HTTP_METHODS);
  if (fields.values["tls"] !== undefined && /^http:/i.test(url)) fault(fields, "tls", "must not be given with http://");
  if (method === "HEAD" && fields.values["expectBody"] !== undefined)
    fault(fields, "expectBody", "must not be given with HEAD, whose answer has no body");
  const optional = {
    method,
    headers: readHeaders(fields),
    body: readAnyText(fields, "body", BODY_OCTETS_MAX),
    expectStatus: readStatuses(fields),
    expectBody: readExpectation(fields),
    redirects: readNumber(fields, "redirects", REDIRECTS),
    tls: readTls(fields),
  };
  return { kind: "http", url, ...given(optional) };
}

/** The first and last status of `404` or `200-299`; undefined when it is neither. */
export function statusRange(text: string): readonly [from: number, to: number] | undefined {
  const [, from = "", to = from] = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(text) ?? [];
  return from !== "" && from <= to ? [Number(from), Number(to)] : undefined;
}

/** An absolute URL as written, or a path, which stands on the instance's own address and port. */
function readUrl(fields: Fields, { hasPort }: CheckRules): string {
  const url = required(fields, "url", (at, name) => readText(at, name, URL_OCTETS_MAX));
  if (url === undefined) return "";
  const isPath = url.startsWith("/") && !url.startsWith("//");
  const isAbsolute = /^https?:\/\//i.test(url) && URL.canParse(url);
  if (!isPath && !isAbsolute) fault(fields, "url", `must be an http or https URL, or a path: got ${shown(url)}`);
  if (isPath && !hasPort) fault(fields, "url", `must be absolute as the instance has no port: got ${shown(url)}`);
  return url;
}

function readHeaders(fields: Fields): Readonly<Record<string, string>> | undefined {
  if (fields.values["headers"] === undefined) return undefined;
  const map = openMap(fields.values["headers"], pointer(fields.path, "headers"), HEADERS_MAX, fields.faults);
  const headers = new Map<string, string>();
  for (const [given, value] of Object.entries(map.values)) {
    const name = given.toLowerCase();
    const rule = headerRule(name, value, headers);
    if (rule === undefined) headers.set(name, value as string);
    else fault(map, given, rule);
  }
  return Object.fromEntries([...headers].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is wrong with a header (RFC 9110 §5.1, §5.5). The value is not quoted: it may be a secret. */
function headerRule(name: string, value: unknown, known: ReadonlyMap<string, string>): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return `must be named with a token: got ${shown(name)}`;
  if (OWN_HEADERS.has(name)) return "must not be given: the request makes it itself";
  if (known.has(name)) return "must be given once: names differ by more than case";
  const isText = typeof value === "string" && /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  if (!isText) return "must be printable ASCII, without spaces at its ends";
  return value.length > HEADER_OCTETS_MAX
    ? `must have at most ${HEADER_OCTETS_MAX} octets: got ${value.length}`
    : undefined;
}

function readStatuses(fields: Fields): readonly string[] | undefined {
  if (fields.values["expectStatus"] === undefined) return undefined;
  const list = readList(fields, "expectStatus", STATUSES_MAX);
  if (list.length === 0 && Array.isArray(fields.values["expectStatus"]))
    fault(fields, "expectStatus", "must have at least 1 element: got []");
  for (const { path, value } of list)
    if (statusRange(String(value)) === undefined)
      fields.faults.push({
        path,
        message: `must be a status such as 404, or a range such as "200-299": got ${shown(value)}`,
      });
  return list.map(({ value }) => String(value));
}

function readExpectation(fields: Fields): BodyExpectation | undefined {
  const { expectBody: value } = fields.values;
  if (value === undefined) return undefined;
  const inner = openFields(value, `${fields.path}/expectBody`, ["text", "pattern", "pointer", "equals"], fields.faults);
  const { text, pattern, pointer: at, equals } = inner.values;
  if ([text, pattern, at].filter((given) => given !== undefined).length !== 1)
    inner.faults.push({ path: inner.path, message: "must have one of text, pattern and pointer" });
  if (equals !== undefined && at === undefined) fault(inner, "equals", "must be given with pointer");
  if (at !== undefined) return readPointer(inner);
  return pattern === undefined ? { text: readAnyText(inner, "text", EXPECTED_OCTETS_MAX) ?? "" } : readPattern(inner);
}

function readPattern(fields: Fields): BodyExpectation {
  const pattern = readAnyText(fields, "pattern", EXPECTED_OCTETS_MAX) ?? "";
  try {
    new RegExp(pattern);
  } catch {
    fault(fields, "pattern", `must be a regular expression: got ${shown(pattern)}`);
  }
  return { pattern };
}

function readPointer(fields: Fields): BodyExpectation {
  const { pointer: at, equals } = fields.values;
  if (typeof at !== "string" || at.length > EXPECTED_OCTETS_MAX || !/^(\/([^~]|~[01])*)?$/.test(at))
    fault(fields, "pointer", `must be a JSON pointer such as /status: got ${shown(at)}`);
  const isScalar = equals === null || ["undefined", "string", "number", "boolean"].includes(typeof equals);
  if (!isScalar) fault(fields, "equals", `must be text, a number, true, false or null: got ${shown(equals)}`);
  return { pointer: String(at), ...given({ equals: equals as string | number | boolean | null | undefined }) };
}
