import type { Check, CheckKind, CheckTiming } from "./check.ts";
import { type CheckRules, fault } from "./check-fields.ts";
import { CHECK_KINDS, READERS } from "./check-kinds.ts";
import { isMasked, masked } from "./check-secrets.ts";
import {
  choiceAt,
  type Fault,
  type Fields,
  isObject,
  openFields,
  openMap,
  readList,
  readNumber,
  shown,
} from "./fields.ts";
import { LIMITS } from "./model.ts";
import { readThresholds } from "./thresholds.ts";

const TIMING_FIELDS = ["kind", "intervalSeconds", "timeoutSeconds", "passAfter", "failAfter"];
const INTERVAL_SECONDS = { min: 0.1, max: 3600, allowsFractions: true };
const INTERVAL_SECONDS_DEFAULT = 10;
/** Looking up what is known of somebody else costs next to nothing. */
const ALIAS_INTERVAL_SECONDS_DEFAULT = 1;
const TIMEOUT_SECONDS_MIN = 0.05;
const TIMEOUT_SECONDS_DEFAULT = 5;

/** The checks of a registration or of a service's settings. Masks stand for the secrets of `known`, the present checks. */
export function readChecks(fields: Fields, rules: CheckRules, known: readonly Check[]): readonly Check[] {
  const checks = readList(fields, "checks", LIMITS.checks).map(({ path, value }) => {
    const check = readCheck(value, path, rules, fields.faults);
    return check !== undefined && isMasked(check) ? unmasked(check, path, known, fields.faults) : check;
  });
  return checks.filter((check) => check !== undefined);
}

function readCheck(value: unknown, path: string, rules: CheckRules, faults: Fault[]): Check | undefined {
  const { values } = openMap(value, path, Number.POSITIVE_INFINITY, faults);
  if (!isObject(value)) return undefined;
  const kind = choiceAt(values["kind"], `${path}/kind`, CHECK_KINDS, faults);
  if (kind === undefined) return undefined;
  const row = READERS[kind];
  const fields = openFields(value, path, [...TIMING_FIELDS, ...row.fields], faults);
  if (kind === "exec" && !rules.allowsExec)
    fault(fields, "kind", 'must not be "exec" as the setting checks.exec does not allow it');
  return { ...row.read(fields, rules), ...readTiming(fields, kind) };
}

function readTiming(fields: Fields, kind: CheckKind): CheckTiming {
  const intervalDefault = kind === "alias" ? ALIAS_INTERVAL_SECONDS_DEFAULT : INTERVAL_SECONDS_DEFAULT;
  const intervalSeconds = readNumber(fields, "intervalSeconds", INTERVAL_SECONDS) ?? intervalDefault;
  return {
    intervalSeconds,
    timeoutSeconds: readTimeout(fields, intervalSeconds),
    ...readThresholds(fields, { passAfter: 1, failAfter: 2 }),
  };
}

/** Below the interval: a probe ends before the next one of the same check begins. */
function readTimeout(fields: Fields, intervalSeconds: number): number {
  const { timeoutSeconds: value } = fields.values;
  if (value === undefined) return Math.min(TIMEOUT_SECONDS_DEFAULT, intervalSeconds / 2);
  if (typeof value === "number" && value >= TIMEOUT_SECONDS_MIN && value < intervalSeconds) return value;
  const rule = `must be a number from ${TIMEOUT_SECONDS_MIN} to below the interval, ${intervalSeconds}`;
  fault(fields, "timeoutSeconds", `${rule}: got ${shown(value)}`);
  return TIMEOUT_SECONDS_MIN;
}

/** A check as GET shows it, put back as it was, is the check it was; in one that changed, a mask stands for nothing. */
function unmasked(check: Check, path: string, known: readonly Check[], faults: Fault[]): Check {
  const text = JSON.stringify(check);
  const same = known.find((one) => JSON.stringify(masked(one)) === text);
  if (same === undefined)
    faults.push({
      path,
      message: 'must be given with its secrets: "***" stands for those of a check that stays the same',
    });
  return same ?? check;
}
