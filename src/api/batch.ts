import type { RouteOptions } from "fastify";
import type { Draft } from "../catalog/draft.ts";
import type { Fault } from "../catalog/fields.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { readSteps, type Step } from "./batch-steps.ts";
import { callOf } from "./call.ts";
import { commitChange } from "./commit.ts";
import { Committed, describe } from "./describe.ts";
import type { ApiContext } from "./options.ts";
import { Batch } from "./schemas.ts";
import { inTurns } from "./turns.ts";
import type { WriteRoute } from "./write-route.ts";

const action = "commit a batch";
const url = "/v1/batch";

/** Any writes of the API in one commit: all of them or none, at one revision. */
export function batchRoute(context: ApiContext, routes: readonly WriteRoute[]): RouteOptions {
  return {
    method: "POST",
    url,
    schema: describe({ url, action, section: "Batch", answer: Committed, body: Batch }),
    handler: async (request) => {
      const { body, callerAddress } = callOf(request, [], action);
      const faults: Fault[] = [];
      const steps = await readSteps(body, callerAddress, routes, faults);
      refuseFaults(action, faults);
      let drafted: Draft | undefined;
      const revision = await commitChange(context, action, (draft) => {
        drafted = draft;
        return draftAll(draft, steps);
      });
      for await (const some of inTurns(steps))
        await Promise.all(some.map(({ route, call }) => route.settle?.(call, drafted!)));
      return { revision };
    },
  };
}

/** Drafts every write in order. Throws one Refusal that names the faults of all of them. */
async function draftAll(draft: Draft, steps: readonly Step[]): Promise<Revision> {
  let newest = 0;
  const refusals: { readonly path: string; readonly refusal: Refusal }[] = [];
  for await (const some of inTurns(steps)) {
    for (const { path, route, call } of some) {
      try {
        const drafted = route.draft(draft, call);
        // Awaiting what is there already would take longer than some drafts.
        newest = Math.max(newest, typeof drafted === "number" ? drafted : await drafted);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusals.push({ path, refusal: error });
      }
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
