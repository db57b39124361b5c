import type { FastifyInstance } from "fastify";
import { deregister, register } from "../catalog/changes.ts";
import { mergeConfig } from "../catalog/config-changes.ts";
import { configKeyOctetsMax, effectiveConfig } from "../catalog/config-values.ts";
import { NO_PRECONDITION } from "../catalog/draft.ts";
import { Refusal } from "../catalog/refusal.ts";
import { answeredBy, rulingOf } from "../catalog/rule.ts";
import { callOf } from "./call.ts";
import { commitChange } from "./commit.ts";
import { shownValues } from "./config.ts";
import { Committed, describe } from "./describe.ts";
import { renewLease } from "./instances.ts";
import type { ApiContext } from "./options.ts";
import { plainEntryOf, readPlainEntry } from "./plain-entry.ts";
import { AnyObject, PlainEntry, PlainRegistered } from "./schemas.ts";

const section = "Plain registry";

/** The registry for the smallest clients: names, addresses, a port, and configuration as one JSON object. */
export function addPlainRegistry(app: FastifyInstance, context: ApiContext): void {
  addRegister(app, context);
  addUnregister(app, context);
  addDiscover(app, context);
  addConfig(app, context);
}

/** Several addresses under one name become several instances; the same again changes nothing. */
function addRegister(app: FastifyInstance, context: ApiContext): void {
  const action = "register";
  const answers = { answer: PlainRegistered, created: PlainRegistered };
  const schema = describe({ url: "/register", action, section, ...answers, body: PlainEntry });
  app.post("/register", { schema }, async (request, reply) => {
    const call = callOf(request, [], action);
    const { entry, id, body } = readPlainEntry(call.body, call.callerAddress, action);
    const target = { service: entry.name, id };
    const isNew = context.catalog().instance(target.service, id) === undefined;
    const revision = await commitChange(context, action, (draft) =>
      register(draft, target, body, { ...call, clash: context.clash }),
    );
    await renewLease(context, target);
    reply.code(isNew ? 201 : 200);
    return { revision, ...entry, id };
  });
}

function addUnregister(app: FastifyInstance, context: ApiContext): void {
  const action = "unregister";
  const url = "/unregister/:name";
  app.delete(url, { schema: describe({ url, action, section, answer: Committed }) }, async (request) => {
    const service = callOf(request, [], action).params["name"]!;
    const revision = await commitChange(context, action, (draft) => {
      const instances = draft.instancesOf(service);
      if (instances.length === 0) throw new Refusal("not-found", action, `"${service}" is not registered`);
      for (const instance of instances) deregister(draft, instance, NO_PRECONDITION);
      return 0;
    });
    return { revision };
  });
}

/** Each request is given the next of the instances that DNS would answer. */
function addDiscover(app: FastifyInstance, { catalog }: ApiContext): void {
  const action = "discover";
  const url = "/discover/:name";
  let turn = 0;
  app.get(url, { schema: describe({ url, action, section, answer: PlainEntry }) }, async (request) => {
    const name = callOf(request, [], action).params["name"]!;
    const service = catalog().services.get(name);
    if (service === undefined) throw new Refusal("not-found", action, `"${name}" is not registered`);
    const answered = [...answeredBy(rulingOf(service, undefined, catalog()))];
    const instance = answered[turn++ % answered.length];
    if (instance === undefined) throw new Refusal("not-found", action, `no instance of "${name}" passes`);
    return plainEntryOf(instance);
  });
}

function addConfig(app: FastifyInstance, context: ApiContext): void {
  const { catalog, settings, wallMs } = context;
  const url = "/config/:service";
  const read = "read the configuration in force for a service";
  const merge = "merge keys into the configuration of a service";
  const form = { keyOctetsMax: configKeyOctetsMax(settings.zone), hasMarks: false, nullRemoves: false };
  app.get(url, { schema: describe({ url, action: read, section, answer: AnyObject }) }, async (request) => {
    const service = callOf(request, [], read).params["service"]!;
    return shownValues(effectiveConfig(catalog(), { kind: "service", service }).values);
  });
  const schema = describe({ url, action: merge, section, answer: Committed, body: AnyObject });
  app.post(url, { schema }, async (request) => {
    const { params, body, precondition } = callOf(request, [], merge);
    const layer = { kind: "service", service: params["service"]! } as const;
    const revision = await commitChange(context, merge, (draft) =>
      mergeConfig(draft, { layer, atMs: wallMs(), precondition }, body, form),
    );
    return { revision };
  });
}
