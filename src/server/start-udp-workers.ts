import { isIPv6 } from "node:net";
import type { Snapshot } from "../zone/snapshot.ts";
import { tryBatching } from "./batch-trial.ts";
import { type Libc, loadLibc } from "./libc.ts";
import { openUdpWorkers, type UdpWorkers, type UdpWorkersOptions } from "./udp-workers.ts";

/**
 * Starts UDP workers that answer from `snapshot`. Undefined, and a line in the log, where they cannot be: then the caller
 * answers UDP otherwise. Rejects with ListenError.
 */
export async function startUdpWorkers(
  options: Omit<UdpWorkersOptions, "libc">,
  snapshot: Snapshot,
): Promise<UdpWorkers | undefined> {
  const giveUp = (error: unknown) => {
    options.log.warn({ why: (error as Error).message }, "UDP workers cannot run here: the main thread answers UDP");
    return undefined;
  };
  let libc: Libc;
  try {
    libc = await loadLibc();
    for (const family of new Set(options.endpoints.map(({ address }) => isIPv6(address))))
      await tryBatching(libc, family);
  } catch (error) {
    return giveUp(error);
  }
  const workers = openUdpWorkers({ ...options, libc });
  try {
    workers.published(snapshot);
    await workers.serving();
    return workers;
  } catch (error) {
    await workers.close();
    return giveUp(error);
  }
}
