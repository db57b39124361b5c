import Type from "typebox";
import { registeredCount } from "../catalog/census.ts";
import { masked } from "../catalog/check-secrets.ts";
import { type Fault, numberAt } from "../catalog/fields.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import { failurePolicyOf, ruleOf } from "../catalog/rule.ts";
import { deleteService, putService } from "../catalog/service-changes.ts";
import type { Service as CatalogService } from "../catalog/service-table.ts";
import { asNumber, type Call, flagOf } from "./call.ts";
import { instanceView } from "./instances.ts";
import type { ApiContext } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";
import { Service, ServiceList, ServiceSettings } from "./schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const SERVICE_URL = "/v1/services/:service";
const LIST_LIMIT = { min: 1, max: 10_000 };
const LIST_LIMIT_DEFAULT = 1000;
const section = "Services";

export function serviceWriteRoutes({ store, settings }: ApiContext): readonly WriteRoute[] {
  const remove = "delete a service";
  return [
    {
      method: "PUT",
      url: SERVICE_URL,
      action: "change the settings of a service",
      section,
      body: ServiceSettings,
      writesItem: true,
      draft: (draft, { params, body, precondition }) =>
        putService(draft, params["service"]!, body, precondition, settings.checks.exec),
    },
    {
      method: "DELETE",
      url: SERVICE_URL,
      action: remove,
      section,
      query: { force: Type.Optional(Type.Boolean({ description: "Even while instances of it pass" })) },
      writesItem: false,
      draft: async (draft, { params, query, precondition }) => {
        const service = params["service"]!;
        const prefixes = ["service", "tag", "instance"].map((kind) => `cfg/${kind}/${service}/`);
        const reads = await Promise.all(prefixes.map((prefix) => store.read(prefix)));
        const configKeys = reads.flatMap(({ items }) => items.map(({ key }) => key));
        return deleteService(draft, service, configKeys, { force: flagOf(query, "force", remove), precondition });
      },
    },
  ];
}

export function serviceReadRoutes({ catalog }: ApiContext): readonly ReadRoute[] {
  const read = "read a service";
  return [
    {
      url: "/v1/services",
      action: "list the services",
      section,
      query: {
        tag: Type.Optional(
          Type.String({ description: "Only services with instances of this tag, and only these counted" }),
        ),
        prefix: Type.Optional(Type.String({ description: "Only names that begin so" })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_LIMIT.max, default: LIST_LIMIT_DEFAULT })),
        after: Type.Optional(Type.String({ description: "Only names after this one" })),
      },
      answer: ServiceList,
      changedAt: () => catalog().changedAt(),
      read: (call) => ({ body: { revision: catalog().revision, ...listServices(catalog().services, call) } }),
    },
    {
      url: SERVICE_URL,
      action: read,
      section,
      answer: Service,
      changedAt: ({ params }) => catalog().changedAt(params["service"]),
      read: ({ params }) => {
        const service = catalog().services.get(params["service"]!);
        if (service === undefined) throw new Refusal("not-found", read, `there is no service "${params["service"]}"`);
        return { body: serviceView(service), revision: service.settingsRevision };
      },
    },
  ];
}

function serviceView(service: CatalogService): object {
  const { name, settings, settingsRevision, census, instances } = service;
  return {
    name,
    revision: settingsRevision,
    settings: { ...settings, ...(settings.checks && { checks: settings.checks.map(masked) }) },
    states: census.states,
    answered: ruleOf(census, failurePolicyOf(settings)),
    instances: instances.map(instanceView),
  };
}

/** The services in order of name, from behind `after`, as many as `limit`; `next` when there are more. */
function listServices(services: ReadonlyMap<string, CatalogService>, { query }: Call): object {
  const { tag, prefix = "", after = "" } = query;
  const limit = readLimit(query["limit"]);
  const names = [...services.keys()].filter((name) => name > after && name.startsWith(prefix.toLowerCase())).sort();
  const rows: { name: string; instances: number; states: object }[] = [];
  for (const name of names) {
    const { census, tagged } = services.get(name)!;
    const counted = tag === undefined ? census : tagged.get(tag.toLowerCase());
    if (counted === undefined) continue;
    if (rows.length === limit) return { services: rows, next: rows.at(-1)!.name };
    rows.push({ name, instances: registeredCount(counted), states: counted.states });
  }
  return { services: rows };
}

function readLimit(text: string | undefined): number {
  const faults: Fault[] = [];
  const limit = text === undefined ? LIST_LIMIT_DEFAULT : numberAt(asNumber(text), "?limit", LIST_LIMIT, faults);
  refuseFaults("list the services", faults);
  return limit!;
}
