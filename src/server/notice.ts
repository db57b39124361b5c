import { setTimeout } from "node:timers/promises";
import type { Zone } from "../zone/zone.ts";

/** In milliseconds. */
export interface NotifyTimes {
  /** Between the acknowledgement of one version and the news of the next. */
  readonly pauseMs: number;
  /** The first wait for an acknowledgement; each further one is twice as long as the one before. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
}

interface NoticeOptions {
  /** Tells of this version; true when the target has answered within so many milliseconds. Never rejects. */
  tell(zone: Zone, waitMs: number): Promise<boolean>;
  readonly times: NotifyTimes;
  /** Aborts when nobody is to be told any more. */
  readonly signal: AbortSignal;
}

/** What one target is to be told of one zone: always the newest version, again and again until it answers. */
export class Notice {
  readonly #options: NoticeOptions;
  /** The version to tell of; undefined when the target knows. */
  #zone: Zone | undefined;
  #isTelling = false;

  constructor(options: NoticeOptions) {
    this.#options = options;
  }

  update(zone: Zone): void {
    this.#zone = zone;
    if (!this.#isTelling) this.#tellAll();
  }

  /** The zone is gone: there is nothing to tell. */
  withdraw(): void {
    this.#zone = undefined;
  }

  async #tellAll(): Promise<void> {
    const { tell, times, signal } = this.#options;
    this.#isTelling = true;
    let waitMs = times.retryMs;
    while (this.#zone !== undefined && !signal.aborted) {
      const zone = this.#zone;
      const isAnswered = await tell(zone, waitMs);
      if (isAnswered && this.#zone === zone) this.#zone = undefined;
      waitMs = isAnswered ? times.retryMs : Math.min(2 * waitMs, times.retryMaxMs);
      if (isAnswered) await setTimeout(times.pauseMs, undefined, { signal }).catch(() => undefined);
    }
    this.#isTelling = false;
  }
}
