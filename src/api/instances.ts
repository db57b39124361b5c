import Type from "typebox";
import { deregister, drain, patchInstance, type Registering, register, type Target } from "../catalog/changes.ts";
import type { Instance as CatalogInstance } from "../catalog/model.ts";
import { Refusal } from "../catalog/refusal.ts";
import { registrationBody } from "../catalog/registration.ts";
import { verdictOf } from "../catalog/verdict.ts";
import { type Call, flagOf } from "./call.ts";
import { commitChange } from "./commit.ts";
import type { ApiContext } from "./options.ts";
import { pause } from "./pause.ts";
import type { ReadRoute } from "./read-route.ts";
import { Instance, Patch, Registration } from "./schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const INSTANCE_URL = "/v1/services/:service/instances/:id";
const section = "Instances";

export function instanceWriteRoutes(context: ApiContext): readonly WriteRoute[] {
  const settle = (call: Call) => renewLease(context, targetOf(call));
  const registering = (call: Call): Registering => ({ ...call, clash: context.clash });
  return [
    {
      method: "PUT",
      url: INSTANCE_URL,
      action: "register an instance",
      section,
      body: Registration,
      writesItem: true,
      draft: (draft, call) => register(draft, targetOf(call), call.body, registering(call)),
      settle,
    },
    {
      method: "PATCH",
      url: INSTANCE_URL,
      action: "change an instance",
      section,
      body: Patch,
      writesItem: true,
      draft: (draft, call) => patchInstance(draft, targetOf(call), call.body, registering(call)),
      settle,
    },
    {
      method: "DELETE",
      url: INSTANCE_URL,
      action: "deregister an instance",
      section,
      query: {
        drain: Type.Optional(
          Type.Boolean({ description: "Out of DNS first; deregistered when the last TTL has run out" }),
        ),
      },
      writesItem: false,
      prepare: (call) => drained(context, call),
      draft: (draft, call) => deregister(draft, targetOf(call), call.precondition),
    },
  ];
}

export function instanceReadRoutes({ catalog, checkResults }: ApiContext): readonly ReadRoute[] {
  const action = "read an instance";
  return [
    {
      url: INSTANCE_URL,
      action,
      section,
      answer: Instance,
      changedAt: ({ params }) => catalog().changedAt(params["service"], params["id"]),
      read: (call) => {
        const { service, id } = targetOf(call);
        const instance = catalog().instance(service, id);
        if (instance === undefined) throw notRegistered(action, { service, id });
        const body = { ...instanceView(instance), checkResults: checkResults(service, id) };
        return { body, revision: instance.revision };
      },
    },
  ];
}

/** An instance as people and programs read it: the body it was registered with, its state, and why. */
export function instanceView(instance: CatalogInstance): object {
  const { service, id, revision, registration, operator } = instance;
  const { state, reason } = verdictOf(instance);
  const until = operator?.untilMs === undefined ? {} : { untilMs: operator.untilMs };
  return { service, id, revision, state, reason, ...until, ...registrationBody(registration) };
}

export function targetOf({ params }: Call): Target {
  return { service: params["service"]!, id: params["id"]! };
}

export function notRegistered(action: string, { service, id }: Target): Refusal {
  return new Refusal("not-found", action, `"${id}" of "${service}" is not registered`);
}

/** A registration is a sign of life, even when it changes nothing. */
export async function renewLease({ renew, reached }: ApiContext, { service, id }: Target): Promise<void> {
  const renewal = await renew(service, id);
  if (renewal.kind === "renewed" && renewal.revision !== undefined) await reached(renewal.revision);
}

/** With `?drain=true`: out of DNS, and then a wait until no resolver can still hold it. */
async function drained(context: ApiContext, call: Call): Promise<Call> {
  const action = "drain an instance";
  if (!flagOf(call.query, "drain", action)) return call;
  const target = targetOf(call);
  let registered = 0;
  await commitChange(context, action, (draft) => {
    registered = drain(draft, target, context.wallMs(), call.precondition);
    return registered;
  });
  await pause(context.drainSeconds(target.service, target.id) * 1000, context.closing);
  if (context.closing.aborted)
    throw new Refusal("unavailable", action, "the server is stopping: it stays out of DNS, deregister it again");
  // A registration that came meanwhile begins anew, and must not be what goes.
  return { ...call, precondition: { kind: "revisions", revisions: [registered] } };
}
