import Type from "typebox";
import type { Fault } from "../catalog/fields.ts";
import { refuseFaults } from "../catalog/refusal.ts";
import { readSelector, type Selector, STATES } from "../catalog/selector.ts";
import type { Call } from "./call.ts";

/** Query parameters that say which instances are meant: those of which all holds that is given. */
export const SelectorQuery = {
  tag: Type.Optional(Type.String({ description: "Only instances of this tag" })),
  state: Type.Optional(Type.String({ description: `Only instances in one of these states: ${STATES.join(",")}` })),
  locality: Type.Optional(Type.String({ description: "Only instances there" })),
  "meta.*": Type.Optional(
    Type.String({ description: "Only instances whose metadata say so: meta.version=1.4.2, for any key" }),
  ),
};

/** Throws Refusal. */
export function selectorOf({ query }: Call, action: string): Selector {
  const faults: Fault[] = [];
  const selector = readSelector(query, faults);
  refuseFaults(action, faults);
  return selector;
}
