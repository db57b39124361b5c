import type { RouteOptions } from "fastify";
import { refuseLate } from "../catalog/changes.ts";
import { type Fault, openFields, readChoice, readNumber, shown } from "../catalog/fields.ts";
import type { CheckState } from "../catalog/model.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { callOf } from "./call.ts";
import { Committed, describe } from "./describe.ts";
import { notRegistered, REVISION_RANGE, targetOf } from "./instances.ts";
import type { ApiContext } from "./options.ts";
import { Heartbeat } from "./schemas.ts";

const OUTPUT_CHARS_MAX = 4096;
const STATES: readonly CheckState[] = ["passing", "warning", "critical"];
const action = "renew the lease of an instance";
const url = "/v1/services/:service/instances/:id/heartbeat";

/** Renews a lease: no write, but for a transition, which is durable and answered before this is. */
export function heartbeatRoute({ catalog, heartbeat, reached }: ApiContext): RouteOptions {
  return {
    method: "POST",
    url,
    schema: describe({ url, action, section: "Instances", answer: Committed, body: Heartbeat }),
    handler: async (request) => {
      const call = callOf(request, [], action);
      const { service, id } = targetOf(call);
      const { state, output, registered } = readBody(call.body);
      const instance = catalog().instance(service, id);
      if (instance === undefined) throw notRegistered(action, { service, id });
      refuseLate(instance, registered, action);
      if (instance.registration.leaseSeconds === undefined)
        throw new Refusal("conflict", action, `"${id}" of "${service}" has none: register it with leaseSeconds`);
      const renewal = await heartbeat(service, id, state, output);
      if (renewal.kind === "unknown") throw notRegistered(action, { service, id });
      if (renewal.revision !== undefined) await reached(renewal.revision);
      return { revision: renewal.revision ?? instance.revision };
    },
  };
}

function readBody(body: unknown): { state: CheckState; output: string; registered: Revision | undefined } {
  const faults: Fault[] = [];
  const fields = openFields(body ?? {}, "", ["state", "output", "registered"], faults);
  const state = readChoice(fields, "state", STATES) ?? "passing";
  const registered = readNumber(fields, "registered", REVISION_RANGE);
  const { output = "" } = fields.values;
  if (typeof output !== "string") faults.push({ path: "/output", message: `must be text: got ${shown(output)}` });
  refuseFaults(action, faults);
  // Refusing a long one would let the lease run out over a matter of form.
  return { state, output: String(output).slice(0, OUTPUT_CHARS_MAX), registered };
}
