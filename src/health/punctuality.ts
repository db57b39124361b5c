import type { BaseLogger } from "pino";
import type { Check } from "../catalog/model.ts";

/** On time for so long means that it is over. */
const CALM_MS = 30_000;

/**
 * Hears how late each probe starts. Says so in the log when checks begin to lag by more than half of their interval, and
 * when they do no more: once, not for each check.
 */
export function createPunctuality(log: Pick<BaseLogger, "info" | "warn">, nowMs: () => number) {
  let lateAtMs: number | undefined;
  return (lateMs: number, { intervalSeconds }: Check): void => {
    if (lateMs > intervalSeconds * 500) {
      if (lateAtMs === undefined)
        log.warn({ lateMs: Math.round(lateMs) }, "health checks run late: there are too many");
      lateAtMs = nowMs();
    } else if (lateAtMs !== undefined && nowMs() - lateAtMs > CALM_MS) {
      log.info("health checks run on time again");
      lateAtMs = undefined;
    }
  };
}
