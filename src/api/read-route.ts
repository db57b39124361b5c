import type { FastifyInstance } from "fastify";
import type { TSchema } from "typebox";
import type { Revision } from "../catalog/store.ts";
import { type Call, callOf, entityTag, revisionsOf } from "./call.ts";
import { describe, LongPollQuery } from "./describe.ts";
import { longPoll } from "./long-poll.ts";
import type { ApiContext } from "./options.ts";

export interface Answer {
  readonly body: object;
  /** The revision that preconditions of a write to the same path speak of. */
  readonly revision?: Revision;
}

/** A route that reads; every one of them can wait for a change. */
export interface ReadRoute {
  readonly url: string;
  /** What it does, fit behind "Cannot": `read an instance`. */
  readonly action: string;
  readonly section: string;
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly answer: TSchema;
  /** Revision of the last change to what it reads; cheap, as it is asked at each publication while somebody waits. */
  readonly changedAt: (call: Call) => Revision;
  /** Throws Refusal. */
  readonly read: (call: Call) => Answer | Promise<Answer>;
}

export function addReadRoute(app: FastifyInstance, context: ApiContext, route: ReadRoute): void {
  const query = { ...route.query, ...LongPollQuery };
  app.route({
    method: "GET",
    url: route.url,
    schema: describe({ ...route, query }),
    handler: async (request, reply) => {
      const call = callOf(request, Object.keys(query), route.action);
      await longPoll(context, call, route, () => request.signal);
      // What is answered is at least as new as this, so waiting for what comes after it misses nothing.
      reply.header("muster-revision", context.catalog().revision);
      const { body, revision } = await route.read(call);
      if (revision === undefined) return body;
      reply.header("etag", entityTag(revision));
      const known = revisionsOf(request.headers["if-none-match"] ?? "");
      // States change without a write to the item, and then its tag alone does not tell that nothing is new.
      if (known.includes(revision) && route.changedAt(call) <= revision) return reply.code(304).send();
      return body;
    },
  });
}
