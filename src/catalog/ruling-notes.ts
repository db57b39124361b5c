import { EDE } from "../dns/numbers.ts";
import { deadlinePlace } from "../zone/deadlines.ts";
import type { ExtendedError, Notes } from "../zone/node.ts";
import { fallenCount, registeredCount, upCount } from "./census.ts";
import { censusOf, partyText } from "./party.ts";
import { failurePolicyOf, type Ruling } from "./rule.ts";

/**
 * What goes with the answers of a group: its negative TTL, by when those who are answered may be others, and why they are
 * not simply the instances that pass.
 */
export function notesOf(ruling: Ruling, negativeTtl: number): Notes {
  const { service } = ruling.failover ?? ruling.party;
  const notes = { negativeTtl, deadlinePlace: deadlinePlace(service.name) };
  const ede = errorOf(ruling);
  return ede === undefined ? notes : { ...notes, ede };
}

function errorOf({ rule, party, quorum, answered, failover }: Ruling): ExtendedError | undefined {
  const what = partyText(party);
  const census = censusOf(party);
  const [up, registered] = [upCount(census), registeredCount(census)];
  const passing = up === 0 ? `no instance of ${what} passes` : `too few instances of ${what} pass`;
  const tooFew = `${passing} (${up} of ${registered}, ${quorum} needed)`;
  switch (rule) {
    case "up":
      return undefined;
    case "braked":
      return other(
        `${up} of ${registered} instances of ${what} pass: answering also ${census.held} that fell at once (brake)`,
      );
    case "failover":
      return other(`${tooFew}: answering ${partyText(failover!)} (failover)`);
    case "failOpen":
      return other(`${tooFew}: answering all that ever did (failure policy all)`);
    case "last":
      return other(`${tooFew}: answering the ${answered} that did last (failure policy last)`);
    case "failClosed": {
      const isStale = failurePolicyOf(party.service.settings) === "last";
      const policy = isStale ? `last: ${fallenCount(census)} fell too long ago` : "none";
      return other(`${tooFew} (failure policy ${policy})`);
    }
    case "notReady":
      return { code: EDE.NOT_READY, text: `no instance of ${what} has passed yet (0 of ${registered})` };
    case "out":
      return other(`all instances of ${what} are draining or in maintenance (${registered})`);
    case "empty":
      return other(`${what} has no instances`);
  }
}

function other(text: string): ExtendedError {
  return { code: EDE.OTHER, text };
}
