import type { RouteOptions } from "fastify";
import Type from "typebox";
import { type Fault, numberAt } from "../catalog/fields.ts";
import { leaderKey } from "../catalog/keys.ts";
import { lead, TOKEN_RANGE, unlead } from "../catalog/leader-changes.ts";
import { obstacleTo } from "../catalog/leader-records.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { asNumber, type Call, callOf, entityTag } from "./call.ts";
import { commitChange } from "./commit.ts";
import { describe } from "./describe.ts";
import { Candidate, Leader, LeaderLease } from "./leader-schemas.ts";
import type { ApiContext } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";
import type { WriteRoute } from "./write-route.ts";

const url = "/v1/services/:service/leader";
const section = "Leaders";

/** Whoever holds the lease of a service leads it; the token fences off whoever held it before. */
export function leaderLeaseRoute(context: ApiContext): RouteOptions {
  const action = "acquire or renew a leader lease";
  const created = { ...LeaderLease, description: "Acquired" };
  return {
    method: "PUT",
    url,
    schema: describe({ url, action, section, answer: LeaderLease, created, body: Candidate }),
    handler: async (request, reply) => {
      const { token, isAcquired } = await acquire(context, callOf(request, [], action), action);
      reply.header("etag", entityTag(token));
      return reply.code(isAcquired ? 201 : 200).send({ revision: token, token });
    },
  };
}

async function acquire(
  context: ApiContext,
  call: Call,
  action: string,
): Promise<{ token: Revision; isAcquired: boolean }> {
  const service = call.params["service"]!;
  let before: Revision = 0;
  const token = await commitChange(context, action, (draft) => {
    before = lead(draft, service, call.body, context.wallMs(), context.leadSecondsLeft(service) ?? 0);
    return before;
  });
  if (token !== before) return { token, isAcquired: before === 0 };
  context.lead(service);
  // Its end may have been under way already: what is true is what stands in the store after the renewal.
  const key = leaderKey(service);
  const { revision, items } = await context.store.read(key);
  if (items.some((item) => item.key === key && item.revision === token)) return { token, isAcquired: false };
  await context.reached(revision);
  return acquire(context, call, action);
}

export function leaderWriteRoutes(): readonly WriteRoute[] {
  const action = "release a leader lease";
  return [
    {
      method: "DELETE",
      url,
      action,
      section,
      query: {
        token: Type.Optional(Type.Integer({ minimum: 1, description: "Only this lease: 412 when it is over" })),
      },
      writesItem: false,
      draft: (draft, { params, query, precondition }) =>
        unlead(draft, params["service"]!, readToken(query["token"], action), precondition),
    },
  ];
}

function readToken(text: string | undefined, action: string): Revision | undefined {
  if (text === undefined) return undefined;
  const faults: Fault[] = [];
  const token = numberAt(asNumber(text), "?token", TOKEN_RANGE, faults);
  refuseFaults(action, faults);
  return token;
}

export function leaderReadRoute({ catalog, leadSecondsLeft }: ApiContext): ReadRoute {
  const action = "read the leader of a service";
  return {
    url,
    action,
    section,
    answer: Leader,
    changedAt: ({ params }) => catalog().changedAt(params["service"]),
    read: ({ params }) => {
      const name = params["service"]!;
      const leader = catalog().leader(name);
      const service = catalog().services.get(name);
      if (leader === undefined || service === undefined)
        throw new Refusal("not-found", action, `nobody holds the leader lease of "${name}"`);
      const obstacle = obstacleTo(leader, service);
      const secondsLeft = leadSecondsLeft(name);
      const body = {
        service: name,
        ...leader,
        ...(secondsLeft !== undefined && { secondsLeft }),
        isAnswered: obstacle === undefined,
        ...(obstacle !== undefined && { reason: obstacle }),
      };
      return { body, revision: leader.token };
    },
  };
}
