import type { Check, FlapDamping, Instance } from "../catalog/model.ts";
import type { Service } from "../catalog/service.ts";
import { FLAP_DAMPING_DEFAULT } from "../catalog/thresholds.ts";

/** What `lastSecondsMax` is where nobody says. */
const LAST_SECONDS_MAX = 3600;

/** By what an instance is judged. */
export interface Terms {
  readonly checks: readonly Check[];
  readonly flapDamping: FlapDamping;
  /** 0 = none. */
  readonly slowStartSeconds: number;
  /** How long ago it may have fallen; undefined where the service's policy does not ask. */
  readonly lastSecondsMax: number | undefined;
  /** When a brake of its service may end at the latest, in waking time; undefined while none is engaged. */
  readonly brakeEndMs: number | undefined;
}

export function termsOf({ registration }: Instance, { settings }: Service, brakeEndMs: number | undefined): Terms {
  const bringsNone = registration.checks.length === 0 && registration.leaseSeconds === undefined;
  const checks = bringsNone ? (settings.checks ?? registration.checks) : registration.checks;
  return {
    checks,
    flapDamping: settings.flapDamping ?? FLAP_DAMPING_DEFAULT,
    slowStartSeconds: settings.slowStartSeconds ?? 0,
    lastSecondsMax: settings.failurePolicy === "last" ? (settings.lastSecondsMax ?? LAST_SECONDS_MAX) : undefined,
    brakeEndMs,
  };
}

/** False for an instance about which nothing can ever change here: most of a large table costs nothing. */
export function needsWatch({ registration, operator, votes }: Instance, { checks }: Terms): boolean {
  const isChecked = checks.length > 0 || registration.leaseSeconds !== undefined || votes.length > 0;
  return isChecked || registration.deregisterAfterSeconds > 0 || operator?.untilMs !== undefined;
}
