import type { Catalog } from "./catalog/catalog.ts";
import { allStates } from "./catalog/census.ts";
import { RULES, type Rule, rulingOf } from "./catalog/rule.ts";
import { nameText } from "./dns/name.ts";
import type { Monitor } from "./health/monitor.ts";
import type { Publisher } from "./publisher.ts";

/** What `/readyz` answers. */
export function readinessOf(publisher: Publisher, isClosing: boolean) {
  const { trouble } = publisher;
  const parts = [
    { name: "answers", isReady: trouble === undefined, ...(trouble !== undefined && { detail: trouble }) },
    { name: "listeners", isReady: !isClosing, ...(isClosing && { detail: "the server is closing" }) },
  ];
  return { isReady: parts.every(({ isReady }) => isReady), parts };
}

/** The zones being answered, each at its serial. */
export function zonesOf(publisher: Publisher) {
  return [...(publisher.current()?.zones ?? [])].map(({ origin, serial }) => ({ name: nameText(origin), serial }));
}

/** Services, by the rule they are answered under too, and instances by state. */
export function countsOf(catalog: Catalog) {
  const rules = Object.fromEntries(RULES.map((rule) => [rule, 0])) as Record<Rule, number>;
  const services = [...catalog.services.values()];
  for (const service of services) rules[rulingOf(service, undefined, catalog).rule]++;
  return { services: services.length, rules, instances: allStates(services.map(({ census }) => census)) };
}

/** What `/v1/status` and the log's ready line tell. */
export function statusOf(version: string, publisher: Publisher, monitor: Monitor) {
  return {
    version,
    zones: zonesOf(publisher),
    ...countsOf(publisher.catalog),
    ...monitor.status(),
  };
}
