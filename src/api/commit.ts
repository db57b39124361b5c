import { Draft } from "../catalog/draft.ts";
import { Refusal } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import type { ApiOptions } from "./options.ts";

/** How often a change is drafted anew because somebody else was faster. */
const ATTEMPTS_MAX = 8;
/** No key begins so: reading it tells the store's revision alone. */
const NO_KEY = "none/";

/**
 * Drafts a change, commits it and waits until this server's DNS answers from it. Returns its revision; what needs no
 * write is answered with the revision that `change` returned. Throws Refusal and StoreError.
 */
export async function commitChange(
  api: ApiOptions,
  action: string,
  change: (draft: Draft) => Revision | Promise<Revision>,
): Promise<Revision> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const revision = await tryChange(api, change);
    if (revision !== undefined) return revision;
  }
  throw new Refusal("conflict", action, `others changed it ${ATTEMPTS_MAX} times in the meantime: try again`);
}

/** The revision reached, or undefined when the draft rested on a catalog that was behind the store, and now is not. */
async function tryChange(
  api: ApiOptions,
  change: (draft: Draft) => Revision | Promise<Revision>,
): Promise<Revision | undefined> {
  const before = api.catalog().revision;
  const draft = new Draft(api.catalog());
  let unchanged: Revision;
  try {
    unchanged = await change(draft);
  } catch (error) {
    const isDoubtful = error instanceof Refusal && error.code === "precondition-failed";
    if (isDoubtful && (await wasBehind(api, before))) return undefined;
    throw error;
  }
  const { writes } = draft;
  if (writes.length === 0) {
    // What is as it should be may be so only since a moment ago, and DNS not there yet.
    await api.reached(before);
    return unchanged;
  }
  const commit = await api.store.commit(writes, draft.guards);
  switch (commit.kind) {
    case "committed":
      await api.reached(commit.revision);
      return commit.revision;
    case "conflict":
      await wasBehind(api, before);
      return undefined;
  }
}

/** Catches up with the store; false when at `before` there was nothing to catch up with. */
async function wasBehind({ store, reached }: ApiOptions, before: Revision): Promise<boolean> {
  const { revision } = await store.read(NO_KEY);
  if (revision <= before) return false;
  await reached(revision);
  return true;
}
