import { brakeKey, EVERY_SERVICE } from "../catalog/keys.ts";
import type { Brake, BrakeTerms } from "../catalog/model.ts";
import type { Revision, Write } from "../catalog/store.ts";
import { Alarm } from "./alarms.ts";
import type { BallotContext } from "./ballot.ts";
import { Falls } from "./falls.ts";

const RETRY_MS = 1000;
/** A brake is released when no more than this part of the share that engages it is still critical. */
const RELEASE_PART = 0.5;
/** The brake of all is for what so many services suffer at once: what one suffers alone is for its own to judge. */
const SERVICES_LEAST = 2;

/** A brake was engaged or released, by whomever. */
export interface BrakeChange {
  /** A service, or EVERY_SERVICE. */
  readonly service: string;
  readonly kind: "engaged" | "released";
}

export interface BrakeContext extends Pick<BallotContext, "alarms" | "clock" | "commit" | "log"> {
  readonly onBrake: (change: BrakeChange) => void;
}

/** What is so of a service, or of all, as of a revision. */
export interface Standing {
  readonly revision: Revision;
  readonly terms: BrakeTerms;
  /** Instances that pass or warn. */
  readonly up: number;
  readonly brake: Brake | undefined;
}

/**
 * The brake of one service, or of all: decides when it is engaged and released, and commits that. Whether it is engaged is
 * what the catalog says, so that a restart finds it as it was, and an operator's release is one.
 */
export class ServiceBrake {
  readonly falls = new Falls();
  readonly #service: string;
  readonly #context: BrakeContext;
  readonly #alarm = new Alarm(() => this.#decide());
  #standing: Standing;
  /** When it is released at the latest, in waking time; undefined while it is not engaged. */
  #endMs: number | undefined;
  /** Why it is being released; undefined while it is not, or by an operator. */
  #releaseReason: string | undefined;
  #committing: Promise<void> | undefined;
  #isClosed = false;
  /** That of the last commit: what is older knows nothing of it. */
  #committedAt: Revision = 0;

  /** One that is on record by then was engaged before a restart. */
  constructor(service: string, standing: Standing, context: BrakeContext) {
    this.#service = service;
    this.#context = context;
    this.#standing = standing;
    this.#endMs = this.#endOf(standing);
    const { brake } = standing;
    if (brake === undefined) return;
    const { since, reason } = brake;
    context.log.warn({ service, since }, `brake of ${this.#what} is still engaged: ${reason}`);
  }

  get endMs(): number | undefined {
    return this.#endMs;
  }

  /** Takes in what is so by now, after `falls` has been brought up to it. */
  follow(standing: Standing): void {
    const before = this.#standing.brake;
    this.#standing = standing;
    if (before?.since !== standing.brake?.since) this.#turned(before);
    this.#decide();
  }

  /** Resolves when no commit is under way, with the revision of the last; 0 when there was none. */
  async settled(): Promise<Revision> {
    await this.#committing;
    return this.#committedAt;
  }

  /** Decides no more, whatever becomes of a commit that is under way. */
  close(): void {
    this.#isClosed = true;
    this.#context.alarms.clear(this.#alarm);
  }

  get #what(): string {
    return this.#service === EVERY_SERVICE ? "all services" : this.#service;
  }

  #turned(before: Brake | undefined): void {
    const { alarms, log, onBrake } = this.#context;
    const { brake, revision } = this.#standing;
    const service = this.#service;
    this.#endMs = this.#endOf(this.#standing);
    // Once it is released the same falls must not engage it again.
    this.falls.forgetUpTo(brake === undefined ? revision : brake.since - 1);
    if (before !== undefined) {
      alarms.clear(this.#alarm);
      log.warn({ service }, `brake of ${this.#what} released: ${this.#releaseReason ?? "an operator said so"}`);
      onBrake({ service, kind: "released" });
    }
    this.#releaseReason = undefined;
    if (brake === undefined) return;
    log.warn({ service, since: brake.since }, `brake of ${this.#what} engaged: ${brake.reason}`);
    onBrake({ service, kind: "engaged" });
  }

  /** The wall clock decides only what is left after a restart, and it may have been set back meanwhile. */
  #endOf({ brake, terms }: Standing): number | undefined {
    const { alarms, clock } = this.#context;
    return brake && alarms.nowMs() + Math.min(brake.untilMs - clock.wallMs(), terms.holdSecondsMax * 1000);
  }

  #decide(): void {
    if (this.#committing !== undefined || this.#standing.revision < this.#committedAt) return;
    if (this.#standing.brake === undefined) this.#engageIfDue();
    else this.#releaseIfDue();
  }

  #engageIfDue(): void {
    const { alarms, clock } = this.#context;
    const { terms, up } = this.#standing;
    const { aboveShare, windowSeconds, leastInstances, holdSecondsMax } = terms;
    this.falls.forgetBefore(alarms.nowMs() - windowSeconds * 1000);
    const { count } = this.falls;
    const passed = count + up;
    if (passed < leastInstances || count / passed <= aboveShare) return;
    if (this.#service === EVERY_SERVICE && this.falls.serviceCount < SERVICES_LEAST) return;
    const atMs = clock.wallMs();
    const reason = `${count} of ${passed} instances of ${this.#what} fell within ${windowSeconds} s`;
    const brake: Brake = { since: this.falls.since, reason, atMs, untilMs: atMs + holdSecondsMax * 1000 };
    this.#committing = this.#commit({ kind: "put", key: brakeKey(this.#service), value: JSON.stringify(brake) });
  }

  #releaseIfDue(): void {
    const { alarms } = this.#context;
    const { terms, up } = this.#standing;
    const { count } = this.falls;
    const isOff = terms.aboveShare === 1;
    const isOver = alarms.nowMs() >= this.#endMs!;
    if (!isOff && !isOver && count / (count + up) > RELEASE_PART * terms.aboveShare) {
      alarms.set(this.#alarm, this.#endMs!);
      return;
    }
    const left = `${count} of ${count + up} instances are still critical${isOver ? ", but its time is over" : ""}`;
    this.#releaseReason = isOff ? "it is switched off" : left;
    this.#committing = this.#commit({ kind: "delete", key: brakeKey(this.#service) });
  }

  /** One at a time; what the store does not take is decided anew soon. */
  async #commit(write: Write): Promise<void> {
    const { alarms, commit } = this.#context;
    const { key } = write;
    try {
      const outcome = await commit([write], write.kind === "put" ? [{ key, revision: 0 }] : []);
      // A conflict is one with a brake that the feed is about to bring.
      if (outcome.kind === "committed") this.#committedAt = outcome.revision;
    } catch {
      // The store is away, which the commit's wrapper has logged.
    }
    this.#committing = undefined;
    // The feed may have been faster than this answer, and told of more.
    if (!this.#isClosed) alarms.set(this.#alarm, alarms.nowMs() + RETRY_MS);
  }
}
