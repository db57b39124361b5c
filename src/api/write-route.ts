import type { FastifyInstance, FastifySchema } from "fastify";
import Type, { type TSchema } from "typebox";
import { Draft } from "../catalog/draft.ts";
import { effectOf } from "../catalog/effect.ts";
import { Refusal } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { type Call, callOf, entityTag, flagOf } from "./call.ts";
import { commitChange } from "./commit.ts";
import { Committed, describe, PreconditionHeaders, Tried } from "./describe.ts";
import type { ApiContext } from "./options.ts";
import { Problem } from "./problems.ts";

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
  /** What must have happened before, beyond one commit; returns what is left to draft. Not for batches. */
  readonly prepare?: (call: Call) => Promise<Drafting>;
  readonly draft: Drafting;
  /** What follows the commit of a draft in which it took part, even if it changed nothing. */
  readonly settle?: (call: Call, draft: Draft) => Promise<void>;
}

/** Puts the change into the draft; returns the revision of the item as it stands. Throws Refusal. */
export type Drafting = (draft: Draft, call: Call) => Revision | Promise<Revision>;

export function addWriteRoute(app: FastifyInstance, context: ApiContext, route: WriteRoute): void {
  const { method, url, action } = route;
  const { query = {} } = route;
  const queryKnown = Object.keys(query);
  const flags = queryKnown.filter((name) => Type.IsBoolean(query[name]));
  app.route({
    method,
    url,
    schema: schemaOf(route),
    handler: async (request, reply) => {
      const call = callOf(request, queryKnown, action);
      // What is no flag must be told before anything is written, whoever reads it later.
      for (const name of flags) flagOf(call.query, name, action);
      if (flagOf(call.query, "dryRun", action)) return tryOut(context, route, call);
      const drafting = route.prepare === undefined ? route.draft : await route.prepare(call);
      let drafted: Draft | undefined;
      const revision = await commitChange(context, action, (draft) => {
        drafted = draft;
        return drafting(draft, call);
      });
      await route.settle?.(call, drafted!);
      if (route.writesItem) reply.header("etag", entityTag(revision));
      return { revision };
    },
  });
}

/** What the change would do to its service, of which nothing is written. It is refused as the change itself would be. */
async function tryOut({ catalog }: ApiContext, route: WriteRoute, call: Call): Promise<object> {
  const draft = new Draft(catalog());
  const effect = () => {
    const service = catalog().services.get(call.params["service"]!);
    return service && effectOf(draft, service);
  };
  try {
    await route.draft(draft, call);
  } catch (error) {
    // What may be forced has been drafted, and is told with the refusal.
    const isDrafted = error instanceof Refusal && error.code === "conflict" && draft.writes.length > 0;
    throw isDrafted ? new Problem(409, error.code, error.message, error.faults, effect()) : error;
  }
  return { revision: catalog().revision, dryRun: true, ...effect() };
}

function schemaOf({ url, action, section, query, body }: WriteRoute): FastifySchema {
  return describe({
    url,
    action,
    section,
    answer: query?.["dryRun"] === undefined ? Committed : Tried,
    headers: PreconditionHeaders,
    ...(query !== undefined && { query }),
    ...(body !== undefined && { body }),
  });
}
