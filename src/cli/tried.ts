import { tableText } from "./table.ts";

/** What the API answers to a write: its revision, or in a dry run what it would do. */
export interface Tried {
  readonly revision: number;
  readonly dryRun?: boolean;
  readonly instances?: readonly { readonly id: string; readonly state?: string; readonly becomes?: string }[];
  readonly answered?: { readonly now: number; readonly afterwards: number; readonly rule: string };
}

export function triedText({ instances = [], answered }: Partial<Tried>): string {
  const rows = instances.map(({ id, state = "", becomes = "deregistered" }) => [id, state, becomes]);
  const table = tableText([["INSTANCE", "STATE", "BECOMES"], ...rows]);
  if (answered === undefined) return table;
  const { now, afterwards, rule } = answered;
  return `${table}\nanswered: ${now} now, ${afterwards} afterwards (${rule}); nothing was written`;
}
