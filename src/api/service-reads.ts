import Type from "typebox";
import { isUnderBrakeOfAll } from "../catalog/brakes.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { type Census, count, emptyCensus, registeredCount } from "../catalog/census.ts";
import { masked } from "../catalog/check-secrets.ts";
import { type Fault, numberAt } from "../catalog/fields.ts";
import { EVERY_SERVICE } from "../catalog/keys.ts";
import type { Instance } from "../catalog/model.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import { rulingOf } from "../catalog/rule.ts";
import { isOnlyOfTag, isSelected, type Selector } from "../catalog/selector.ts";
import type { Service as CatalogService } from "../catalog/service.ts";
import { engagedBrakes } from "./brakes.ts";
import { asNumber, type Call } from "./call.ts";
import { instanceView } from "./instances.ts";
import type { ApiContext } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";
import { SelectorQuery, selectorOf } from "./selectors.ts";
import { Service, ServiceList } from "./service-schemas.ts";
import { inTurns } from "./turns.ts";

const LIST_LIMIT = { min: 1, max: 10_000 };
const LIST_LIMIT_DEFAULT = 1000;
const section = "Services";
const list = "list the services";
const read = "read a service";

export function serviceReadRoutes({ catalog }: ApiContext): readonly ReadRoute[] {
  return [
    {
      url: "/v1/services",
      action: list,
      section,
      query: {
        prefix: Type.Optional(Type.String({ description: "Only names that begin so" })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_LIMIT.max, default: LIST_LIMIT_DEFAULT })),
        after: Type.Optional(Type.String({ description: "Only names after this one" })),
        ...SelectorQuery,
      },
      answer: ServiceList,
      changedAt: () => catalog().changedAt(),
      read: async (call) => {
        const now = catalog();
        return { body: { revision: now.revision, ...(await listServices(now, call)) } };
      },
    },
    {
      url: "/v1/services/:service",
      action: read,
      section,
      query: SelectorQuery,
      answer: Service,
      changedAt: ({ params }) => catalog().changedAt(params["service"]),
      read: (call) => {
        const name = call.params["service"]!;
        const service = catalog().services.get(name);
        if (service === undefined) throw new Refusal("not-found", read, `there is no service "${name}"`);
        return { body: serviceView(service, selectorOf(call, read), catalog()), revision: service.settingsRevision };
      },
    },
  ];
}

/** A service with its selected instances, which are those that are counted. */
function serviceView(service: CatalogService, selector: Selector, catalog: Catalog): object {
  const { name, settings, settingsRevision, census } = service;
  const instances = service.instances.filter((instance) => isSelected(instance, selector));
  const brakes = engagedBrakes(catalog, isUnderBrakeOfAll(settings) ? [name, EVERY_SERVICE] : [name]);
  return {
    name,
    revision: settingsRevision,
    settings: { ...settings, ...(settings.checks && { checks: settings.checks.map(masked) }) },
    states: countOf(instances).states,
    answered: rulingOf(service, undefined, catalog).rule,
    ...(brakes.length > 0 && { brakes, held: census.held }),
    instances: instances.map(instanceView),
  };
}

/**
 * The services with a selected instance, in order of name from behind `after`, as many as `limit`; `next` when there are
 * more. Without a selector, those without any instance too.
 */
async function listServices(catalog: Catalog, call: Call): Promise<object> {
  const { services } = catalog;
  const { prefix = "", after = "", limit: limitText } = call.query;
  const limit = readLimit(limitText);
  const selector = selectorOf(call, list);
  const names = [...services.keys()].filter((name) => name > after && name.startsWith(prefix.toLowerCase())).sort();
  const rows: { readonly name: string }[] = [];
  for await (const some of inTurns(names)) {
    for (const name of some) {
      const service = services.get(name);
      const counted = countedOf(service, selector);
      if (service === undefined || counted === undefined) continue;
      if (rows.length === limit) return { services: rows, next: rows.at(-1)!.name };
      rows.push(rowOf(service, counted, catalog));
    }
  }
  return { services: rows };
}

/** The counts are of selected instances, what is answered is of the whole service. */
function rowOf(service: CatalogService, counted: Census, catalog: Catalog) {
  const { name } = service;
  const { states, held } = counted;
  const { rule, answered: answeredInstances } = rulingOf(service, undefined, catalog);
  const instances = registeredCount(counted);
  return { name, instances, states, ...(held > 0 && { held }), answered: rule, answeredInstances };
}

/** The selected instances of a service, by state; undefined for a service that is not listed, or gone by now. */
function countedOf(service: CatalogService | undefined, selector: Selector) {
  if (service === undefined) return undefined;
  if (isOnlyOfTag(selector)) return selector.tag === undefined ? service.census : service.tagged.get(selector.tag);
  const selected = service.instances.filter((instance) => isSelected(instance, selector));
  return selected.length === 0 ? undefined : countOf(selected);
}

function countOf(instances: readonly Instance[]) {
  const census = emptyCensus();
  for (const instance of instances) count(census, instance, 1);
  return census;
}

function readLimit(text: string | undefined): number {
  const faults: Fault[] = [];
  const limit = text === undefined ? LIST_LIMIT_DEFAULT : numberAt(asNumber(text), "?limit", LIST_LIMIT, faults);
  refuseFaults(list, faults);
  return limit!;
}
