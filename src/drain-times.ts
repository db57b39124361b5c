import type { Catalog } from "./catalog/catalog.ts";
import type { ServiceSettings } from "./catalog/model.ts";
import { type TtlPolicy, ttlSecondsOf } from "./catalog/service-ttl.ts";
import type { Touched } from "./catalog/touched.ts";

/**
 * For how long somebody may hold what was answered of a service: under the TTL it has, under one that it had before, and
 * under those of the services for which it stands in.
 *
 * What was answered before this process started is not known to it.
 */
export class DrainTimes {
  /** What the last publication rested on: the policy, and the settings of the services that have any. */
  #policy: TtlPolicy | undefined;
  readonly #settings = new Map<string, ServiceSettings>();
  /** By service until when what was answered under former settings is held, monotonic; only what was told it. */
  readonly #heldUntilMs = new Map<string, number>();
  /** The latest of them. */
  #lastUntilMs = Number.NEGATIVE_INFINITY;

  /** Takes in what is answered from now on. Costs what was touched; with everything, or another policy, all services. */
  published(catalog: Catalog, touched: Touched, policy: TtlPolicy, nowMs: number): void {
    if (nowMs > this.#lastUntilMs) this.#heldUntilMs.clear();
    const former = this.#policy ?? policy;
    const isWhole = touched.all || former !== policy;
    const names = isWhole ? new Set([...this.#settings.keys(), ...catalog.services.keys()]) : touched.settings;
    for (const name of names) {
      // Also where nothing was lowered: then it ends before what is answered now does.
      if (this.#policy !== undefined) this.#hold(name, this.#settings.get(name) ?? {}, former, nowMs);
      const service = catalog.services.get(name);
      if (service === undefined || service.settingsRevision === 0) this.#settings.delete(name);
      else this.#settings.set(name, service.settings);
    }
    this.#policy = policy;
  }

  /** Whole seconds from now until nobody can hold what was answered of a service up to now. */
  secondsOf(service: string, nowMs: number): number {
    const policy = this.#policy;
    if (policy === undefined) return 0;
    let seconds = ttlSecondsOf(service, this.#settings.get(service) ?? {}, policy);
    for (const [name, settings] of this.#settings) {
      if (standsIn(service, settings)) seconds = Math.max(seconds, ttlSecondsOf(name, settings, policy));
    }
    const heldMs = (this.#heldUntilMs.get(service) ?? nowMs) - nowMs;
    return Math.max(seconds, Math.ceil(heldMs / 1000));
  }

  #hold(name: string, settings: ServiceSettings, policy: TtlPolicy, nowMs: number): void {
    const untilMs = nowMs + ttlSecondsOf(name, settings, policy) * 1000;
    const targets = (settings.failover ?? []).flatMap(({ service }) => service ?? []);
    for (const answered of [name, ...targets]) {
      const heldMs = this.#heldUntilMs.get(answered) ?? untilMs;
      this.#heldUntilMs.set(answered, Math.max(heldMs, untilMs));
    }
    this.#lastUntilMs = Math.max(this.#lastUntilMs, untilMs);
  }
}

function standsIn(service: string, { failover = [] }: ServiceSettings): boolean {
  return failover.some((target) => target.service === service);
}
