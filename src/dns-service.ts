import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Commit, Guard, Revision, Write } from "./catalog/store.ts";
import { readCredentials } from "./credentials.ts";
import { octetsOf } from "./dns/octets.ts";
import type { DnsCounters } from "./observe/dns-counters.ts";
import type { WorkersStatus } from "./observe/dns-metrics.ts";
import type { Logger } from "./observe/log.ts";
import { logQueries } from "./observe/query-lines.ts";
import { QueryRing } from "./observe/query-ring.ts";
import type { Publisher } from "./publisher.ts";
import { type AnswerSettings, nowSeconds, responderOptions } from "./server/answer-settings.ts";
import { Connections } from "./server/connections.ts";
import { Journal } from "./server/journal.ts";
import { createLater } from "./server/later.ts";
import { Notifier } from "./server/notify.ts";
import { withQueryLog } from "./server/query-log.ts";
import { createResponder, type ResponderOptions } from "./server/responder.ts";
import { seldom } from "./server/seldom.ts";
import { startUdpWorkers } from "./server/start-udp-workers.ts";
import { listenTcp } from "./server/stream.ts";
import { listenTls, type TlsListener } from "./server/tls.ts";
import type { Endpoint, Responder } from "./server/transport.ts";
import type { Keys } from "./server/tsig.ts";
import { newTurnMemory } from "./server/turns.ts";
import { listenUdp } from "./server/udp.ts";
import type { UdpWorkers } from "./server/udp-workers.ts";
import type { Settings } from "./settings.ts";
import { isLoopback } from "./settings-kinds.ts";
import { createUpdater } from "./updater.ts";
import type { Deadlines } from "./zone/deadlines.ts";
import type { Snapshot } from "./zone/snapshot.ts";

export interface DnsServiceOptions {
  readonly settings: Settings;
  readonly keys: Keys;
  readonly publisher: Publisher;
  readonly counters: DnsCounters;
  /** Until when answers may be held. */
  readonly deadlines: Deadlines;
  readonly log: Logger;
  commit(writes: readonly Write[], guards?: readonly Guard[]): Promise<Commit>;
}

/** Everything that speaks DNS: the responder with what it needs, its listeners, and the notifications of secondaries. */
export class DnsService {
  readonly #options: DnsServiceOptions;
  readonly #journal = new Journal();
  readonly #notifier: Notifier;
  /** For every thread that answers. */
  readonly #answers: AnswerSettings;
  readonly responder: Responder;
  readonly #tls: TlsListener[] = [];
  #workers: UdpWorkers | undefined;
  #isListening = false;

  constructor(options: DnsServiceOptions) {
    const { settings, keys, log, counters, deadlines, publisher } = options;
    this.#options = options;
    this.#notifier = new Notifier({
      targets: settings.dns.notify,
      keys,
      sourceOf: ({ address }) => sourceFor(address, settings.dns.listen),
      nowSeconds,
      log,
    });
    const shared = { turnMemory: newTurnMemory(), deadlineMemory: deadlines.memory };
    const answers = { ...answerSettings(settings, keys), ...shared };
    const own = responderOptions(answers);
    this.#answers = own.rate === undefined ? answers : { ...answers, rateMemory: own.rate.memory };
    this.responder = createResponder(publisher.current, counters, { ...own, later: this.#later(own) });
  }

  /** Brings a publication to whoever answers or is told of it besides this thread. */
  published(next: Snapshot, before: Snapshot | undefined): void {
    this.#journal.published(next);
    this.#workers?.published(next);
    if (!this.#isListening) return;
    // Who is notified asks at once: it must find us listening, and no worker behind.
    const notify = () => this.#notifier.published(before, next);
    if (this.#workers === undefined) notify();
    else this.#workers.reached().then(notify);
  }

  /** Resolves when every query is answered from a snapshot that the publisher has reached. */
  async reached(revision: Revision): Promise<void> {
    await this.#options.publisher.reached(revision);
    await this.#workers?.reached();
  }

  /** What the query path has counted, by thread. */
  get counters(): readonly DnsCounters[] {
    return [this.#options.counters, ...(this.#workers?.counters ?? [])];
  }

  get workers(): WorkersStatus {
    return this.#workers?.status ?? { behind: [], restarts: 0 };
  }

  /** Binds every endpoint, each step with how it is undone. Rejects with ListenError or CertificateError. */
  async listen(undo: (() => unknown)[]): Promise<readonly Endpoint[]> {
    const { counters, log, publisher } = this.#options;
    const { listen, tls } = this.#options.settings.dns;
    undo.push(() => this.#notifier.close());
    const rings: QueryRing[] = [];
    const responder = this.#logged(rings, undo);
    const shared = { counters, onError: faultLog(log), connections: new Connections(counters) };
    const endpoints: Endpoint[] = [];
    for (const endpoint of listen) {
      const stream = await listenTcp(endpoint, responder, shared);
      undo.push(() => stream.close());
      endpoints.push(stream.endpoint);
    }
    await this.#listenUdp(endpoints, responder, rings, undo);
    const credentials = await readCredentials(this.#options.settings);
    for (const endpoint of credentials === undefined ? [] : tls.listen) {
      const listener = await listenTls(endpoint, responder, { ...shared, ...credentials! });
      undo.push(() => listener.close());
      this.#tls.push(listener);
    }
    this.#isListening = true;
    const current = publisher.current();
    if (current !== undefined) this.#notifier.published(undefined, current);
    return endpoints;
  }

  /** At the endpoints of TCP: one port number for both, also where the system chose it. */
  async #listenUdp(
    endpoints: readonly Endpoint[],
    responder: Responder,
    rings: QueryRing[],
    undo: (() => unknown)[],
  ): Promise<void> {
    const { settings, counters, log, publisher } = this.#options;
    const [count, queryShare] = [settings.dns.workers, settings.log.queries];
    const shared = { counters, onError: faultLog(log) };
    const current = publisher.current();
    if (count > 0 && current !== undefined) {
      const options = { ...shared, endpoints, count, queryShare, answers: this.#answers, responder, log };
      this.#workers = await startUdpWorkers(options, current);
    }
    const workers = this.#workers;
    if (workers === undefined) {
      for (const endpoint of endpoints) {
        const datagrams = await listenUdp(endpoint, responder, shared);
        undo.push(() => datagrams.close());
      }
    } else {
      undo.push(() => workers.close());
      rings.push(...workers.rings);
      // What has been published while they started.
      workers.published(publisher.current()!);
      await workers.reached();
    }
  }

  /** The responder as listeners ask it: where the settings want it, with a log of the queries. `rings` are read for it. */
  #logged(rings: QueryRing[], undo: (() => unknown)[]): Responder {
    const { settings, counters, log } = this.#options;
    const share = settings.log.queries;
    if (share === 0) return this.responder;
    const ring = new QueryRing();
    rings.push(ring);
    const lines = logQueries(rings, log);
    undo.push(() => lines.close());
    return withQueryLog(this.responder, { share, ring, counters });
  }

  #later(own: Omit<ResponderOptions, "later">): Responder["respondLater"] {
    const { settings, publisher, counters, log, commit } = this.#options;
    const { transferTo, update: policy } = settings.dns;
    const reached = (revision: Revision) => this.reached(revision);
    const update = policy.length === 0 ? undefined : createUpdater({ policy, commit, publisher, reached, log });
    return createLater({ ...own, current: publisher.current, counters, transferTo, journal: this.#journal, update });
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

function answerSettings({ dns }: Settings, keys: Keys): AnswerSettings {
  const { identity, version, cookieSecrets, largeAnswersTo, localities, rateLimit } = dns;
  const secrets = cookieSecrets.length > 0 ? cookieSecrets : [octetsOf(randomBytes(16))];
  return { keys, identity, version, cookieSecrets: secrets, largeAnswersTo, localities, rateLimit };
}

/** The address of ours that a target knows us by: one of its family, and loopback exactly where it is itself. */
function sourceFor(target: string, listen: readonly Endpoint[]): string | undefined {
  const addresses = listen.map(({ address }) => address).filter((address) => address !== "0.0.0.0" && address !== "::");
  return addresses.find((address) => isIPv6(address) === isIPv6(target) && isLoopback(address) === isLoopback(target));
}

function faultLog(log: Logger): (error: unknown) => void {
  return seldom((error) => log.error({ err: error }, "a query met a bug and was answered SERVFAIL"));
}
