import { existsSync } from "node:fs";
import { readFixed } from "./fixed.ts";
import { systemClock } from "./health/clock.ts";
import { DnsCounters } from "./observe/dns-counters.ts";
import { createLogger } from "./observe/log.ts";
import { Publisher } from "./publisher.ts";
import { createResponder } from "./server/responder.ts";
import type { Responder } from "./server/transport.ts";
import { databaseFile, type Settings } from "./settings.ts";
import { createMemoryStore } from "./store/memory.ts";
import { openSqliteStore } from "./store/sqlite.ts";

/** The server's responder over zones and data directory, with no socket, for `muster ask`. */
export async function openResponder(settings: Settings): Promise<{ responder: Responder; close(): Promise<void> }> {
  const publisher = new Publisher({
    fixed: await readFixed(settings),
    nsAddresses: [],
    publishIntervalMs: 0,
    nowMs: systemClock.nowMs,
    log: createLogger({ ...settings.log, level: "warn" }),
    onFold: () => undefined,
    onPublished: () => undefined,
    onError: () => undefined,
  });
  const file = databaseFile(settings);
  const store = existsSync(file) ? await openSqliteStore({ file, readOnly: true }) : createMemoryStore();
  try {
    store.follow(null, publisher.offer);
    await publisher.reached(0);
  } finally {
    // A store left open keeps the process alive.
    await store.close();
  }
  return { responder: createResponder(publisher.current, new DnsCounters()), close: async () => publisher.close() };
}
