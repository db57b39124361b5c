import { join } from "node:path";
import type { Muster } from "./muster.ts";
import { directoryWith, run } from "./processes.ts";

export const UPDATE_CLIENTS = ["nsupdate", "knsupdate"] as const;
export type UpdateClient = (typeof UPDATE_CLIENTS)[number];

export interface Sending {
  /** As `dig -y` takes it; absent: the request is not signed. */
  readonly key?: string | undefined;
  readonly overTcp?: boolean;
}

/**
 * Sends one update of `zone`, in the lines that both programs read. Returns the status of the response, and `(not verified)`
 * behind it when it was not signed as it should have been.
 */
export async function sendUpdate(
  client: UpdateClient,
  { address, port }: Muster,
  zone: string,
  lines: readonly string[],
  { key, overTcp = false }: Sending = {},
): Promise<string> {
  const text = [`server ${address} ${port}`, `zone ${zone}`, ...lines, "send", "answer", ""].join("\n");
  const script = join(directoryWith({ update: text }), "update");
  const args = [...(overTcp ? ["-v"] : []), ...(key === undefined ? [] : ["-y", key]), script];
  // Whatever is not NOERROR is a failure to both programs, and `run` then tells all they wrote.
  const output = await run(client, ...args).catch((error: Error) => error.message);
  const statuses = [...output.matchAll(/opcode: UPDATE[;,] status: ([A-Z]+)/g)];
  const status = statuses.at(-1)?.[1] ?? `no answer: ${output}`;
  return /verif|TSIG error/.test(output) ? `${status} (not verified)` : status;
}
