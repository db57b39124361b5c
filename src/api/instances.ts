import Type from "typebox";
import { deregister, drain, patchInstance, type Registering, register, type Target } from "../catalog/changes.ts";
import { masked } from "../catalog/check-secrets.ts";
import { type Fault, numberAt } from "../catalog/fields.ts";
import type { Instance as CatalogInstance } from "../catalog/model.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import { registrationBody } from "../catalog/registration.ts";
import type { Revision } from "../catalog/store.ts";
import { verdictOf } from "../catalog/verdict.ts";
import { asNumber, type Call, flagOf } from "./call.ts";
import { commitChange } from "./commit.ts";
import type { ApiContext } from "./options.ts";
import { pause } from "./pause.ts";
import type { ReadRoute } from "./read-route.ts";
import { Instance, Patch, Registered, Registration } from "./schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const INSTANCE_URL = "/v1/services/:service/instances/:id";
const section = "Instances";
export const REVISION_RANGE = { min: 0, max: Number.MAX_SAFE_INTEGER };

export function instanceWriteRoutes(context: ApiContext): readonly WriteRoute[] {
  const settle = (call: Call) => renewLease(context, targetOf(call));
  const registering = (call: Call): Registering => ({
    ...call,
    clash: context.clash,
    allowsExec: context.settings.checks.exec,
  });
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
        registered: Registered,
      },
      writesItem: false,
      prepare: (call) => drained(context, call),
      draft: (draft, call) => deregister(draft, targetOf(call), call.precondition, registeredOf(call)),
    },
  ];
}

export function instanceReadRoutes({ catalog, checkResults, flapping }: ApiContext): readonly ReadRoute[] {
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
        const body = {
          ...instanceView(instance),
          flapping: flapping(service, id),
          checkResults: checkResults(service, id),
        };
        return { body, revision: instance.revision };
      },
    },
  ];
}

/** An instance as people and programs read it: the body it was registered with, its state, and why. */
export function instanceView(instance: CatalogInstance): object {
  const { service, id, revision, registration, operator } = instance;
  const { state, reason } = verdictOf(instance);
  const checks = registration.checks.map(masked);
  const until = operator?.untilMs === undefined ? {} : { untilMs: operator.untilMs };
  return { service, id, revision, state, reason, ...until, ...registrationBody(registration), checks };
}

export function targetOf({ params }: Call): Target {
  return { service: params["service"]!, id: params["id"]! };
}

/** Which registration the caller speaks for: the revision that it was answered. */
function registeredOf({ query }: Call): Revision | undefined {
  const { registered } = query;
  if (registered === undefined) return undefined;
  const faults: Fault[] = [];
  const revision = numberAt(asNumber(registered), "?registered", REVISION_RANGE, faults);
  refuseFaults("deregister an instance", faults);
  return revision;
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
    registered = drain(draft, target, context.wallMs(), call.precondition, registeredOf(call));
    return registered;
  });
  await pause(context.drainSeconds(target.service, target.id) * 1000, context.closing);
  if (context.closing.aborted)
    throw new Refusal("unavailable", action, "the server is stopping: it stays out of DNS, deregister it again");
  // A registration that came meanwhile begins anew, and must not be what goes.
  return { ...call, precondition: { kind: "revisions", revisions: [registered] } };
}
