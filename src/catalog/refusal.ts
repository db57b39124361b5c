import type { Fault } from "./fields.ts";

/** Why a change cannot be made although the store would take it. `message` is `Cannot <action> as <reason>`. */
export class Refusal extends Error {
  readonly code: "invalid" | "not-found" | "conflict" | "precondition-failed" | "unavailable";
  readonly faults: readonly Fault[];

  constructor(code: Refusal["code"], action: string, reason: string, faults: readonly Fault[] = []) {
    super(`Cannot ${action} as ${reason}`);
    this.name = "Refusal";
    this.code = code;
    this.faults = faults;
  }
}

/** Throws the faults, if there are any, as one refusal that tells the first in its sentence and all in `faults`. */
export function refuseFaults(action: string, faults: readonly Fault[]): void {
  const [first, ...others] = faults;
  if (first === undefined) return;
  const field = first.path.replace(/^\//, "") || "the body";
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  throw new Refusal("invalid", action, `${field} ${first.message}${more}`, faults);
}
