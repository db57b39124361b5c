import { parserTarget } from "./parser.ts";
import { randomOf } from "./random.ts";
import { responsesTarget } from "./responses.ts";
import { settingsTarget } from "./settings-texts.ts";
import { signatureTarget } from "./signatures.ts";
import { streamTarget } from "./streams.ts";
import { Broken, type Target } from "./target.ts";
import { masterFileTarget, nameTextTarget, octetsTarget, rdataTarget } from "./texts.ts";
import { transferTarget } from "./transfers.ts";
import { updateTarget } from "./updates.ts";

/** Everything under attack, with its share of the cases. */
export const TARGETS: readonly Target[] = [
  responsesTarget(),
  parserTarget(),
  streamTarget(),
  signatureTarget(),
  transferTarget(),
  updateTarget(),
  octetsTarget(),
  rdataTarget(),
  nameTextTarget(),
  masterFileTarget(),
  settingsTarget(),
];

/** The number that repeats a case, and what is wrong there. */
export interface Finding {
  readonly target: string;
  readonly case: number;
  readonly problem: string;
}

/** Tries the cases from `first` up to `end` of one target and stops at the first finding. */
export async function attack(target: Target, seed: number, first: number, end: number): Promise<Finding | undefined> {
  for (let n = first; n < end; n++) {
    try {
      await target.attack(randomOf(seed, n));
    } catch (error) {
      const problem = error instanceof Broken ? error.message : `threw: ${(error as Error).stack}`;
      return { target: target.name, case: n, problem };
    }
  }
  return undefined;
}
