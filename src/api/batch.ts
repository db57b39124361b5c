import type { RouteOptions } from "fastify";
import { type Draft, NO_PRECONDITION, type Precondition } from "../catalog/draft.ts";
import { type Fault, isObject, numberAt, openFields, readChoice, readList, shown } from "../catalog/fields.ts";
import { LIMITS } from "../catalog/model.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { type Call, callOf, readParams, readQuery } from "./call.ts";
import { commitChange } from "./commit.ts";
import type { ApiContext } from "./options.ts";
import { paramsOf } from "./paths.ts";
import { Batch, Committed, describe } from "./schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const action = "commit a batch";
const url = "/v1/batch";
const METHODS = ["PUT", "PATCH", "DELETE", "POST"] as const;

/** One write of a batch, ready to be drafted; `path` leads to it in the body. */
interface Step {
  readonly path: string;
  readonly route: WriteRoute;
  readonly call: Call;
}

/** Any writes of the API in one commit: all of them or none, at one revision. */
export function batchRoute(context: ApiContext, routes: readonly WriteRoute[]): RouteOptions {
  return {
    method: "POST",
    url,
    schema: describe({ url, action, section: "Batch", answer: Committed, body: Batch }),
    handler: async (request) => {
      const { body, callerAddress } = callOf(request, [], action);
      const faults: Fault[] = [];
      const steps = readSteps(body, callerAddress, routes, faults);
      refuseFaults(action, faults);
      const revision = await commitChange(context, action, (draft) => draftAll(draft, steps));
      for (const { route, call } of steps) await route.settle?.(call);
      return { revision };
    },
  };
}

/** Drafts every write in order. Throws one Refusal that names the faults of all of them. */
async function draftAll(draft: Draft, steps: readonly Step[]): Promise<Revision> {
  let newest = 0;
  const refusals: { readonly path: string; readonly refusal: Refusal }[] = [];
  for (const { path, route, call } of steps) {
    try {
      newest = Math.max(newest, await route.draft(draft, call));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusals.push({ path, refusal: error });
    }
  }
  const [first] = refusals;
  if (first === undefined) return newest;
  const faults = refusals.flatMap(({ path, refusal }) => faultsAt(path, refusal));
  const reason = `${first.path.slice(1)} is refused: ${first.refusal.message}`;
  throw new Refusal(first.refusal.code, action, reason, faults);
}

function faultsAt(path: string, { faults, message }: Refusal): readonly Fault[] {
  if (faults.length === 0) return [{ path, message }];
  return faults.map((fault) => {
    const isOfBody = fault.path === "" || fault.path.startsWith("/");
    return { path: isOfBody ? `${path}/body${fault.path}` : `${path}/path`, message: fault.message };
  });
}

function readSteps(
  body: unknown,
  callerAddress: string,
  routes: readonly WriteRoute[],
  faults: Fault[],
): readonly Step[] {
  const fields = openFields(body, "", ["writes"], faults);
  const writes = readList(fields, "writes", LIMITS.batchWrites);
  if (writes.length === 0 && faults.length === 0)
    faults.push({ path: "/writes", message: "must have at least 1 element" });
  const steps = writes.map(({ path, value }) => readStep(value, path, callerAddress, routes, faults));
  return steps.filter((step) => step !== undefined);
}

function readStep(
  value: unknown,
  path: string,
  callerAddress: string,
  routes: readonly WriteRoute[],
  faults: Fault[],
): Step | undefined {
  const fields = openFields(value, path, ["method", "path", "body", "ifMatch"], faults);
  if (!isObject(value)) return undefined;
  const method = readChoice({ ...fields, values: { method: null, ...value } }, "method", METHODS);
  const target = typeof value["path"] === "string" ? value["path"] : "";
  const [pathname = "", search = ""] = target.split("?", 2);
  const found = routes.flatMap((route) => {
    const params = route.method === method ? paramsOf(route.url, pathname) : undefined;
    return params === undefined ? [] : [{ route, params }];
  })[0];
  const precondition = readIfMatch(value["ifMatch"], `${path}/ifMatch`, faults);
  if (found === undefined) {
    const message = `must be the path of a write${method === undefined ? "" : ` with ${method}`}: got ${shown(value["path"])}`;
    faults.push({ path: `${path}/path`, message });
    return undefined;
  }
  const named: Fault[] = [];
  const query = readQuery(Object.fromEntries(new URLSearchParams(search)), Object.keys(found.route.query ?? {}), named);
  const params = readParams(found.params, named);
  if (query["drain"] !== undefined) named.push({ path: "", message: "must not drain, as a batch does not wait" });
  faults.push(...named.map(({ message }) => ({ path: `${path}/path`, message })));
  return { path, route: found.route, call: { params, query, body: value["body"], precondition, callerAddress } };
}

/** `ifMatch` of a write: a revision, 0 for "it must not exist". */
function readIfMatch(value: unknown, path: string, faults: Fault[]): Precondition {
  if (value === undefined) return NO_PRECONDITION;
  const revision = numberAt(value, path, { min: 0, max: Number.MAX_SAFE_INTEGER }, faults);
  return { kind: "revisions", revisions: revision === undefined ? [] : [revision] };
}
