import type { FastifyInstance, FastifySchema } from "fastify";
import type { TSchema } from "typebox";
import type { Draft } from "../catalog/draft.ts";
import type { Revision } from "../catalog/store.ts";
import { type Call, callOf, entityTag } from "./call.ts";
import { commitChange } from "./commit.ts";
import { Committed, describe, PreconditionHeaders } from "./describe.ts";
import type { ApiContext } from "./options.ts";

/** A route that changes what is stored, by itself or as one write of a batch. */
export interface WriteRoute {
  readonly method: "PUT" | "PATCH" | "DELETE" | "POST";
  /** Pattern with `:name` parameters, which are names of the naming scheme. */
  readonly url: string;
  /** What it does, fit behind "Cannot": `register an instance`. */
  readonly action: string;
  readonly section: string;
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly body?: TSchema;
  /** Whether what it writes is the item that GET reads at this path, and so has the commit's revision as its tag. */
  readonly writesItem: boolean;
  /** What must have happened before, beyond one commit; returns what is left to do. Not for batches. */
  readonly prepare?: (call: Call) => Promise<Call>;
  /** Puts the change into the draft; returns the revision of the item as it stands. Throws Refusal. */
  readonly draft: (draft: Draft, call: Call) => Revision | Promise<Revision>;
  /** What follows a commit in which it took part, even if it changed nothing. */
  readonly settle?: (call: Call) => Promise<void>;
}

export function addWriteRoute(app: FastifyInstance, context: ApiContext, route: WriteRoute): void {
  const { method, url, action } = route;
  const queryKnown = Object.keys(route.query ?? {});
  app.route({
    method,
    url,
    schema: schemaOf(route),
    handler: async (request, reply) => {
      const asked = callOf(request, queryKnown, action);
      const call = route.prepare === undefined ? asked : await route.prepare(asked);
      const revision = await commitChange(context, action, (draft) => route.draft(draft, call));
      await route.settle?.(call);
      if (route.writesItem) reply.header("etag", entityTag(revision));
      return { revision };
    },
  });
}

function schemaOf({ url, action, section, query, body }: WriteRoute): FastifySchema {
  return describe({
    url,
    action,
    section,
    answer: Committed,
    headers: PreconditionHeaders,
    ...(query !== undefined && { query }),
    ...(body !== undefined && { body }),
  });
}
