import { Catalog } from "./catalog/catalog.ts";
import { type Generated, generate } from "./catalog/generate.ts";
import type { Scheme } from "./catalog/scheme.ts";
import { atOnce, type Steps } from "./catalog/steps.ts";
import type { Feed, Revision } from "./catalog/store.ts";
import { nothingTouched, type Touched } from "./catalog/touched.ts";
import { clashesOf, obstacleTo } from "./clashes.ts";
import type { Name } from "./dns/name.ts";
import { DrainTimes } from "./drain-times.ts";
import type { Fixed } from "./fixed.ts";
import { type Layers, LiveZones } from "./live-zones.ts";
import type { Logger } from "./observe/log.ts";
import { sameNode } from "./zone/same.ts";
import type { Snapshot } from "./zone/snapshot.ts";

export interface PublisherOptions {
  readonly fixed: Fixed;
  /** At most one publication in this time. */
  readonly publishIntervalMs: number;
  /** Monotonic. */
  nowMs(): number;
  readonly log: Logger;
  /** Told after each fold, before anything is published. */
  onFold(catalog: Catalog, touched: Touched): void;
  /** Told of each snapshot that takes the place of another. */
  onSnapshot(next: Snapshot, before: Snapshot | undefined): void;
  onPublished(seconds: number): void;
  onError(): void;
}

/** Below every revision, that of the empty store too. */
const NOTHING_PUBLISHED = -1;
/** What a publication takes of this thread before everybody else in it gets a turn. */
const TURN_MS = 4;

interface Waiter {
  readonly revision: Revision;
  resolve(): void;
  reject(error: Error): void;
}

/** A change that is stored but not answered: its derivation failed, and the snapshot before it keeps serving. */
export class PublishError extends Error {
  readonly code = "MUSTER_NOT_PUBLISHED";
}

/**
 * The pump between the store and the answers: folds the feed into the catalog, derives what each batch touched and
 * publishes the next snapshot by one assignment. Owns the snapshot and the catalog; everybody else reads them.
 */
export class Publisher {
  readonly catalog = new Catalog();
  readonly #options: PublisherOptions;
  #current: Snapshot | undefined;
  #fixed: Fixed;
  readonly #zones = new LiveZones();
  readonly #drainTimes = new DrainTimes();
  #generated: Generated = new Map();
  #revision: Revision = NOTHING_PUBLISHED;
  /** The first table has arrived: before it nothing is answered, never an empty table. */
  #isLoaded = false;
  #queue: Feed[] = [];
  /** What is left to do of the publication under way, if one is. */
  #steps: Steps<void> | undefined;
  /** Calls off the turn that is due; undefined when none is. */
  #cancel: (() => void) | undefined;
  #startedMs = Number.NEGATIVE_INFINITY;
  #error: string | undefined;
  #lost: string | undefined;
  #waiters: Waiter[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#fixed = options.fixed;
  }

  /** What queries are answered from; undefined before the first table has arrived. */
  current = (): Snapshot | undefined => this.#current;

  /** The revision up to which this server's DNS answers. */
  get revision(): Revision {
    return this.#revision;
  }

  /** What keeps the answers from being up to date; undefined when nothing does. */
  get trouble(): string | undefined {
    if (this.#error !== undefined) return this.#error;
    if (this.#lost !== undefined) return this.#lost;
    return this.#current === undefined ? "the table is not loaded yet" : undefined;
  }

  /** Takes an item of the feed; it is published with all others that arrive until then. */
  offer = (item: Feed): void => {
    this.#queue.push(item);
    this.#comeBack();
  };

  /** Resolves when DNS here answers from `revision`; rejects with PublishError when it could not be derived. */
  reached(revision: Revision): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ revision, resolve, reject }));
  }

  /** Resolves with the next publication, or as soon as `signal` aborts. */
  nextPublication(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      // Gone from both at once: one signal may outlive thousands of publications.
      const end = () => {
        this.#watchers.delete(end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#watchers.add(end);
      signal.addEventListener("abort", end);
    });
  }

  /**
   * Answers from other zones and settings. Returns the zones whose records changed under an unchanged serial, which no
   * secondary would notice. Throws, with the old data kept, when the zones clash with what is registered.
   */
  replace(fixed: Fixed): Name[] {
    // What is under way rests on the zones and settings as they were.
    if (this.#steps !== undefined) atOnce(this.#steps);
    const everything = { ...nothingTouched(), all: true };
    const generated = atOnce(generate(this.#generated, this.catalog, everything, fixed.scheme));
    const problems = clashesOf(generated, fixed);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    const before = this.#current;
    this.#fixed = fixed;
    if (before === undefined) return [];
    this.#show(generated, everything);
    return [...(this.#current?.zones ?? [])].flatMap(({ origin, serial, apex }) => {
      const known = before.zone(origin);
      return known?.serial === serial && !sameNode(known.apex, apex) ? origin : [];
    });
  }

  /** Why data that somebody wrote down leaves no room for a service of this name, if it does not. */
  clash(service: string): string | undefined {
    return obstacleTo(service, this.#fixed, this.layers(this.#fixed.scheme.zone)?.updated);
  }

  /** The naming scheme as settings have it now. */
  get scheme(): Scheme {
    return this.#fixed.scheme;
  }

  /** The sources of a zone as they are now published, by its folded origin; undefined when it is none of ours. */
  layers(origin: Name): Layers | undefined {
    return this.#zones.layers(origin);
  }

  /** Whole seconds from now until nobody can hold what was answered of a service up to now. */
  drainSecondsOf(service: string): number {
    return this.#drainTimes.secondsOf(service, this.#options.nowMs());
  }

  close(): void {
    this.#cancel?.();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new PublishError("The server is closing"));
  }

  /** Lets a turn come for what is left to do, and for a new publication only when one is due. */
  #comeBack(): void {
    if (this.#cancel !== undefined) return;
    const dueMs = this.#steps === undefined ? this.#startedMs + this.#options.publishIntervalMs : 0;
    const waitMs = dueMs - this.#options.nowMs();
    if (waitMs > 0) {
      const timer = setTimeout(() => this.#turn(), waitMs);
      this.#cancel = () => clearTimeout(timer);
    } else {
      // A timer of 0 ms would wait for one.
      const immediate = setImmediate(() => this.#turn());
      this.#cancel = () => clearImmediate(immediate);
    }
  }

  #turn(): void {
    const { nowMs } = this.#options;
    const startMs = nowMs();
    this.#cancel = undefined;
    this.#steps ??= this.#publish(startMs);
    let isDone = false;
    do isDone = this.#steps.next().done === true;
    while (!isDone && nowMs() - startMs < TURN_MS);
    if (isDone) this.#steps = undefined;
    if (!isDone || this.#queue.length > 0) this.#comeBack();
  }

  *#publish(startMs: number): Steps<void> {
    const { nowMs, log, onPublished, onError } = this.#options;
    this.#startedMs = startMs;
    const touched = nothingTouched();
    try {
      for (const item of this.#queue.splice(0)) {
        this.#fold(item, touched);
        yield;
      }
      if (this.#isLoaded) yield* this.#derive(touched);
      onPublished((nowMs() - startMs) / 1000);
    } catch (error) {
      this.#error = `revision ${this.catalog.revision} could not be published: ${(error as Error).message}`;
      onError();
      log.error(
        { err: error, revision: this.catalog.revision },
        "publication failed; the snapshot before it keeps serving",
      );
    }
    this.#settle();
    for (const watcher of this.#watchers) watcher();
  }

  #fold(item: Feed, touched: Touched): void {
    if (item.kind === "lost") this.#options.log.warn({ why: item.why }, "the store is away; answers stay as they are");
    if (item.kind === "reset") this.#isLoaded = true;
    this.#lost = item.kind === "lost" ? `the store is away: ${item.why}` : undefined;
    this.catalog.apply(item, touched);
  }

  *#derive(touched: Touched): Steps<void> {
    this.#options.onFold(this.catalog, touched);
    // After a failure nobody knows what the generated trees lack.
    const stale = this.#error === undefined ? touched : { ...touched, all: true };
    const generated = yield* generate(this.#generated, this.catalog, stale, this.#fixed.scheme);
    yield;
    this.#show(generated, stale);
    this.#error = undefined;
    this.#revision = this.catalog.revision;
  }

  /** The publication itself: from here on queries are answered from the next snapshot. */
  #show(generated: Generated, touched: Touched): void {
    const before = this.#current;
    const next = this.#zones.next(this.#fixed, generated, this.catalog);
    this.#generated = generated;
    this.#drainTimes.published(this.catalog, touched, this.#fixed.scheme, this.#options.nowMs());
    if (before !== undefined && isSameSnapshot(before, next)) return;
    this.#current = next;
    this.#options.onSnapshot(next, before);
  }

  /** Answers who waits for what is published now; or could not be, and a start does not wait for a store that is away. */
  #settle(): void {
    const why = this.#error ?? (this.#isLoaded ? undefined : this.#lost);
    const isDue = ({ revision }: Waiter) => (this.#isLoaded ? revision <= this.catalog.revision : why !== undefined);
    const due = this.#waiters.filter(isDue);
    this.#waiters = this.#waiters.filter((waiter) => !isDue(waiter));
    for (const waiter of due) {
      if (why === undefined) waiter.resolve();
      else waiter.reject(new PublishError(why));
    }
  }
}

function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  const [zonesOfA, zonesOfB] = [[...a.zones], [...b.zones]];
  return zonesOfA.length === zonesOfB.length && zonesOfA.every((zone, i) => zone === zonesOfB[i]);
}
