import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createApi } from "./api/api.ts";
import { History } from "./catalog/history.ts";
import type { Commit, Guard, Store, Write } from "./catalog/store.ts";
import { nameText } from "./dns/name.ts";
import { DnsService } from "./dns-service.ts";
import { readFixed } from "./fixed.ts";
import { systemClock } from "./health/clock.ts";
import { createMonitor, type Monitor } from "./health/monitor.ts";
import { createProbes } from "./health/probes.ts";
import { createInspector } from "./inspector.ts";
import { readKeys } from "./keys.ts";
import { DnsCounters } from "./observe/dns-counters.ts";
import { createLogger } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import { Publisher } from "./publisher.ts";
import { ListenError } from "./server/listen-error.ts";
import type { Endpoint } from "./server/transport.ts";
import { databaseFile, endpointText, SETTINGS, type SettingKey, type Settings, settingAt } from "./settings.ts";
import { countsOf, readinessOf, statusOf, zonesOf } from "./status.ts";
import { createMemoryStore } from "./store/memory.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import { Deadlines } from "./zone/deadlines.ts";

/** The name under which an embedded server votes: there is one for a database, whatever its host is called. */
const SERVER = "local";
/** Dead targets must not hold up the start: their state is on record. */
const FIRST_ROUND_MS = 2000;

export interface Server {
  readonly dns: readonly Endpoint[];
  readonly http: Endpoint;
  /** Reads zones and settings again, all or nothing; what is faulty is logged and the old data stays. */
  reload(): Promise<void>;
  /** Withdraws readiness, goes on answering for the lame-duck time, then closes in the reverse of the order of the start. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly version: string;
  readonly settings: Settings;
  /** The settings as they are now; throws with everything that is wrong with them. */
  reread(): Settings;
}

/** Starts the server: one readable list, each step with how it is undone. Rejects, with all undone, when one fails. */
export async function serve(options: ServeOptions): Promise<Server> {
  const undo: (() => unknown)[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function start({ version, settings, reread }: ServeOptions, undo: (() => unknown)[]): Promise<Server> {
  const startMs = systemClock.nowMs();
  const log = createLogger(settings.log);
  const counters = new DnsCounters();
  const deadlines = new Deadlines();
  const history = new History();
  let isClosing = false;

  const store = await openStore(settings);
  undo.push(() => store.close());

  const publisher = new Publisher({
    fixed: await readFixed(settings),
    publishIntervalMs: settings.publishIntervalMs,
    nowMs: systemClock.nowMs,
    log,
    onFold: (catalog, touched) => {
      if (publisher.current() === undefined) collectGarbage();
      history.fold(catalog, touched, Date.now());
      monitor.sync(catalog, touched);
    },
    onSnapshot: (next, before) => dns.published(next, before),
    onPublished: (seconds) => metrics.published(seconds),
    onError: () => metrics.publishFailed(),
  });
  undo.push(() => publisher.close());

  const metrics = createMetrics({
    version,
    dns: () => dns.counters,
    workers: () => dns.workers,
    revision: () => publisher.revision,
    zones: () => zonesOf(publisher),
    catalogCounts: () => countsOf(publisher.catalog),
    healthCounts: () => monitor.status(),
  });

  /** Every write of this process: what it takes until DNS answers it is measured here. */
  async function commit(writes: readonly Write[], guards?: readonly Guard[]): Promise<Commit> {
    const arrivedMs = systemClock.nowMs();
    const done = await store.commit(writes, guards);
    if (done.kind === "committed") {
      const visible = () => metrics.changeVisible((systemClock.nowMs() - arrivedMs) / 1000);
      dns.reached(done.revision).then(visible, () => undefined);
    }
    return done;
  }

  const dns = new DnsService({
    settings,
    keys: await readKeys(settings),
    publisher,
    counters,
    deadlines,
    log,
    commit,
  });

  const monitor: Monitor = createMonitor({
    server: SERVER,
    clock: systemClock,
    random: Math.random,
    probes: createProbes({ allowsExec: settings.checks.exec, catalog: () => publisher.catalog }),
    commit,
    deadlines,
    log,
    onStart: (lateMs) => metrics.probeStarted(lateMs / 1000),
    brake: settings.brake,
    onBrake: ({ kind }) => metrics.brake(kind),
    onTransition: ({ to }) => metrics.transition(to),
    onProbe: (kind, result, durationMs) => metrics.probe(kind, result, durationMs / 1000),
  });
  undo.push(() => monitor.close());

  const feed = store.follow(null, publisher.offer);
  undo.push(() => feed.close());
  await publisher.reached(0);
  await publisher.reached(await monitor.firstRound(FIRST_ROUND_MS));

  const endpoints = await dns.listen(undo);

  const api = await createApi({
    settings,
    log,
    catalog: () => publisher.catalog,
    store: { commit, read: (prefix) => store.read(prefix) },
    reached: (revision) => dns.reached(revision),
    nextPublication: (signal) => publisher.nextPublication(signal),
    heartbeat: monitor.heartbeat.bind(monitor),
    renew: monitor.renew.bind(monitor),
    lead: monitor.lead.bind(monitor),
    leadSecondsLeft: monitor.leadSecondsLeft.bind(monitor),
    prospect: monitor.prospect.bind(monitor),
    checkResults: monitor.results.bind(monitor),
    flapping: monitor.flapping.bind(monitor),
    inspector: createInspector(publisher, dns.responder),
    history,
    clash: (service) => publisher.clash(service),
    readiness: () => readinessOf(publisher, isClosing),
    metricsText: async () => ({ contentType: metrics.contentType, body: await metrics.text() }),
    status: () => statusOf(version, publisher, monitor),
    wallMs: Date.now,
    drainSeconds: (service) => publisher.drainSecondsOf(service),
    onRequest: metrics.httpRequest,
  });
  undo.push(() => api.close());
  const { address: host, port } = settings.http.listen;
  await api.listen({ host, port }).catch((error) => {
    throw new ListenError(settings.http.listen, "http", error);
  });
  const http = api.server.address() as AddressInfo;

  const tookMs = Math.round(systemClock.nowMs() - startMs);
  const where = {
    dns: endpoints.map(endpointText),
    ...(dns.tlsEndpoints.length > 0 && { tls: dns.tlsEndpoints.map(endpointText) }),
    http: endpointText(http),
    zone: settings.zone,
  };
  log.info({ ...where, ...statusOf(version, publisher, monitor), tookMs }, "ready");

  return {
    dns: endpoints,
    http,
    async reload() {
      try {
        const next = reread();
        await dns.renewCertificate(next);
        for (const origin of publisher.replace(await readFixed(next))) {
          log.warn(`${nameText(origin)} changed but its serial did not: raise it, or secondaries keep the old records`);
        }
        log.level = next.log.level;
        metrics.reload("ok");
        log.info(
          { zones: zonesOf(publisher), restartFor: needRestart(settings, next) },
          "zones and settings read again",
        );
      } catch (error) {
        metrics.reload("failed");
        for (const problem of (error as Error).message.split("\n")) log.error(`${problem}; the old data stays`);
      }
    },
    async close() {
      isClosing = true;
      log.info({ lameDuckSeconds: settings.lameDuckSeconds }, "closing: not ready any more, still answering");
      await sleep(settings.lameDuckSeconds * 1000);
      await unwind(undo);
      log.info("closed");
    },
  };
}

/**
 * Gives back what reading the table used, before what is derived from it settles among the remains: a fifth of the
 * process's memory with 100 000 instances (decisions/0001). Costs some 50 ms, once, before anybody is answered.
 */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}

async function unwind(undo: (() => unknown)[]): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
}

function openStore(settings: Settings): Promise<Store> | Store {
  return settings.dataDir === ":memory:" ? createMemoryStore() : openSqliteStore({ file: databaseFile(settings) });
}

/** What a reload takes over; everything else is used at the start only. */
const RELOADED: ReadonlySet<SettingKey> = new Set([
  "dns.catalogZone",
  "dns.diagnostics",
  "dns.maxAnswers",
  "dns.reverseZones",
  "dns.tls.certificate",
  "dns.tls.key",
  "log.level",
  "negativeTtlSeconds",
  "serviceTtlSeconds",
  "ttlSeconds",
  "zonesDir",
]);

/** Settings that changed but wait for a restart. */
function needRestart(before: Settings, after: Settings): SettingKey[] {
  const text = (key: SettingKey, settings: Settings) => JSON.stringify(settingAt(key, settings));
  return SETTINGS.map(({ key }) => key).filter((key) => !RELOADED.has(key) && text(key, before) !== text(key, after));
}
