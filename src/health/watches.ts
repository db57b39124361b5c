import type { Catalog } from "../catalog/catalog.ts";
import { instanceOf, type Service } from "../catalog/service.ts";
import type { Revision } from "../catalog/store.ts";
import type { Touched } from "../catalog/touched.ts";
import { needsWatch, termsOf } from "./terms.ts";
import { Watch, type WatchContext } from "./watch.ts";

interface WatchedService {
  settingsRevision: Revision;
  brakeEndMs: number | undefined;
  readonly watches: Map<string, Watch>;
}

/** The instances that are watched, as the catalog had them last. */
export class Watches {
  readonly #context: WatchContext;
  /** By name, as in the catalog. */
  readonly #services = new Map<string, WatchedService>();

  constructor(context: WatchContext) {
    this.#context = context;
  }

  /** Services that were there last. */
  get names(): Iterable<string> {
    return this.#services.keys();
  }

  get(service: string, id: string): Watch | undefined {
    return this.#services.get(service)?.watches.get(id);
  }

  *[Symbol.iterator](): Iterator<Watch> {
    for (const { watches } of this.#services.values()) yield* watches.values();
  }

  /** Takes in what has changed of a service. `brakeEndMs` is that of `Terms`. */
  sync(name: string, catalog: Catalog, touched: Touched, brakeEndMs: number | undefined): void {
    const service = catalog.services.get(name);
    const watched = this.#services.get(name) ?? { settingsRevision: 0, brakeEndMs, watches: new Map() };
    const settingsRevision = service?.settingsRevision ?? 0;
    // The settings may hold every instance's checks.
    const isResettled = settingsRevision !== watched.settingsRevision || brakeEndMs !== watched.brakeEndMs;
    const ids =
      touched.all || isResettled
        ? new Set([...watched.watches.keys(), ...(service?.instances ?? []).map(({ id }) => id)])
        : (touched.services.get(name)?.keys() ?? []);
    watched.settingsRevision = settingsRevision;
    watched.brakeEndMs = brakeEndMs;
    for (const id of ids) this.#syncInstance(id, service, watched, catalog.revision, touched.all);
    if (service === undefined) this.#services.delete(name);
    else this.#services.set(name, watched);
  }

  /** How many instances are held out for flapping. */
  get heldOut(): number {
    let count = 0;
    for (const watch of this) if (watch.flapping?.isHeldOut) count++;
    return count;
  }

  /** The revision of the last vote committed here, 0 if none was. */
  get votedAt(): Revision {
    let revision: Revision = 0;
    for (const watch of this) revision = Math.max(revision, watch.votedAt);
    return revision;
  }

  /** Resolves when no vote is under way any more, or the store would not take it. */
  async settled(): Promise<void> {
    await Promise.all(Array.from(this, (watch) => watch.settled()));
  }

  #syncInstance(
    id: string,
    service: Service | undefined,
    { watches, brakeEndMs }: WatchedService,
    revision: Revision,
    isReset: boolean,
  ): void {
    const instance = service && instanceOf(service, id);
    const watch = watches.get(id);
    const terms = instance && service && termsOf(instance, service, brakeEndMs);
    if (instance === undefined || terms === undefined || !needsWatch(instance, terms)) {
      watch?.close();
      watches.delete(id);
      return;
    }
    if (watch?.generation === instance.registration.generation) {
      if (isReset) watch.grant();
      watch.fold(instance, terms, revision);
      return;
    }
    watch?.close();
    watches.set(id, new Watch(instance, terms, isReset ? "in its place" : "at once", this.#context));
  }
}
