import { setTimeout as wait } from "node:timers/promises";
import { onTestFinished } from "vitest";

const LOOK_EVERY_MS = 100;

/**
 * Looks on and on until the test ends. Returns who went away, a list that grows: whoever one look saw and the next did
 * not. A look that fails tells nothing of anybody.
 */
export function watchDepartures(look: () => Promise<readonly string[]>): readonly string[] {
  const departures: string[] = [];
  let isOver = false;
  const watch = async () => {
    for (let before: readonly string[] = []; !isOver; await wait(LOOK_EVERY_MS)) {
      const seen: readonly string[] = await look().catch(() => before);
      departures.push(...before.filter((one) => !seen.includes(one)));
      before = seen;
    }
  };
  const watching = watch();
  onTestFinished(async () => {
    isOver = true;
    await watching;
  });
  return departures;
}
