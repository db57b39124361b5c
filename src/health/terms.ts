import type { Check, FlapDamping, Instance } from "../catalog/model.ts";
import type { Service } from "../catalog/service.ts";
import { FLAP_DAMPING_DEFAULT } from "../catalog/thresholds.ts";

/** By what an instance is judged. */
export interface Terms {
  readonly checks: readonly Check[];
  readonly flapDamping: FlapDamping;
}

export function termsOf({ registration }: Instance, { settings }: Service): Terms {
  const bringsNone = registration.checks.length === 0 && registration.leaseSeconds === undefined;
  const checks = bringsNone ? (settings.checks ?? registration.checks) : registration.checks;
  return { checks, flapDamping: settings.flapDamping ?? FLAP_DAMPING_DEFAULT };
}

/** False for an instance about which nothing can ever change here: most of a large table costs nothing. */
export function needsWatch({ registration, operator, votes }: Instance, { checks }: Terms): boolean {
  const isChecked = checks.length > 0 || registration.leaseSeconds !== undefined || votes.length > 0;
  return isChecked || registration.deregisterAfterSeconds > 0 || operator?.untilMs !== undefined;
}
