import { existing, type Target } from "./changes.ts";
import type { Draft, Precondition } from "./draft.ts";
import { refuseNoneLeft } from "./effect.ts";
import { type Fault, openFields, readNumber, readText } from "./fields.ts";
import { operatorKey } from "./keys.ts";
import type { OperatorState } from "./model.ts";
import { refuseFaults } from "./refusal.ts";
import { selectedOf } from "./selected.ts";
import type { Selector } from "./selector.ts";
import type { Revision } from "./store.ts";

/** Maintenance: an operator takes instances out of the answers, one by its id or those of a service that are selected. */

const UNTIL_SECONDS = { min: 1, max: 31_536_000, allowsFractions: true };
const REASON_OCTETS_MAX = 200;
const AUTHOR_OCTETS_MAX = 100;

export interface Operating {
  readonly precondition: Precondition;
  /** Wall clock. */
  readonly atMs: number;
  /** Even if nobody is left to answer. */
  readonly force: boolean;
}

/** Takes an instance out of the answers for `untilSeconds` from now, or until somebody ends it. */
export function beginMaintenance(draft: Draft, target: Target, body: unknown, operating: Operating): Revision {
  const action = `put instance "${target.id}" of "${target.service}" into maintenance`;
  const instance = existing(draft, target, operating.precondition, action);
  draft.put(operatorKey(target.service, target.id), readMaintenance(body, operating.atMs, action));
  if (!operating.force) refuseNoneLeft(draft, target.service, action);
  return instance.revision;
}

/** Ends maintenance, or a drain that was broken off. */
export function endMaintenance(draft: Draft, target: Target, precondition: Precondition): Revision {
  const action = `end maintenance of instance "${target.id}" of "${target.service}"`;
  const instance = existing(draft, target, precondition, action);
  draft.delete(operatorKey(target.service, target.id));
  return instance.revision;
}

/** The same of all selected instances of a service. Those that drain are leaving, and go on to. */
export function beginMaintenanceOf(
  draft: Draft,
  service: string,
  selector: Selector,
  body: unknown,
  operating: Operating,
): Revision {
  const action = `put instances of "${service}" into maintenance`;
  const state = readMaintenance(body, operating.atMs, action);
  const { instances } = selectedOf(draft, service, selector, operating.precondition, action);
  for (const { id, operator } of instances)
    if (operator?.state !== "draining") draft.put(operatorKey(service, id), state);
  if (!operating.force) refuseNoneLeft(draft, service, action);
  return draft.catalog.revision;
}

/** Ends the maintenance of all selected instances that are in it. */
export function endMaintenanceOf(
  draft: Draft,
  service: string,
  selector: Selector,
  precondition: Precondition,
): Revision {
  const action = `end maintenance of instances of "${service}"`;
  const { instances } = selectedOf(draft, service, selector, precondition, action);
  for (const { id, operator } of instances)
    if (operator?.state === "maintenance") draft.delete(operatorKey(service, id));
  return draft.catalog.revision;
}

function readMaintenance(body: unknown, atMs: number, action: string): OperatorState {
  const faults: Fault[] = [];
  const fields = openFields(body ?? {}, "", ["reason", "author", "untilSeconds"], faults);
  const reason = readText(fields, "reason", REASON_OCTETS_MAX) ?? "";
  const author = readText(fields, "author", AUTHOR_OCTETS_MAX);
  const untilSeconds = readNumber(fields, "untilSeconds", UNTIL_SECONDS);
  refuseFaults(action, faults);
  return {
    state: "maintenance",
    reason,
    ...(author !== undefined && { author }),
    atMs,
    ...(untilSeconds !== undefined && { untilMs: Math.round(atMs + untilSeconds * 1000) }),
  };
}
