import { existsSync } from "node:fs";
import { DnsService } from "./dns-service.ts";
import { readFixed } from "./fixed.ts";
import { systemClock } from "./health/clock.ts";
import { readKeys } from "./keys.ts";
import { DnsCounters } from "./observe/dns-counters.ts";
import { createLogger } from "./observe/log.ts";
import { Publisher } from "./publisher.ts";
import type { Responder } from "./server/transport.ts";
import { databaseFile, type Settings } from "./settings.ts";
import { createMemoryStore } from "./store/memory.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import { Deadlines } from "./zone/deadlines.ts";

/** The server's responder over zones and data directory, with no socket, for `muster ask`. */
export async function openResponder(settings: Settings): Promise<{ responder: Responder; close(): Promise<void> }> {
  const keys = await readKeys(settings);
  const log = createLogger({ ...settings.log, level: "warn" });
  const publisher = new Publisher({
    fixed: await readFixed(settings),
    publishIntervalMs: 0,
    nowMs: systemClock.nowMs,
    log,
    onFold: () => undefined,
    onSnapshot: () => undefined,
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
  const commit = () => Promise.reject(new Error("Nothing is written without a server"));
  const own = { counters: new DnsCounters(), deadlines: new Deadlines() };
  const { responder } = new DnsService({ settings, keys, publisher, ...own, log, commit });
  return { responder, close: async () => publisher.close() };
}
