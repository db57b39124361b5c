import type { Registration } from "./model.ts";

/**
 * A registration that holds the parts it has in common with `template`, another one of its service, as the same objects:
 * of 100 000 instances that differ in their addresses, all the rest is kept once.
 */
export function sharing(registration: Registration, template: Registration | undefined): Registration {
  if (template === undefined) return registration;
  return {
    ...registration,
    ports: shared(registration.ports, template.ports),
    tags: shared(registration.tags, template.tags),
    meta: shared(registration.meta, template.meta),
    checks: shared(registration.checks, template.checks),
  };
}

function shared<T>(own: T, known: T): T {
  return isSame(own, known) ? known : own;
}

/** True when two JSON values are the same, members in the same order. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [ofA, ofB] = [Object.entries(a), Object.entries(b)];
  return ofA.length === ofB.length && ofA.every(([key, value], i) => key === ofB[i]![0] && isSame(value, ofB[i]![1]));
}
