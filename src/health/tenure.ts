import { instanceKey, operatorKey, voteKey } from "../catalog/keys.ts";
import type { Instance } from "../catalog/model.ts";
import type { Write } from "../catalog/store.ts";
import { Alarm } from "./alarms.ts";
import type { BallotContext } from "./ballot.ts";
import type { Opinion } from "./opinion.ts";

const RETRY_MS = 5000;
/** How often an operator's end is looked up at least: it is set on the wall clock, which people move. */
const OPERATOR_LOOK_MS = 60_000;

/**
 * What ends by time: the registration of an instance that stays critical, and an operator's word with an end.
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
    const { alarms, clock } = this.#context;
    const { untilMs = Number.POSITIVE_INFINITY } = this.#instance.operator ?? {};
    const operatorEndMs = alarms.nowMs() + untilMs - clock.wallMs();
    return this.#deregistration?.isSet ? Math.min(this.#deregistration.dueMs, operatorEndMs) : operatorEndMs;
  }

  close(): void {
    this.#isClosed = true;
    this.#context.alarms.clear(this.#deregistration);
    this.#context.alarms.clear(this.#operatorEnd);
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
    const { alarms, commit, log } = this.#context;
    const { service, id, registration, revision, votes } = this.#instance;
    const voteKeys = votes.map((vote) => voteKey(service, id, vote.server));
    const keys = [instanceKey(service, id), operatorKey(service, id), ...voteKeys];
    const { reason = "it never passed" } = this.#opinion();
    // A registration that comes in between makes this a conflict: that is a sign of life, so the time begins anew.
    this.#criticalSinceMs = undefined;
    try {
      const outcome = await commit(keys.map(remove), [{ key: instanceKey(service, id), revision }]);
      if (outcome.kind === "conflict") return;
      const words = `deregistered: critical for ${registration.deregisterAfterSeconds} s: ${reason}`;
      log.info({ service, id, reason }, `instance ${service}/${id} ${words}`);
    } catch {
      // The store is away, which the commit's wrapper has logged.
      this.#criticalSinceMs = alarms.nowMs() + RETRY_MS - registration.deregisterAfterSeconds * 1000;
      if (!this.#isClosed) this.#followState();
    }
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
      await commit([remove(operatorKey(service, id))], []);
      log.info({ service, id }, `instance ${service}/${id} ${operator.state} ended: its time is over`);
    } catch {
      if (this.#operatorEnd && !this.#isClosed) alarms.set(this.#operatorEnd, alarms.nowMs() + RETRY_MS);
    }
  }
}

function remove(key: string): Write {
  return { kind: "delete", key };
}
