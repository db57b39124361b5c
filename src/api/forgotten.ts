import { Refusal } from "../catalog/refusal.ts";
import type { ApiContext } from "./options.ts";
import { pause } from "./pause.ts";

/** Waits until no resolver can still hold these instances, which are out of DNS. Throws Refusal when the server stops. */
export async function untilForgotten(
  { drainSeconds, closing }: ApiContext,
  service: string,
  ids: readonly string[],
  action: string,
): Promise<void> {
  const seconds = ids.reduce((longest, id) => Math.max(longest, drainSeconds(service, id)), 0);
  await pause(seconds * 1000, closing);
  if (closing.aborted)
    throw new Refusal("unavailable", action, "the server is stopping: what was taken out of DNS stays out, ask again");
}
