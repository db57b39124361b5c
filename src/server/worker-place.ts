import { DnsCounters } from "../observe/dns-counters.ts";
import { QueryRing } from "../observe/query-ring.ts";
import type { AnswerSettings } from "./answer-settings.ts";
import type { UdpSocket } from "./udp-sockets.ts";
import type { Wake } from "./wake.ts";
import type { WorkerFeed } from "./worker-feed.ts";
import { WorkerLink } from "./worker-link.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

export interface WorkerPlaceOptions {
  readonly file: URL;
  readonly sockets: readonly UdpSocket[];
  readonly wake: Wake;
  readonly answers: AnswerSettings;
  /** Share of the queries that is logged. */
  readonly queryShare: number;
  readonly feed: WorkerFeed;
  hear(message: FromWorker): void;
  /** A worker is gone that has served, and that nobody has closed. */
  lost(why: string): void;
}

/** Looks at which a worker with mail has not moved, after which it is stuck; one that has yet to load its code has longer. */
const LOOKS_STILL_MAX = 2;
const LOOKS_LOADING_MAX = 20;
/** A worker that is lost soon after its start, as the next one may be too, is not replaced sooner than this after it. */
const START_PAUSE_MS = 1000;

/**
 * Where a worker works. Sockets and counters stay when it crashes or is stuck and another one takes its place: neither the
 * port nor the datagrams that wait there are lost.
 */
export class WorkerPlace {
  readonly counters = new DnsCounters();
  readonly ring: QueryRing | undefined;
  readonly #options: WorkerPlaceOptions;
  #link: WorkerLink;
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The first worker has served, so others can. */
  #isProven = false;
  #isClosed = false;
  /** How far the worker had come at the last look, and at how many it has not come further. */
  #takenBefore = 0;
  #looksStill = 0;

  constructor(options: WorkerPlaceOptions) {
    this.#options = options;
    this.ring = options.queryShare === 0 ? undefined : new QueryRing();
    this.#link = this.#start();
  }

  /** Publications that the worker has yet to apply. */
  get behind(): number {
    return this.#options.feed.behind(this.#link);
  }

  /** Resolves when the first worker reads its sockets. Rejects when it is gone before that, and is not replaced. */
  async serving(): Promise<void> {
    const link = this.#link;
    await link.until(() => link.isServing && link.waiting === 0);
    if (link.isGone) throw new Error(`Cannot start a UDP worker as ${await link.exited}`);
    this.#isProven = true;
  }

  /** Goes to nobody while there is no worker. */
  post(message: ToWorker): void {
    if (!this.#link.isGone) this.#link.post(message);
  }

  /** Called now and then: ends a worker that has mail and no longer takes any. */
  look(): void {
    const { taken, waiting } = this.#link;
    const isStill = waiting > 0 && taken === this.#takenBefore;
    this.#looksStill = isStill ? this.#looksStill + 1 : 0;
    this.#takenBefore = taken;
    if (this.#looksStill > (taken === 0 ? LOOKS_LOADING_MAX : LOOKS_STILL_MAX)) this.#link.end();
    else if (waiting === 0) this.post({ kind: "ping" });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#options.feed.delete(this.#link);
    await this.#link.close();
  }

  #start(): WorkerLink {
    const { file, sockets, wake, answers, queryShare, feed, hear } = this.#options;
    const queryLog = this.ring && { share: queryShare, ring: this.ring.memory };
    const data = { sockets, wakeFd: wake.fd, answers, counters: this.counters.memory, queryLog };
    const link = new WorkerLink(file, data, wake, hear);
    this.#startedMs = performance.now();
    this.#looksStill = 0;
    feed.add(link);
    link.exited.then((why) => this.#ended(link, why));
    return link;
  }

  #ended(link: WorkerLink, why: string): void {
    if (this.#isClosed || !this.#isProven) return;
    const { feed, lost } = this.#options;
    feed.delete(link);
    lost(why);
    const pauseMs = this.#startedMs + START_PAUSE_MS - performance.now();
    this.#timer = setTimeout(() => {
      this.#link = this.#start();
    }, pauseMs);
  }
}
