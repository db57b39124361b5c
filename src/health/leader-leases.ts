import type { Catalog } from "../catalog/catalog.ts";
import { leaderKey } from "../catalog/keys.ts";
import type { Leader } from "../catalog/service-table.ts";
import { Alarm } from "./alarms.ts";
import type { BallotContext } from "./ballot.ts";
import { Deadline, type DeadlineBoard } from "./deadline-board.ts";

const RETRY_MS = 1000;

type Context = Pick<BallotContext, "alarms" | "commit" | "log"> & { readonly deadlines: DeadlineBoard };

interface Lease {
  leader: Leader;
  readonly end: Alarm;
  /** Nobody may take somebody for the leader for longer. */
  readonly deadline: Deadline;
}

/**
 * The leader leases: each ends when nobody renews it, and with it the leadership. As a heartbeat's they are kept in waking
 * time, and in memory: a restart, or a table that is loaded again, grants a full one.
 */
export class LeaderLeases {
  readonly #context: Context;
  readonly #leases = new Map<string, Lease>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Takes in who leads a service by now. */
  follow(service: string, catalog: Catalog, isReset: boolean): void {
    const leader = catalog.leader(service);
    const known = this.#leases.get(service);
    if (leader === undefined) return known && this.#drop(service, known);
    const lease = known ?? this.#newLease(service, leader);
    const isNew = known === undefined || known.leader.token !== leader.token;
    lease.leader = leader;
    this.#leases.set(service, lease);
    if (isNew || isReset) this.renew(service);
    // Whoever is not registered is not renewed either, and need not be waited for.
    if (catalog.instance(service, leader.id) === undefined) this.#endIn(lease, 0);
  }

  renew(service: string): void {
    const lease = this.#leases.get(service);
    if (lease !== undefined) this.#endIn(lease, lease.leader.leaseSeconds * 1000);
  }

  /** Undefined when nobody leads. */
  secondsLeft(service: string): number | undefined {
    const end = this.#leases.get(service)?.end;
    return end && Math.max(0, end.dueMs - this.#context.alarms.nowMs()) / 1000;
  }

  #newLease(service: string, leader: Leader): Lease {
    const deadline = new Deadline(service, "leaderLease");
    const lease = { leader, end: new Alarm(() => void this.#end(service, lease)), deadline };
    return lease;
  }

  #endIn({ end, deadline }: Lease, ms: number): void {
    const { alarms, deadlines } = this.#context;
    alarms.set(end, alarms.nowMs() + ms);
    deadlines.set(deadline, end.dueMs);
  }

  #drop(service: string, { end, deadline }: Lease): void {
    const { alarms, deadlines } = this.#context;
    alarms.clear(end);
    deadlines.set(deadline, Number.POSITIVE_INFINITY);
    this.#leases.delete(service);
  }

  /** Guarded by its token: a leader who came meanwhile is another one. */
  async #end(service: string, lease: Lease): Promise<void> {
    const { alarms, commit, log } = this.#context;
    const { id, token, leaseSeconds } = lease.leader;
    const key = leaderKey(service);
    try {
      const outcome = await commit([{ kind: "delete", key }], [{ key, revision: token }]);
      if (outcome.kind === "conflict") return;
      log.info({ service, id, token }, `"${id}" leads ${service} no more: its lease of ${leaseSeconds} s is over`);
    } catch {
      // The store is away, which the commit's wrapper has logged. What was renewed meanwhile has an end of its own.
      if (!lease.end.isSet && this.#leases.get(service) === lease) alarms.set(lease.end, alarms.nowMs() + RETRY_MS);
    }
  }
}
