import type { BallotContext } from "./ballot.ts";

/** A commit that says when the store goes away and when it is back: once, not once for each instance. */
export function loggingOutages({ commit, log }: Pick<BallotContext, "commit" | "log">): BallotContext["commit"] {
  let isAway = false;
  return async (writes, guards) => {
    try {
      const outcome = await commit(writes, guards);
      if (isAway) log.info("health transitions are recorded again");
      isAway = false;
      return outcome;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, "health transitions cannot be recorded and will be tried again");
      isAway = true;
      throw error;
    }
  };
}
