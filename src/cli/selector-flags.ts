import type { Command } from "commander";
import { apiPath } from "./api-client.ts";
import { CommandError, EXIT } from "./io.ts";
import { collectPairs } from "./option-values.ts";

/** Which instances of a service are meant. */
export interface SelectorFlags {
  readonly tag?: string;
  readonly state?: string;
  readonly locality?: string;
  readonly meta?: Readonly<Record<string, string>>;
}

export function addSelectorFlags(command: Command): Command {
  return command
    .option("--tag <tag>", "only instances of this tag")
    .option("--state <states>", "only instances in one of these states, with commas between them")
    .option("--locality <locality>", "only instances there")
    .option("--meta <key=value>", "only instances whose metadata say so; repeatable", collectPairs);
}

/** The query parameters for them. */
export function selectorQuery({ tag, state, locality, meta = {} }: SelectorFlags): Record<string, string> {
  return {
    ...(tag !== undefined && { tag }),
    ...(state !== undefined && { state }),
    ...(locality !== undefined && { locality }),
    ...Object.fromEntries(Object.entries(meta).map(([key, value]) => [`meta.${key}`, value])),
  };
}

/** Instances of a service that a command is about: the one of an id, or those that are selected. */
export interface Chosen {
  readonly service: string;
  readonly id: string | undefined;
}

/** Their path in the API, and their name for people. Throws CommandError for an id beside a selector. */
export function choose({ service, id }: Chosen, flags: SelectorFlags) {
  const query = selectorQuery(flags);
  if (id === undefined) return { path: apiPath`/v1/services/${service}`, text: service, query };
  if (Object.keys(query).length === 0)
    return { path: apiPath`/v1/services/${service}/instances/${id}`, text: `${service}/${id}`, query };
  throw new CommandError(EXIT.usage, `Cannot select among instances as one is named: got "${id}"`);
}
