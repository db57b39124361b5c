import { addressAt } from "./addresses.ts";
import {
  choiceAt,
  type Fault,
  type Fields,
  isObject,
  numberAt,
  openFields,
  openMap,
  readList,
  readNumber,
  readText,
  shown,
} from "./fields.ts";
import { type Check, LIMITS } from "./model.ts";
import { PORT_RANGE } from "./ports.ts";

const TIMING_FIELDS = ["kind", "intervalSeconds", "timeoutSeconds", "passAfter", "failAfter"];
const KIND_FIELDS = { http: ["url"], tcp: ["address", "port"] } as const;
const KINDS = Object.keys(KIND_FIELDS) as (keyof typeof KIND_FIELDS)[];
const URL_OCTETS_MAX = 2048;
const INTERVAL_SECONDS = { min: 0.1, max: 3600, allowsFractions: true };
const INTERVAL_SECONDS_DEFAULT = 10;
const TIMEOUT_SECONDS_DEFAULT = 5;
const RESULTS_IN_A_ROW = { min: 1, max: 100 };

/** The checks of a registration or of a service's settings. `hasPort` = what they check has a port of its own. */
export function readChecks(fields: Fields, hasPort: boolean): readonly Check[] {
  const checks = readList(fields, "checks", LIMITS.checks).map(({ path, value }) =>
    readCheck(value, path, hasPort, fields.faults),
  );
  return checks.filter((check) => check !== undefined);
}

function readCheck(value: unknown, path: string, hasPort: boolean, faults: Fault[]): Check | undefined {
  const { values } = openMap(value, path, Number.POSITIVE_INFINITY, faults);
  if (!isObject(value)) return undefined;
  const kind = choiceAt(values["kind"], `${path}/kind`, KINDS, faults);
  if (kind === undefined) return undefined;
  const fields = openFields(value, path, [...TIMING_FIELDS, ...KIND_FIELDS[kind]], faults);
  const timing = readTiming(fields);
  switch (kind) {
    case "http":
      return { kind, url: readUrl(fields, hasPort), ...timing };
    case "tcp": {
      const { address: given } = fields.values;
      const address = given === undefined ? undefined : addressAt(given, `${path}/address`, faults);
      const port = readNumber(fields, "port", PORT_RANGE);
      if (fields.values["port"] === undefined && !hasPort)
        faults.push({ path: `${path}/port`, message: "must be given as the instance has no port: got nothing" });
      return { kind, ...(address !== undefined && { address }), ...(port !== undefined && { port }), ...timing };
    }
  }
}

function readTiming(fields: Fields) {
  const intervalSeconds = readNumber(fields, "intervalSeconds", INTERVAL_SECONDS) ?? INTERVAL_SECONDS_DEFAULT;
  const { timeoutSeconds: given } = fields.values;
  // A probe ends before the next one of the same check begins.
  const range = { ...INTERVAL_SECONDS, max: intervalSeconds };
  const timeout =
    given === undefined ? undefined : numberAt(given, `${fields.path}/timeoutSeconds`, range, fields.faults);
  return {
    intervalSeconds,
    timeoutSeconds: timeout ?? Math.min(TIMEOUT_SECONDS_DEFAULT, intervalSeconds),
    passAfter: readNumber(fields, "passAfter", RESULTS_IN_A_ROW) ?? 1,
    failAfter: readNumber(fields, "failAfter", RESULTS_IN_A_ROW) ?? 2,
  };
}

/** An absolute URL as written, or a path, which stands on the instance's own address and port. */
function readUrl(fields: Fields, hasPort: boolean): string {
  const path = `${fields.path}/url`;
  const { url: given } = fields.values;
  if (given === undefined) fields.faults.push({ path, message: "must be given: got nothing" });
  const url = readText(fields, "url", URL_OCTETS_MAX);
  if (url === undefined) return "";
  const isPath = url.startsWith("/") && !url.startsWith("//");
  const isAbsolute = /^https?:\/\//i.test(url) && URL.canParse(url);
  if (!isPath && !isAbsolute)
    fields.faults.push({ path, message: `must be an http or https URL, or a path: got ${shown(given)}` });
  if (isPath && !hasPort)
    fields.faults.push({ path, message: `must be absolute as the instance has no port: got ${shown(given)}` });
  return url;
}
