import Type from "typebox";
import { deregister } from "../catalog/changes.ts";
import type { Draft } from "../catalog/draft.ts";
import {
  type Drained,
  type Draining,
  deregisterDrained,
  deregisterDrainedOne,
  deregisterOf,
  drain,
  drainOf,
} from "../catalog/draining.ts";
import { type Fault, numberAt } from "../catalog/fields.ts";
import { refuseFaults } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { asNumber, type Call, flagOf } from "./call.ts";
import { commitChange } from "./commit.ts";
import { untilForgotten } from "./forgotten.ts";
import { REVISION_RANGE, targetOf } from "./instances.ts";
import { ForceQuery, operatingOf, TryQuery } from "./operators.ts";
import type { ApiContext } from "./options.ts";
import { Registered } from "./schemas.ts";
import { SelectorQuery, selectorOf } from "./selectors.ts";
import type { Drafting, WriteRoute } from "./write-route.ts";

const one = "deregister an instance";
const several = "deregister instances";

export function deregistrationRoutes(context: ApiContext): readonly WriteRoute[] {
  const route = { method: "DELETE", section: "Instances", writesItem: false } as const;
  const drainQuery = {
    drain: Type.Optional(Type.Boolean({ description: "Out of DNS first; deregistered when the last TTL has run out" })),
  };
  const deregisterOne: Drafting = (draft, call) =>
    deregister(draft, targetOf(call), call.precondition, registeredOf(call));
  const deregisterSelected: Drafting = (draft, call) =>
    deregisterOf(draft, call.params["service"]!, selectorOf(call, several), operatingOf(context, call, several));
  return [
    {
      ...route,
      url: "/v1/services/:service/instances/:id",
      action: one,
      query: { ...drainQuery, registered: Registered, ...TryQuery },
      prepare: (call) =>
        drained(context, call, {
          atOnce: deregisterOne,
          begin: (draft) => [drain(draft, targetOf(call), drainingOf(context, call, one), registeredOf(call))],
          finish: (draft, [instance]) => deregisterDrainedOne(draft, targetOf(call), instance!),
        }),
      draft: deregisterOne,
    },
    {
      ...route,
      url: "/v1/services/:service/instances",
      action: several,
      query: { ...drainQuery, ...ForceQuery, ...SelectorQuery },
      prepare: (call) =>
        drained(context, call, {
          atOnce: deregisterSelected,
          begin: (draft) => {
            const draining = drainingOf(context, call, several);
            return drainOf(draft, call.params["service"]!, selectorOf(call, several), draining);
          },
          finish: (draft, out) => deregisterDrained(draft, call.params["service"]!, out),
        }),
      draft: deregisterSelected,
    },
  ];
}

function drainingOf(context: ApiContext, call: Call, action: string): Draining {
  const heldSeconds = (id: string) => context.drainSeconds(call.params["service"]!, id);
  return { ...operatingOf(context, call, action), heldSeconds };
}

/** Which registration the caller speaks for: the revision that it was answered. */
function registeredOf({ query }: Call): Revision | undefined {
  const { registered } = query;
  if (registered === undefined) return undefined;
  const faults: Fault[] = [];
  const revision = numberAt(asNumber(registered), "?registered", REVISION_RANGE, faults);
  refuseFaults(one, faults);
  return revision;
}

/** How a drain goes: into the drain, and after the wait out of the table. */
interface Drain {
  /** Without a drain. */
  readonly atOnce: Drafting;
  readonly begin: (draft: Draft) => readonly Drained[];
  readonly finish: (draft: Draft, drained: readonly Drained[]) => Revision;
}

/** With `?drain=true`: out of DNS, and then a wait until no resolver can still hold what is drained. */
async function drained(context: ApiContext, call: Call, { atOnce, begin, finish }: Drain): Promise<Drafting> {
  const action = "drain";
  if (!flagOf(call.query, "drain", action)) return atOnce;
  const service = call.params["service"]!;
  let out: readonly Drained[] = [];
  await commitChange(context, action, (draft) => {
    out = begin(draft);
    return draft.catalog.revision;
  });
  await untilForgotten(
    context,
    service,
    out.map(({ id }) => id),
    action,
  );
  return (draft) => finish(draft, out);
}
