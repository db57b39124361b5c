import type { Contender, Opponent } from "./contender.ts";
import { type Asking, dnsperf, type Run } from "./dnsperf.ts";
import { makeDirectory } from "./processes.ts";
import { MIXES, type Mix, OUR_NAMES, writeQueries } from "./queries.ts";
import type { Layout } from "./table.ts";

/** Asks a contender a mix of queries; a string says why the run does not count. */
export type Ask = (server: Opponent, mix: Mix, asking: Omit<Asking, "file">) => Promise<Run | string>;

/** Prepares queries about a table in the names that each contender has for things. */
export function asker(layout: Layout, contenders: readonly Contender[]): Ask {
  const names = new Set(contenders.map((contender) => contender.names ?? OUR_NAMES));
  const files = new Map([...names].map((each) => [each, writeQueries(makeDirectory(), layout, each)]));
  return async (server, mix, asking) => {
    const file = files.get(server.contender.names ?? OUR_NAMES)![mix];
    const run = await dnsperf(server, { ...asking, file });
    return typeof run === "string" || server.contender.isEcho || isRight(run, mix)
      ? run
      : `answered ${JSON.stringify(run.shares)}`;
  };
}

/** A server that answers quickly and wrong is no contender. */
function isRight({ shares: { NOERROR = 0, NXDOMAIN = 0 } }: Run, mix: Mix): boolean {
  return NOERROR + NXDOMAIN > 0.999 && Math.abs(NXDOMAIN - MIXES[mix]) < 0.01;
}
