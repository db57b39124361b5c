import { instanceKey, operatorKey, voteKey } from "../catalog/keys.ts";
import type { Instance, OperatorState } from "../catalog/model.ts";
import type { Commit, Write } from "../catalog/store.ts";
import { Alarm } from "./alarms.ts";
import type { BallotContext } from "./ballot.ts";
import type { Opinion } from "./opinion.ts";

const RETRY_MS = 5000;
/** How often an operator's end is looked up at least: it is set on the wall clock, which people move. */
const OPERATOR_LOOK_MS = 60_000;

/**
 * What ends by time: the registration of an instance that stays critical, and an operator's word with an end. When a
 * drain's end comes, whoever asked for it has gone, or this server was stopped meanwhile: the instance is deregistered here.
 *
 * The time critical is waking time of this process: after a restart it starts again in full, so our own absence is never
 * counted against anybody. Maintenance stops it: what an operator holds out of service is not forgotten meanwhile. So does
 * a brake: who fell with so many others may be well. After either the time begins anew.
 */
export class Tenure {
  readonly #context: BallotContext;
  readonly #opinion: () => Opinion;
  #instance: Instance;
  #isBraked = false;
  #criticalSinceMs: number | undefined;
  #deregistration: Alarm | undefined;
  #operatorEnd: Alarm | undefined;
  #isClosed = false;

  /** `opinion` is what is so of the instance, whether or not it is on record yet. */
  constructor(instance: Instance, context: BallotContext, opinion: () => Opinion) {
    this.#context = context;
    this.#opinion = opinion;
    this.#instance = instance;
  }

  /** Sets the alarms for the instance as it is now. */
  follow(instance: Instance, isBraked: boolean): void {
    this.#instance = instance;
    this.#isBraked = isBraked;
    this.#followState();
    this.#followOperator();
  }

  /** When the first of that is due, in waking time; Infinity while nothing is. */
  get endMs(): number {
    return Math.min(this.#deregistrationMs, this.#operatorEndMs);
  }

  /** Which of them that is. */
  get endKind(): "deregistration" | OperatorState["state"] {
    const isOperators = this.#operatorEndMs < this.#deregistrationMs;
    return (isOperators && this.#instance.operator?.state) || "deregistration";
  }

  close(): void {
    this.#isClosed = true;
    this.#context.alarms.clear(this.#deregistration);
    this.#context.alarms.clear(this.#operatorEnd);
  }

  get #deregistrationMs(): number {
    return this.#deregistration?.isSet ? this.#deregistration.dueMs : Number.POSITIVE_INFINITY;
  }

  get #operatorEndMs(): number {
    const { alarms, clock } = this.#context;
    const { untilMs = Number.POSITIVE_INFINITY } = this.#instance.operator ?? {};
    return alarms.nowMs() + untilMs - clock.wallMs();
  }

  #followState(): void {
    const { alarms } = this.#context;
    const { registration, operator } = this.#instance;
    const { deregisterAfterSeconds } = registration;
    const isPaused = this.#isBraked || operator?.state === "maintenance";
    if (this.#opinion().state !== "critical" || deregisterAfterSeconds === 0 || isPaused) {
      this.#criticalSinceMs = undefined;
      alarms.clear(this.#deregistration);
      return;
    }
    this.#criticalSinceMs ??= alarms.nowMs();
    this.#deregistration ??= new Alarm(() => void this.#deregister());
    alarms.set(this.#deregistration, this.#criticalSinceMs + deregisterAfterSeconds * 1000);
  }

  async #deregister(): Promise<void> {
    const { alarms, log } = this.#context;
    const { service, id, registration } = this.#instance;
    const { reason = "it never passed" } = this.#opinion();
    // A registration that comes in between makes this a conflict: that is a sign of life, so the time begins anew.
    this.#criticalSinceMs = undefined;
    try {
      const outcome = await this.#removeInstance();
      if (outcome.kind === "conflict") return;
      const words = `deregistered: critical for ${registration.deregisterAfterSeconds} s: ${reason}`;
      log.info({ service, id, reason }, `instance ${service}/${id} ${words}`);
    } catch {
      // The store is away, which the commit's wrapper has logged.
      this.#criticalSinceMs = alarms.nowMs() + RETRY_MS - registration.deregisterAfterSeconds * 1000;
      if (!this.#isClosed) this.#followState();
    }
  }

  /** With all that is known of it, as long as it is the registration that is known here. */
  #removeInstance(): Promise<Commit> {
    const { service, id, revision, votes } = this.#instance;
    const voteKeys = votes.map((vote) => voteKey(service, id, vote.server));
    const keys = [instanceKey(service, id), operatorKey(service, id), ...voteKeys];
    return this.#context.commit(keys.map(remove), [{ key: instanceKey(service, id), revision }]);
  }

  #followOperator(): void {
    const { alarms, clock } = this.#context;
    const untilMs = this.#instance.operator?.untilMs;
    alarms.clear(this.#operatorEnd);
    if (untilMs === undefined) return;
    this.#operatorEnd ??= new Alarm(() => void this.#endOperator());
    alarms.set(this.#operatorEnd, alarms.nowMs() + Math.min(untilMs - clock.wallMs(), OPERATOR_LOOK_MS));
  }

  async #endOperator(): Promise<void> {
    const { alarms, clock, commit, log } = this.#context;
    const { service, id, operator } = this.#instance;
    if (operator?.untilMs === undefined) return;
    if (clock.wallMs() < operator.untilMs) return this.#followOperator();
    try {
      // Whoever drains is on the way out, and whatever was registered in between makes this a conflict.
      const isDrained = operator.state === "draining";
      const outcome = await (isDrained ? this.#removeInstance() : commit([remove(operatorKey(service, id))], []));
      if (outcome.kind === "conflict") return;
      const words = isDrained ? "deregistered: its drain is over" : "maintenance ended: its time is over";
      log.info({ service, id }, `instance ${service}/${id} ${words}`);
    } catch {
      if (this.#operatorEnd && !this.#isClosed) alarms.set(this.#operatorEnd, alarms.nowMs() + RETRY_MS);
    }
  }
}

function remove(key: string): Write {
  return { kind: "delete", key };
}
