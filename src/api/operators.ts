import Type from "typebox";
import type { Draft } from "../catalog/draft.ts";
import {
  beginMaintenance,
  beginMaintenanceOf,
  endMaintenance,
  endMaintenanceOf,
  type Operating,
} from "../catalog/maintenance.ts";
import { type Call, flagOf } from "./call.ts";
import { untilForgotten } from "./forgotten.ts";
import { targetOf } from "./instances.ts";
import type { ApiContext } from "./options.ts";
import { Maintenance } from "./schemas.ts";
import { SelectorQuery, selectorOf } from "./selectors.ts";
import type { WriteRoute } from "./write-route.ts";

const SERVICE_URL = "/v1/services/:service/maintenance";
const INSTANCE_URL = "/v1/services/:service/instances/:id/maintenance";
const begin = "put instances into maintenance";
const end = "end the maintenance of instances";

const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
export const TryQuery = { dryRun: flag("Writes nothing, and answers what it would do") };
export const ForceQuery = { ...TryQuery, force: flag("Even if no instance is left to answer, else 409") };

export function operatorWriteRoutes(context: ApiContext): readonly WriteRoute[] {
  const query = { ...ForceQuery, drain: flag("Answered when no resolver can hold them any more") };
  const beginning = {
    method: "PUT",
    section: "Maintenance",
    body: Maintenance,
    writesItem: false,
    settle: (call: Call, draft: Draft) => lameDuck(context, call, draft),
  } as const;
  const ending = { method: "DELETE", section: "Maintenance", writesItem: false } as const;
  return [
    {
      ...beginning,
      url: INSTANCE_URL,
      action: "put an instance into maintenance",
      query,
      draft: (draft, call) => beginMaintenance(draft, targetOf(call), call.body, operatingOf(context, call, begin)),
    },
    {
      ...ending,
      url: INSTANCE_URL,
      action: "end the maintenance, or the drain, of an instance",
      query: TryQuery,
      draft: (draft, call) => endMaintenance(draft, targetOf(call), call.precondition),
    },
    {
      ...beginning,
      url: SERVICE_URL,
      action: begin,
      query: { ...query, ...SelectorQuery },
      draft: (draft, call) => {
        const operating = operatingOf(context, call, begin);
        return beginMaintenanceOf(draft, call.params["service"]!, selectorOf(call, begin), call.body, operating);
      },
    },
    {
      ...ending,
      url: SERVICE_URL,
      action: end,
      query: { ...TryQuery, ...SelectorQuery },
      draft: (draft, call) =>
        endMaintenanceOf(draft, call.params["service"]!, selectorOf(call, end), call.precondition),
    },
  ];
}

/** When, whether by force, and on which condition an operator acts. Throws Refusal. */
export function operatingOf({ wallMs }: ApiContext, { query, precondition }: Call, action: string): Operating {
  return { precondition, atMs: wallMs(), force: flagOf(query, "force", action) };
}

/** With `?drain=true`: a wait until no resolver can still hold what was taken out. */
async function lameDuck(context: ApiContext, { params, query }: Call, draft: Draft): Promise<void> {
  const service = params["service"]!;
  if (flagOf(query, "drain", begin)) await untilForgotten(context, service, [...draft.writtenIds(service)], begin);
}
