import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import type { Commit, Guard, Write } from "./catalog/store.ts";
import { Networks } from "./dns/networks.ts";
import { octetsOf } from "./dns/octets.ts";
import { systemClock } from "./health/clock.ts";
import type { DnsCounters } from "./observe/dns-counters.ts";
import type { Logger } from "./observe/log.ts";
import type { Publisher } from "./publisher.ts";
import { Connections } from "./server/connections.ts";
import { Cookies } from "./server/cookies.ts";
import { Journal } from "./server/journal.ts";
import { createLater } from "./server/later.ts";
import { Notifier } from "./server/notify.ts";
import { createResponder } from "./server/responder.ts";
import { ResponseRate } from "./server/response-rate.ts";
import { listenTcp } from "./server/stream.ts";
import { STREAM_TIMES } from "./server/stream-times.ts";
import { type Credentials, listenTls, type TlsListener } from "./server/tls.ts";
import type { Endpoint, Responder } from "./server/transport.ts";
import type { Keys } from "./server/tsig.ts";
import { listenUdp } from "./server/udp.ts";
import type { Settings } from "./settings.ts";
import { isLoopback } from "./settings-kinds.ts";
import { createUpdater } from "./updater.ts";
import type { Snapshot } from "./zone/zone.ts";

export interface DnsServiceOptions {
  readonly settings: Settings;
  readonly keys: Keys;
  readonly publisher: Publisher;
  readonly counters: DnsCounters;
  readonly log: Logger;
  commit(writes: readonly Write[], guards?: readonly Guard[]): Promise<Commit>;
}

/** Everything that speaks DNS: the responder with what it needs, its listeners, and the notifications of secondaries. */
export class DnsService {
  readonly #options: DnsServiceOptions;
  readonly #journal = new Journal();
  readonly #notifier: Notifier;
  readonly responder: Responder;
  readonly #tls: TlsListener[] = [];
  #isListening = false;

  constructor(options: DnsServiceOptions) {
    const { settings, keys, log } = options;
    this.#options = options;
    this.#notifier = new Notifier({
      targets: settings.dns.notify,
      keys,
      sourceOf: ({ address }) => sourceFor(address, settings.dns.listen),
      nowSeconds,
      log,
    });
    this.responder = createDnsResponder(options, this.#journal);
  }

  published(next: Snapshot, before: Snapshot | undefined): void {
    this.#journal.published(next);
    // Who is notified asks at once, and must find us listening.
    if (this.#isListening) this.#notifier.published(before, next);
  }

  /** Binds every endpoint, each step with how it is undone. Rejects with ListenError or CertificateError. */
  async listen(undo: (() => unknown)[]): Promise<readonly Endpoint[]> {
    const { counters, log } = this.#options;
    const { listen, tls } = this.#options.settings.dns;
    undo.push(() => this.#notifier.close());
    const shared = { counters, onError: faultLog(log), connections: new Connections(counters) };
    const endpoints: Endpoint[] = [];
    for (const endpoint of listen) {
      const stream = await listenTcp(endpoint, this.responder, shared);
      undo.push(() => stream.close());
      // One port number for both, also where the system chose it.
      const datagrams = await listenUdp({ ...endpoint, port: stream.endpoint.port }, this.responder, shared);
      undo.push(() => datagrams.close());
      endpoints.push(datagrams.endpoint);
    }
    const credentials = await readCredentials(this.#options.settings);
    for (const endpoint of credentials === undefined ? [] : tls.listen) {
      const listener = await listenTls(endpoint, this.responder, { ...shared, ...credentials! });
      undo.push(() => listener.close());
      this.#tls.push(listener);
    }
    this.#isListening = true;
    const current = this.#options.publisher.current();
    if (current !== undefined) this.#notifier.published(undefined, current);
    return endpoints;
  }

  /** Where DNS over TLS is answered. */
  get tlsEndpoints(): readonly Endpoint[] {
    return this.#tls.map(({ endpoint }) => endpoint);
  }

  /** Reads certificate and key again, for the connections to come. Throws, with the old ones kept, when they do not fit. */
  async renewCertificate(settings: Settings): Promise<void> {
    const credentials = await readCredentials(settings);
    if (credentials !== undefined) for (const listener of this.#tls) listener.renew(credentials);
  }
}

function createDnsResponder({ settings, keys, publisher, counters, log, commit }: DnsServiceOptions, journal: Journal) {
  const { identity, version, cookieSecrets, largeAnswersTo, transferTo, update, rateLimit } = settings.dns;
  const own = {
    keys,
    nowSeconds,
    identity: identity || undefined,
    version: version || undefined,
    cookies: new Cookies(cookieSecrets.length > 0 ? cookieSecrets : [octetsOf(randomBytes(16))]),
    idleMs: STREAM_TIMES.idleMs,
    largeTo: new Networks(largeAnswersTo),
  };
  const { perSecond, slip } = rateLimit;
  const limits = { perSecond, slip, exempt: new Networks(rateLimit.exempt), nowMs: systemClock.nowMs };
  const current = publisher.current;
  const updater = update.length === 0 ? undefined : createUpdater({ policy: update, commit, publisher, log });
  return createResponder(current, counters, {
    ...own,
    rate: perSecond === 0 ? undefined : new ResponseRate(limits),
    later: createLater({ ...own, current, counters, transferTo, journal, update: updater }),
  });
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The address of ours that a target knows us by: one of its family, and loopback exactly where it is itself. */
function sourceFor(target: string, listen: readonly Endpoint[]): string | undefined {
  const addresses = listen.map(({ address }) => address).filter((address) => address !== "0.0.0.0" && address !== "::");
  return addresses.find((address) => isIPv6(address) === isIPv6(target) && isLoopback(address) === isLoopback(target));
}

/** Undefined where DNS over TLS is not asked for. */
async function readCredentials({ dns: { tls } }: Settings): Promise<Credentials | undefined> {
  if (tls.listen.length === 0 || tls.certificate === undefined || tls.key === undefined) return undefined;
  return { certificate: await readFile(tls.certificate, "utf8"), key: await readFile(tls.key, "utf8") };
}

/** Logs bugs that a query met, at most one a second: one packet that finds a bug can be sent a million times. */
function faultLog(log: Logger): (error: unknown) => void {
  let quietUntilMs = 0;
  return (error) => {
    if (systemClock.nowMs() < quietUntilMs) return;
    quietUntilMs = systemClock.nowMs() + 1000;
    log.error({ err: error }, "a query met a bug and was answered SERVFAIL");
  };
}
