import { brakeKey, EVERY_SERVICE } from "../catalog/keys.ts";
import type { Brake, BrakeTerms } from "../catalog/model.ts";
import type { Revision, Write } from "../catalog/store.ts";
import { Alarm } from "./alarms.ts";
import type { BallotContext } from "./ballot.ts";
import { Falls } from "./falls.ts";

const RETRY_MS = 1000;
/** A brake is released when no more than this part of the share that engages it is still critical. */
const RELEASE_PART = 0.5;

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
  readonly falls: Falls;
  readonly #service: string;
  readonly #context: BrakeContext;
  readonly #alarm = new Alarm(() => this.#decide());
  #standing: Standing;
  /** When it is released at the latest, in waking time; undefined while it is not engaged. */
  #endMs: number | undefined;
  /** Why it is being released; undefined while it is not, or by an operator. */
  #releaseReason: string | undefined;
  #isCommitting = false;
  /** That of the last commit: what is older knows nothing of it. */
  #committedAt: Revision = 0;

  /** Falls up to `horizon` happened before anybody looked; a brake on record counts from its own beginning. */
  constructor(service: string, horizon: Revision, standing: Standing, context: BrakeContext) {
    this.#service = service;
    this.#context = context;
    this.#standing = standing;
    this.falls = new Falls(standing.brake === undefined ? horizon : standing.brake.since - 1);
    this.#endMs = this.#endOf(standing);
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

  close(): void {
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
      log.info({ service }, `brake of ${this.#what} released: ${this.#releaseReason ?? "an operator said so"}`);
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
    if (this.#isCommitting || this.#standing.revision < this.#committedAt) return;
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
    const atMs = clock.wallMs();
    const reason = `${count} of ${passed} instances of ${this.#what} fell within ${windowSeconds} s`;
    const brake: Brake = { since: this.falls.since, reason, atMs, untilMs: atMs + holdSecondsMax * 1000 };
    void this.#commit({ kind: "put", key: brakeKey(this.#service), value: JSON.stringify(brake) });
  }

  #releaseIfDue(): void {
    const { alarms } = this.#context;
    const { terms, up } = this.#standing;
    const { count } = this.falls;
    const isOver = alarms.nowMs() >= this.#endMs!;
    if (!isOver && count / (count + up) > RELEASE_PART * terms.aboveShare) {
      alarms.set(this.#alarm, this.#endMs!);
      return;
    }
    this.#releaseReason = `${count} of ${count + up} instances are still critical${isOver ? ", but its time is over" : ""}`;
    void this.#commit({ kind: "delete", key: brakeKey(this.#service) });
  }

  /** One at a time; what the store does not take is decided anew soon. */
  async #commit(write: Write): Promise<void> {
    const { alarms, commit } = this.#context;
    const { key } = write;
    this.#isCommitting = true;
    try {
      const outcome = await commit([write], write.kind === "put" ? [{ key, revision: 0 }] : []);
      // A conflict is one with a brake that the feed is about to bring.
      if (outcome.kind === "committed") this.#committedAt = outcome.revision;
    } catch {
      // The store is away, which the commit's wrapper has logged.
    }
    this.#isCommitting = false;
    // The feed may have been faster than this answer, and told of more.
    alarms.set(this.#alarm, alarms.nowMs() + RETRY_MS);
  }
}
