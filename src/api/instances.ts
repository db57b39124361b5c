import { patchInstance, type Registering, register, type Target } from "../catalog/changes.ts";
import { masked } from "../catalog/check-secrets.ts";
import type { Instance as CatalogInstance } from "../catalog/model.ts";
import { Refusal } from "../catalog/refusal.ts";
import { registrationBody } from "../catalog/registration.ts";
import { isUp, verdictOf } from "../catalog/verdict.ts";
import type { Call } from "./call.ts";
import type { ApiContext } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";
import { Instance, Patch, Registration } from "./schemas.ts";
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
  const { state, reason, isHeld, vote } = verdictOf(instance);
  const checks = registration.checks.map(masked);
  const { author, untilMs } = operator ?? {};
  const word = { ...(author !== undefined && { author }), ...(untilMs !== undefined && { untilMs }) };
  const standing = {
    ...(isHeld && { isHeld }),
    ...(isUp(state) && vote?.weightShare !== undefined && { weightShare: vote.weightShare }),
  };
  return { service, id, revision, state, reason, ...standing, ...word, ...registrationBody(registration), checks };
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
