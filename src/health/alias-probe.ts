import type { Catalog } from "../catalog/catalog.ts";
import { registeredCount } from "../catalog/census.ts";
import type { CheckOf } from "../catalog/check.ts";
import { verdictOf } from "../catalog/verdict.ts";
import { type Finding, type Probe, probing } from "./probe.ts";

/** Follows an instance in all it is, or a service: one instance of it that passes is enough. */
export function aliasProbe(catalog: () => Catalog): Probe<CheckOf<"alias">> {
  return ({ check }, signal) => {
    const { service, instance: id } = check;
    const asked = id === undefined ? service : `${service}/${id}`;
    return probing(asked, check, signal, () =>
      id === undefined ? findService(catalog(), service) : findInstance(catalog(), service, id),
    );
  };
}

function findInstance(catalog: Catalog, service: string, id: string): Finding {
  const instance = catalog.instance(service, id);
  if (instance === undefined) return { kind: "failing", output: "not registered" };
  const { state, reason } = verdictOf(instance);
  return { kind: state === "passing" || state === "warning" ? state : "failing", output: `${state}: ${reason}` };
}

function findService(catalog: Catalog, name: string): Finding {
  const census = catalog.services.get(name)?.census;
  if (census === undefined) return { kind: "failing", output: "not registered" };
  const { passing, warning } = census.states;
  const output = `${passing + warning} of ${registeredCount(census)} instances pass`;
  return { kind: passing > 0 ? "passing" : warning > 0 ? "warning" : "failing", output };
}
