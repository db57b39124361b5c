import Type from "typebox";
import { deleteService, putService } from "../catalog/service-changes.ts";
import { flagOf } from "./call.ts";
import type { ApiContext } from "./options.ts";
import { ServiceSettings } from "./service-schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const SERVICE_URL = "/v1/services/:service";
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
