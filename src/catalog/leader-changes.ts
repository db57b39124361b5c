import { type Draft, NO_PRECONDITION, type Precondition } from "./draft.ts";
import { type Fault, nameAt, numberAt, openFields, readNumber } from "./fields.ts";
import { instanceKey, leaderKey } from "./keys.ts";
import type { Instance, Leadership } from "./model.ts";
import { Refusal, refuseFaults } from "./refusal.ts";
import type { Leader } from "./service-table.ts";
import type { Revision } from "./store.ts";
import { isUp, verdictOf } from "./verdict.ts";

const LEASE_SECONDS = { min: 1, max: 86_400, allowsFractions: true };
export const TOKEN_RANGE = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** Somebody who wants to lead: to begin with, or on with a token. */
interface Candidate extends Pick<Leadership, "id" | "leaseSeconds"> {
  readonly token: Revision | undefined;
}

/**
 * Acquires the leader lease of a service for an instance that is up, or held by a brake, or renews it: then nothing is written, unless its length changes. Returns the
 * token so far, 0 when nobody led. `secondsLeft` is what is left of the lease that somebody else holds.
 */
export function lead(draft: Draft, service: string, body: unknown, atMs: number, secondsLeft: number): Revision {
  const action = `acquire the leader lease of "${service}"`;
  const candidate = readCandidate(body, action);
  const instance = draft.instance(service, candidate.id);
  if (instance === undefined) throw new Refusal("not-found", action, `"${candidate.id}" is not registered`);
  const leader = draft.catalog.leader(service);
  if (leader !== undefined) refuseRival(leader, candidate, action, secondsLeft);
  // The lease of a holder that is not answered runs out, and does not keep everybody else away for longer.
  const obstacle = obstacleOf(instance);
  if (obstacle !== undefined) throw new Refusal("conflict", action, `"${candidate.id}" ${obstacle}`);
  const known = leader?.token ?? 0;
  const { id, leaseSeconds } = candidate;
  if (leader?.leaseSeconds === leaseSeconds) return known;
  draft.restOn(leaderKey(service), known, NO_PRECONDITION, action);
  draft.restOn(instanceKey(service, id), instance.revision, NO_PRECONDITION, action);
  draft.put(leaderKey(service), { id, leaseSeconds, atMs } satisfies Leadership);
  return known;
}

/** Why an instance cannot lead, if it cannot: whoever is not up, or held by a brake, would not be answered. */
export function obstacleOf(instance: Instance): string | undefined {
  const { state, isHeld } = verdictOf(instance);
  return isUp(state) || isHeld ? undefined : `is ${state}`;
}

/** Gives the leader lease back; with a token only if it is that of the lease. */
export function unlead(
  draft: Draft,
  service: string,
  token: Revision | undefined,
  precondition: Precondition,
): Revision {
  const action = `release the leader lease of "${service}"`;
  const leader = draft.catalog.leader(service);
  if (leader === undefined) throw new Refusal("not-found", action, "nobody holds it");
  if (token !== undefined && token !== leader.token)
    throw new Refusal(
      "precondition-failed",
      action,
      `"${leader.id}" holds it with token ${leader.token}: got ${token}`,
    );
  draft.restOn(leaderKey(service), leader.token, precondition, action);
  draft.delete(leaderKey(service));
  return leader.token;
}

function readCandidate(body: unknown, action: string): Candidate {
  const faults: Fault[] = [];
  const fields = openFields(body ?? {}, "", ["id", "leaseSeconds", "token"], faults);
  const id = nameAt(fields.values["id"], "/id", faults);
  const leaseSeconds = numberAt(fields.values["leaseSeconds"], "/leaseSeconds", LEASE_SECONDS, faults);
  const token = readNumber(fields, "token", TOKEN_RANGE);
  refuseFaults(action, faults);
  return { id: id!, leaseSeconds: leaseSeconds!, token };
}

/** A lease is renewed by its holder, who knows its token if it says one. */
function refuseRival(leader: Leader, { id, token }: Candidate, action: string, secondsLeft: number): void {
  const isHolder = leader.id === id && (token === undefined || token === leader.token);
  if (isHolder) return;
  const time = `${Math.max(0, Math.round(secondsLeft * 10) / 10)} s`;
  throw new Refusal("conflict", action, `"${leader.id}" holds it with token ${leader.token} for another ${time}`);
}
