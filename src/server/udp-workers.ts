import type { DnsCounters } from "../observe/dns-counters.ts";
import type { WorkersStatus } from "../observe/dns-metrics.ts";
import type { Logger } from "../observe/log.ts";
import type { QueryRing } from "../observe/query-ring.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import type { AnswerSettings } from "./answer-settings.ts";
import { LATER_MAX } from "./datagrams.ts";
import { exchangeWith } from "./exchange.ts";
import type { Libc } from "./libc.ts";
import { ReceiveDrops } from "./receive-drops.ts";
import type { Endpoint, Responder } from "./transport.ts";
import { closeUdpSockets, openUdpSockets, type UdpSocket } from "./udp-sockets.ts";
import { openWake, type Wake } from "./wake.ts";
import { WorkerFeed } from "./worker-feed.ts";
import type { FromWorker } from "./worker-messages.ts";
import { WorkerPlace } from "./worker-place.ts";

export interface UdpWorkersOptions {
  readonly libc: Libc;
  readonly endpoints: readonly Endpoint[];
  readonly count: number;
  readonly answers: AnswerSettings;
  /** Share of the queries that is logged, by whoever reads `rings`. */
  readonly queryShare: number;
  /** Answers, in this thread, what takes several messages or has to wait. */
  readonly responder: Responder;
  /** This thread's. */
  readonly counters: DnsCounters;
  readonly log: Logger;
  /** Told of bugs that queries met. */
  readonly onError: (error: unknown) => void;
  /** The compiled worker; another one only where a test makes it fail. */
  readonly worker?: URL;
  /** Time between two looks at whether the workers move: see WorkerPlace. */
  readonly lookMs?: number;
}

// Node 20 runs no TypeScript in a worker: from the sources, as vitest runs them, the thread is the built one.
const WORKER = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/server/udp-worker.js" : "./udp-worker.js",
  import.meta.url,
);
/** A worker that does not move for a second is replaced. */
const LOOK_MS = 500;

/**
 * Answers UDP at all endpoints with `count` threads, once it has been given a snapshot. Throws ListenError. The sockets
 * are opened here and now, so that whoever asks for a port that is taken is told.
 */
export function openUdpWorkers(options: UdpWorkersOptions): UdpWorkers {
  const { libc, endpoints, count } = options;
  const opened: UdpSocket[] = [];
  try {
    for (const endpoint of endpoints) opened.push(...openUdpSockets(libc, endpoint, count));
    return new UdpWorkers(opened, options);
  } catch (error) {
    closeUdpSockets(libc, opened);
    throw error;
  }
}

/** The threads that answer UDP, and what they need of this one. */
export class UdpWorkers {
  readonly #options: UdpWorkersOptions;
  readonly #sockets: readonly UdpSocket[];
  readonly #wakes: readonly Wake[];
  readonly #places: readonly WorkerPlace[];
  readonly #feed = new WorkerFeed();
  readonly #responder: Responder;
  readonly #drops: ReceiveDrops;
  readonly #timer: NodeJS.Timeout;
  #restarts = 0;
  #laterUnderWay = 0;
  #isClosed = false;

  /** `sockets` holds `count` for each endpoint, one after the other. */
  constructor(sockets: readonly UdpSocket[], options: UdpWorkersOptions) {
    const { libc, count, counters, onError, lookMs = LOOK_MS } = options;
    this.#options = options;
    this.#sockets = sockets;
    this.#responder = exchangeWith(options.responder, counters, onError);
    this.#drops = new ReceiveDrops(libc, sockets);
    this.#wakes = Array.from({ length: count }, () => openWake(libc));
    this.#places = this.#wakes.map((wake, index) => this.#placeOf(index, wake));
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** Of each thread. */
  get counters(): readonly DnsCounters[] {
    return this.#places.map(({ counters }) => counters);
  }

  /** The queries that are to be logged. */
  get rings(): readonly QueryRing[] {
    return this.#places.flatMap(({ ring }) => ring ?? []);
  }

  get status(): WorkersStatus {
    return { behind: this.#places.map(({ behind }) => behind), restarts: this.#restarts };
  }

  published(snapshot: Snapshot): void {
    this.#feed.published(snapshot);
  }

  /** Resolves when every worker answers from what has been published so far, or has been lost. */
  async reached(): Promise<void> {
    await this.#feed.reached();
  }

  /** Resolves when all read their sockets. Rejects when one of them cannot. */
  async serving(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.serving()));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#places.map((place) => place.close()));
    closeUdpSockets(this.#options.libc, this.#sockets);
    for (const wake of this.#wakes) wake.close();
  }

  #placeOf(index: number, wake: Wake): WorkerPlace {
    const { count, answers, queryShare, worker: file = WORKER, log } = this.#options;
    const place: WorkerPlace = new WorkerPlace({
      file,
      sockets: this.#sockets.filter((_, at) => at % count === index),
      wake,
      answers,
      queryShare,
      feed: this.#feed,
      hear: (message) => this.#hear(place, message),
      lost: (why) => {
        this.#restarts++;
        log.error({ worker: index, why }, "a UDP worker is lost; another one takes its place");
      },
    });
    return place;
  }

  #hear(place: WorkerPlace, message: FromWorker): void {
    switch (message.kind) {
      case "later":
        return void this.#answerLater(place, message);
      case "fault":
        return this.#options.onError(Object.assign(new Error(message.message), { stack: message.stack }));
    }
  }

  async #answerLater(place: WorkerPlace, asked: Extract<FromWorker, { kind: "later" }>): Promise<void> {
    const { request, client, socket, path } = asked;
    if (this.#laterUnderWay === LATER_MAX) return this.#options.counters.drop("later-queue");
    this.#laterUnderWay++;
    for await (const message of this.#responder.respondLater(request, client)) {
      if (this.#isClosed) break;
      place.post({ kind: "send", message, socket, path });
    }
    this.#laterUnderWay--;
  }

  #look(): void {
    for (const place of this.#places) place.look();
    this.#drops.count(this.#options.counters);
  }
}
