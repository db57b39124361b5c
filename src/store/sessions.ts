import { type Session, StoreError } from "../catalog/store.ts";
import type { Clock } from "./clock.ts";

interface Lease {
  readonly ttlMs: number;
  /** In waking time; CLOSED when its owner has closed it. */
  deadlineMs: number;
  ending: Promise<void> | undefined;
}

const TICK_MS = 250;
const CLOSED = Number.NEGATIVE_INFINITY;

/** The deadlines of a store's sessions. Owns a timer while there are any. Renewing costs no I/O. */
export class Sessions {
  readonly #clock: Clock;
  readonly #endKeys: (id: string) => Promise<unknown>;
  readonly #leases = new Map<string, Lease>();
  #stopTicking: (() => void) | undefined;
  #tickDueMs = 0;
  #asleepMs = 0;

  /** `endKeys` deletes a session's keys in one commit. */
  constructor(clock: Clock, endKeys: (id: string) => Promise<unknown>) {
    this.#clock = clock;
    this.#endKeys = endKeys;
  }

  /** Starts a session's clock with a full ttl. */
  start(id: string, ttlMs: number): Session {
    const lease: Lease = { ttlMs, deadlineMs: this.#wakingMs() + ttlMs, ending: undefined };
    this.#leases.set(id, lease);
    if (this.#stopTicking === undefined) {
      this.#tickDueMs = this.#clock.nowMs() + TICK_MS;
      this.#stopTicking = this.#clock.every(TICK_MS, () => this.#tick());
    }
    return {
      id,
      renew: async () => this.#renew(id, lease),
      close: async () => {
        if (!this.#leases.has(id)) return;
        lease.deadlineMs = CLOSED;
        await this.#end(id, lease);
      },
    };
  }

  stop(): void {
    this.#leases.clear();
    this.#stopWhenIdle();
  }

  #renew(id: string, lease: Lease): void {
    const isEnded = !this.#leases.has(id) || lease.ending !== undefined || lease.deadlineMs === CLOSED;
    if (isEnded) throw new StoreError("STORE_CLOSED", `Cannot renew session "${id}" as it has ended: open a new one`);
    lease.deadlineMs = this.#wakingMs() + lease.ttlMs;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    // Who was stalled could not hear a renewal: a late tick is added to every deadline.
    this.#asleepMs += Math.max(0, nowMs - this.#tickDueMs);
    this.#tickDueMs = nowMs + TICK_MS;
    for (const [id, lease] of this.#leases) {
      // What the disk refuses now is tried again at the next tick.
      if (lease.deadlineMs <= this.#wakingMs()) this.#end(id, lease).catch(() => undefined);
    }
  }

  #end(id: string, lease: Lease): Promise<void> {
    lease.ending ??= this.#endKeys(id)
      .then(() => {
        this.#leases.delete(id);
        this.#stopWhenIdle();
      })
      .finally(() => {
        lease.ending = undefined;
      });
    return lease.ending;
  }

  #stopWhenIdle(): void {
    if (this.#leases.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #wakingMs(): number {
    return this.#clock.nowMs() - this.#asleepMs;
  }
}
