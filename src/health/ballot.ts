import type { BaseLogger } from "pino";
import { instanceKey, voteKey } from "../catalog/keys.ts";
import type { CastVote, CheckState, Instance, Vote } from "../catalog/model.ts";
import type { Commit, Guard, Revision, Write } from "../catalog/store.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import type { Clock } from "./clock.ts";
import type { Opinion } from "./opinion.ts";

const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 30_000;

export interface Transition {
  readonly service: string;
  readonly id: string;
  readonly from: CheckState;
  readonly to: CheckState;
  readonly reason: string;
}

/** What a vote is to say. */
export interface Claim extends Opinion {
  /** As a vote's; undefined for all of the weight. */
  readonly weightShare: number | undefined;
  readonly isStale: boolean;
}

export interface BallotContext {
  /** The name under which this server votes. */
  readonly server: string;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly commit: (writes: readonly Write[], guards: readonly Guard[]) => Promise<Commit>;
  readonly log: Pick<BaseLogger, "info" | "warn">;
  readonly onTransition: (transition: Transition) => void;
}

/** This server's vote on one instance: brings what is recorded into line with what is so. */
export class Ballot {
  readonly #context: BallotContext;
  readonly #claim: () => Claim;
  #instance: Instance;
  #recorded: CastVote | undefined;
  /** The revision of the last vote committed: an older catalog does not know it yet. */
  #revision: Revision = 0;
  /** A commit met a registration that the catalog has not shown yet. */
  #isOutdated = false;
  #isClosed = false;
  #recording: Promise<Revision | undefined> | undefined;
  #failures = 0;
  #retry: Alarm | undefined;

  /** `claim` is asked whenever the vote is compared with the truth. */
  constructor(instance: Instance, context: BallotContext, claim: () => Claim) {
    this.#context = context;
    this.#claim = claim;
    this.#instance = instance;
    this.#recorded = voteOf(instance, context.server);
  }

  /** The revision of the last vote committed here, 0 if none was. */
  get revision(): Revision {
    return this.#revision;
  }

  get vote(): Vote | undefined {
    return this.#recorded;
  }

  /** The state others see: the vote's, or without one what the registration began with. */
  get state(): CheckState {
    return this.#recorded?.state ?? this.#instance.registration.initialState;
  }

  /** Passed at least once in this generation, as far as is on record. */
  get hasPassed(): boolean {
    return this.#recorded?.hasPassed || this.#instance.registration.initialState !== "critical";
  }

  /** Takes in the instance as the catalog at `revision` has it. */
  fold(instance: Instance, revision: Revision): void {
    this.#instance = instance;
    this.#isOutdated = false;
    if (revision >= this.#revision) this.#recorded = voteOf(instance, this.#context.server);
  }

  /**
   * Commits until the vote is true; resolves with the last commit's revision, if one was needed. Rejects with what the
   * store said, which is tried again later.
   */
  cast(): Promise<Revision | undefined> {
    if (this.#recording === undefined && this.#isDue()) this.#recording = this.#record();
    return this.#recording ?? Promise.resolve(undefined);
  }

  /** Casts without waiting for it; while the store is away, not before the next retry. */
  castSoon(): void {
    if (this.#retry?.isSet) return;
    this.cast().catch(() => {
      // The commit's wrapper has logged it, and the retry is set.
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#context.alarms.clear(this.#retry);
  }

  #isDue(): boolean {
    if (this.#isOutdated || this.#isClosed) return false;
    const { state, reason, weightShare, isStale } = this.#claim();
    // What is critical from the start gets a vote when a check says why: `_why` reads it there.
    const isNews = this.#recorded === undefined && state === "critical" && reason !== undefined;
    const { weightShare: recordedShare, isStale: wasStale = false } = this.#recorded ?? {};
    return state !== this.state || isNews || weightShare !== recordedShare || isStale !== wasStale;
  }

  async #record(): Promise<Revision | undefined> {
    let revision: Revision | undefined;
    try {
      while (this.#isDue()) revision = (await this.#commit()) ?? revision;
      this.#failures = 0;
      return revision;
    } catch (error) {
      this.#retryLater();
      throw error;
    } finally {
      this.#recording = undefined;
    }
  }

  async #commit(): Promise<Revision | undefined> {
    const { server, clock, commit } = this.#context;
    const { service, id, revision } = this.#instance;
    const from = this.state; // The feed may bring the vote back before the commit returns.
    const vote = this.#vote(clock.wallMs());
    const outcome = await commit(
      [{ kind: "put", key: voteKey(service, id, server), value: JSON.stringify(vote) }],
      [{ key: instanceKey(service, id), revision }],
    );
    if (outcome.kind === "conflict") {
      // The registration changed: either the catalog has shown it meanwhile, or it soon will.
      this.#isOutdated = this.#instance.revision === revision;
      return undefined;
    }
    this.#recorded = { ...vote, server, revision: vote.castAt ?? outcome.revision };
    this.#revision = outcome.revision;
    if (from !== vote.state) this.#announce({ service, id, from, to: vote.state, reason: vote.reason });
    return outcome.revision;
  }

  /** The vote to be recorded: a new one, or the one on record with another weight or age. */
  #vote(nowMs: number): Vote {
    const { state, reason = "no check", weightShare, isStale } = this.#claim();
    const details = { ...(weightShare !== undefined && { weightShare }), ...(isStale && { isStale }) };
    const { generation } = this.#instance.registration;
    const hasPassed = this.hasPassed || state !== "critical";
    const recorded = this.#recorded;
    if (recorded === undefined || recorded.state !== state)
      return { generation, state, reason, hasPassed, atMs: nowMs, ...details };
    return {
      generation,
      state,
      reason: recorded.reason,
      hasPassed,
      atMs: recorded.atMs,
      castAt: recorded.revision,
      ...details,
    };
  }

  #announce(transition: Transition): void {
    const { service, id, from, to, reason } = transition;
    this.#context.log.info(transition, `instance ${service}/${id} ${from} → ${to}: ${reason}`);
    this.#context.onTransition(transition);
  }

  #retryLater(): void {
    const { alarms } = this.#context;
    this.#retry ??= new Alarm(() => this.castSoon());
    const waitMs = Math.min(RETRY_MS_MIN * 2 ** this.#failures++, RETRY_MS_MAX);
    if (!this.#isClosed) alarms.set(this.#retry, alarms.nowMs() + waitMs);
  }
}

/** This server's vote on the present incarnation. */
function voteOf(instance: Instance, server: string): CastVote | undefined {
  return instance.votes.find((vote) => vote.server === server && vote.generation === instance.registration.generation);
}
