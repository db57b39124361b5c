import { type Fields, openFields, readNumber } from "./fields.ts";
import type { FlapDamping, Registration, ServiceSettings, Thresholds } from "./model.ts";

const RESULTS_IN_A_ROW = { min: 1, max: 100 };
const HALF_LIFE_SECONDS = { min: 1, max: 86_400, allowsFractions: true };
const SUPPRESS = { min: 0, max: 1000, allowsFractions: true };
const REUSE = { ...SUPPRESS, min: 0.1 };

/**
 * Six falls within a minute hold an instance out for some three minutes. Lower limits would punish what is restarted a
 * few times by hand, as those first recommended for routers punished the well connected (RFC 7196).
 */
export const FLAP_DAMPING_DEFAULT: FlapDamping = {
  halfLifeSeconds: 120,
  suppressAbove: 5,
  reuseAt: 2,
  holdSecondsMax: 300,
};

/** `passAfter` and `failAfter`, with the defaults of whoever asks. */
export function readThresholds(fields: Fields, { passAfter, failAfter }: Thresholds): Thresholds {
  return {
    passAfter: readNumber(fields, "passAfter", RESULTS_IN_A_ROW) ?? passAfter,
    failAfter: readNumber(fields, "failAfter", RESULTS_IN_A_ROW) ?? failAfter,
  };
}

/** The thresholds of what heartbeats push. */
export function readHeartbeat(fields: Fields, hasLease: boolean): Pick<Registration, "heartbeat"> {
  const { heartbeat: given } = fields.values;
  if (given === undefined) return {};
  const path = `${fields.path}/heartbeat`;
  if (!hasLease) fields.faults.push({ path, message: "must not be given without leaseSeconds" });
  const own = openFields(given, path, ["passAfter", "failAfter"], fields.faults);
  return { heartbeat: readThresholds(own, { passAfter: 1, failAfter: 1 }) };
}

/** A service's flap damping, what it leaves out filled in. */
export function readFlapDamping(fields: Fields): Pick<ServiceSettings, "flapDamping"> {
  const { flapDamping: given } = fields.values;
  if (given === undefined) return {};
  const path = `${fields.path}/flapDamping`;
  const own = openFields(given, path, Object.keys(FLAP_DAMPING_DEFAULT), fields.faults);
  const suppressAbove = readNumber(own, "suppressAbove", SUPPRESS) ?? FLAP_DAMPING_DEFAULT.suppressAbove;
  // What is held out at once answered again would flap all the same.
  const reuseRange = { ...REUSE, max: Math.max(suppressAbove || REUSE.max, REUSE.min) };
  return {
    flapDamping: {
      halfLifeSeconds: readNumber(own, "halfLifeSeconds", HALF_LIFE_SECONDS) ?? FLAP_DAMPING_DEFAULT.halfLifeSeconds,
      suppressAbove,
      reuseAt: readNumber(own, "reuseAt", reuseRange) ?? Math.min(FLAP_DAMPING_DEFAULT.reuseAt, reuseRange.max),
      holdSecondsMax: readNumber(own, "holdSecondsMax", HALF_LIFE_SECONDS) ?? FLAP_DAMPING_DEFAULT.holdSecondsMax,
    },
  };
}
