import { type Fault, numberAt } from "../catalog/fields.ts";
import { refuseFaults } from "../catalog/refusal.ts";
import { asNumber, type Call } from "./call.ts";
import type { ApiContext } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";

const WAIT_SECONDS = { min: 0, max: 300, allowsFractions: true };
const SINCE = { min: 0, max: Number.MAX_SAFE_INTEGER };

/**
 * With `?wait=30&since=R`: returns once what the route reads has changed after R, the time is over, the client is gone or
 * the server closes. Without `since`, R is now. Throws Refusal.
 */
export async function longPoll(
  { catalog, nextPublication, closing }: ApiContext,
  call: Call,
  { changedAt, action }: Pick<ReadRoute, "changedAt" | "action">,
  gone: () => AbortSignal,
): Promise<void> {
  const { wait, since } = readWait(call, action);
  if (wait === undefined) return;
  const after = since ?? catalog().revision;
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, wait * 1000);
  const ends = [closing, gone()];
  for (const end of ends) end.addEventListener("abort", abort, { once: true });
  if (closing.aborted) abort();
  while (changedAt(call) <= after && !stop.signal.aborted) await nextPublication(stop.signal);
  clearTimeout(timer);
  for (const end of ends) end.removeEventListener("abort", abort);
  abort();
}

function readWait({ query }: Call, action: string): { wait: number | undefined; since: number | undefined } {
  if (query["wait"] === undefined && query["since"] === undefined) return { wait: undefined, since: undefined };
  const faults: Fault[] = [];
  const read = (name: "wait" | "since", range: typeof WAIT_SECONDS | typeof SINCE) =>
    query[name] === undefined ? undefined : numberAt(asNumber(query[name]), `?${name}`, range, faults);
  const result = { wait: read("wait", WAIT_SECONDS), since: read("since", SINCE) };
  refuseFaults(action, faults);
  return result;
}
