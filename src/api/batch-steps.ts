import { NO_PRECONDITION, type Precondition } from "../catalog/draft.ts";
import { choiceAt, type Fault, isObject, numberAt, openFields, readList, shown } from "../catalog/fields.ts";
import { LIMITS } from "../catalog/model.ts";
import { type Call, readParams, readQuery } from "./call.ts";
import { paramsOf } from "./paths.ts";
import { inTurns } from "./turns.ts";
import type { WriteRoute } from "./write-route.ts";

const METHODS = ["PUT", "PATCH", "DELETE", "POST"] as const;
const REVISION = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** One write of a batch, ready to be drafted; `path` leads to it in the body. */
export interface Step {
  readonly path: string;
  readonly route: WriteRoute;
  readonly call: Call;
}

/** Finds the route of each write in a batch's body and reads what HTTP would have said beside the write's own body. */
export async function readSteps(
  body: unknown,
  callerAddress: string,
  routes: readonly WriteRoute[],
  faults: Fault[],
): Promise<readonly Step[]> {
  const fields = openFields(body, "", ["writes"], faults);
  const writes = readList(fields, "writes", LIMITS.batchWrites);
  if (writes.length === 0 && faults.length === 0)
    faults.push({ path: "/writes", message: `must have at least 1 element: got ${shown(fields.values["writes"])}` });
  const steps: Step[] = [];
  for await (const some of inTurns(writes)) {
    for (const { path, value } of some) {
      openFields(value, path, ["method", "path", "body", "ifMatch"], faults);
      const step = isObject(value) ? readStep(value, path, callerAddress, routes, faults) : undefined;
      if (step !== undefined) steps.push(step);
    }
  }
  return steps;
}

function readStep(
  write: Readonly<Record<string, unknown>>,
  path: string,
  callerAddress: string,
  routes: readonly WriteRoute[],
  faults: Fault[],
): Step | undefined {
  const method = choiceAt(write["method"], `${path}/method`, METHODS, faults);
  const precondition = readIfMatch(write["ifMatch"], `${path}/ifMatch`, faults);
  const [pathname = "", search] = typeof write["path"] === "string" ? write["path"].split("?", 2) : [];
  const found = routeOf(method, pathname, routes);
  const faultsOfPath: Fault[] = [];
  if (found === undefined) {
    const rule = `must be the path of a write${method === undefined ? "" : ` with ${method}`}`;
    faults.push({ path: `${path}/path`, message: `${rule}: got ${shown(write["path"])}` });
    return undefined;
  }
  const { route } = found;
  const params = readParams(found.params, faultsOfPath);
  const given = search === undefined ? {} : Object.fromEntries(new URLSearchParams(search));
  const query = readQuery(given, Object.keys(route.query ?? {}), faultsOfPath);
  if (query["drain"] !== undefined)
    faultsOfPath.push({ path: "", message: "must not drain, as a batch does not wait" });
  if (query["dryRun"] !== undefined)
    faultsOfPath.push({ path: "", message: "must not be a dry run, as a batch is committed" });
  for (const { message } of faultsOfPath) faults.push({ path: `${path}/path`, message });
  return { path, route, call: { params, query, body: write["body"], precondition, callerAddress } };
}

function routeOf(method: WriteRoute["method"] | undefined, pathname: string, routes: readonly WriteRoute[]) {
  for (const route of routes) {
    const params = route.method === method ? paramsOf(route.url, pathname) : undefined;
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

/** `ifMatch` of a write: the item's revision before the batch, 0 for "it must not exist". */
function readIfMatch(value: unknown, path: string, faults: Fault[]): Precondition {
  if (value === undefined) return NO_PRECONDITION;
  const revision = numberAt(value, path, REVISION, faults);
  return { kind: "revisions", revisions: revision === undefined ? [] : [revision] };
}
