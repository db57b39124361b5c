import type { Instance, ServiceSettings } from "./model.ts";
import { verdictOf } from "./verdict.ts";

/** Small weights are all equal to HAProxy, which takes (w+255)/256; ratios stay exact for everyone (DNS.md §2.11). */
const WEIGHT_FACTOR = 256;
const WARNING_WEIGHT = 0.5;

interface Weighting {
  readonly warningWeight?: ServiceSettings["warningWeight"] | undefined;
}

/** The weight of an instance in DNS, 0 to 65 280: less in state warning and while it starts slowly, but never none of it. */
export function wireWeightOf(instance: Instance, { warningWeight = WARNING_WEIGHT }: Weighting): number {
  const { weight } = instance.registration;
  if (weight === 0) return 0;
  const { state, vote } = verdictOf(instance);
  const share = (vote?.weightShare ?? 1) * (state === "warning" ? warningWeight : 1);
  return Math.max(1, Math.round(weight * WEIGHT_FACTOR * share));
}
