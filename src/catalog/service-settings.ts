import { readChecks } from "./checks.ts";
import {
  type Fault,
  type Fields,
  isObject,
  nameAt,
  openFields,
  readChoice,
  readList,
  readNumber,
  readText,
  shown,
} from "./fields.ts";
import { type BrakeTerms, type Failover, LIMITS, type SelectionKind, type ServiceSettings } from "./model.ts";
import { LOCALITY_OCTETS_MAX, tagAt } from "./registration.ts";
import { TTL_SECONDS_MAX } from "./service-ttl.ts";
import { readFlapDamping } from "./thresholds.ts";

export const SELECTION_KINDS: readonly SelectionKind[] = ["all", "random", "roundRobin", "hash", "nearest"];
export const FAILURE_POLICIES = ["all", "last", "none"] as const;
export const FAILOVER_TARGETS_MAX = 8;

/** What a number of each setting may be. */
export const SETTING_RANGES = {
  ttlSeconds: { min: 0, max: TTL_SECONDS_MAX },
  // Never 0: a client that asks for AAAA where there are none would ask again and again.
  negativeTtlSeconds: { min: 1, max: 86_400 },
  lastSecondsMax: { min: 1, max: 31_536_000, allowsFractions: true },
  maxAnswers: { min: 1, max: 65_535 },
  warningWeight: { min: 0, max: 1, allowsFractions: true },
  slowStartSeconds: { min: 0, max: 86_400, allowsFractions: true },
} as const;

/** The same of a brake's terms. */
export const BRAKE_RANGES = {
  aboveShare: { min: 0.01, max: 1, allowsFractions: true },
  windowSeconds: { min: 1, max: 3600, allowsFractions: true },
  leastInstances: { min: 1, max: LIMITS.instances },
  holdSecondsMax: { min: 1, max: 86_400, allowsFractions: true },
} as const;

const TERMS = Object.keys(BRAKE_RANGES) as (keyof BrakeTerms)[];
const NUMBERS = Object.keys(SETTING_RANGES) as (keyof typeof SETTING_RANGES)[];
const FIELDS = [...NUMBERS, "failBelow", "failover", "failurePolicy", "selection", "brake", "checks", "flapDamping"];
const SHARE = /^(100|[1-9]?[0-9])%$/;

/** What a service's settings depend on besides their body. */
export interface SettingsOrigin {
  readonly service: string;
  readonly present: ServiceSettings;
  /** Checks may run programs. */
  readonly allowsExec: boolean;
}

/** Reads the settings of a service. What it returns holds good only if no fault was added. */
export function readServiceSettings(body: unknown, origin: SettingsOrigin, faults: Fault[]): ServiceSettings {
  const fields = openFields(body, "", FIELDS, faults);
  const failurePolicy = readChoice(fields, "failurePolicy", FAILURE_POLICIES);
  const selection = readChoice(fields, "selection", SELECTION_KINDS);
  const checks = readChecks(fields, { hasPort: true, allowsExec: origin.allowsExec }, origin.present.checks ?? []);
  return {
    ...readNumbers(fields, SETTING_RANGES, NUMBERS),
    ...readFailBelow(fields),
    ...readFailover(fields, origin.service),
    ...(failurePolicy !== undefined && { failurePolicy }),
    ...(selection !== undefined && { selection }),
    ...readBrakeTerms(fields),
    ...(checks.length > 0 && { checks }),
    ...readFlapDamping(fields),
  };
}

/** Those of the numbers that are given. */
function readNumbers<T extends string>(
  fields: Fields,
  ranges: Readonly<Record<T, { readonly min: number; readonly max: number }>>,
  names: readonly T[],
): Partial<Record<T, number>> {
  const numbers: Partial<Record<T, number>> = {};
  for (const name of names) {
    const number = readNumber(fields, name, ranges[name]);
    if (number !== undefined) numbers[name] = number;
  }
  return numbers;
}

function readFailBelow({ values, path, faults }: Fields): Pick<ServiceSettings, "failBelow"> {
  const { failBelow } = values;
  if (failBelow === undefined) return {};
  const isCount = Number.isInteger(failBelow) && Number(failBelow) >= 1;
  if (typeof failBelow === "number" && isCount && failBelow <= LIMITS.instancesPerService) return { failBelow };
  if (typeof failBelow === "string" && SHARE.test(failBelow) && failBelow !== "0%") return { failBelow };
  const rule = `must be a whole number 1–${LIMITS.instancesPerService}, or a share from "1%" to "100%"`;
  faults.push({ path: `${path}/failBelow`, message: `${rule}: got ${shown(failBelow)}` });
  return {};
}

function readFailover(fields: Fields, service: string): Pick<ServiceSettings, "failover"> {
  const targets = readList(fields, "failover", FAILOVER_TARGETS_MAX);
  if (targets.length === 0) return {};
  return { failover: targets.map(({ value, path }) => failoverAt(value, path, service, fields.faults)) };
}

function failoverAt(value: unknown, path: string, ofService: string, faults: Fault[]): Failover {
  const fields = openFields(value, path, ["service", "tag", "locality"], faults);
  const service = readBy(nameAt, fields, "service");
  const tag = readBy(tagAt, fields, "tag");
  const locality = readText(fields, "locality", LOCALITY_OCTETS_MAX);
  if (isObject(value) && Object.keys(value).length === 0)
    faults.push({ path, message: "must name a service, a tag or a locality: got {}" });
  if (service === ofService && tag === undefined && locality === undefined)
    faults.push({ path, message: "must not be the service itself, which cannot stand in for itself" });
  return {
    ...(service !== undefined && { service }),
    ...(tag !== undefined && { tag }),
    ...(locality !== undefined && { locality }),
  };
}

function readBy(reader: typeof nameAt, { values, path, faults }: Fields, name: string): string | undefined {
  return values[name] === undefined ? undefined : reader(values[name], `${path}/${name}`, faults);
}

function readBrakeTerms({ values, path, faults }: Fields): Pick<ServiceSettings, "brake"> {
  const { brake: given } = values;
  if (given === undefined) return {};
  const fields = openFields(given, `${path}/brake`, TERMS, faults);
  return { brake: readNumbers(fields, BRAKE_RANGES, TERMS) };
}
