import { beginMaintenance, endMaintenance } from "../catalog/changes.ts";
import { targetOf } from "./instances.ts";
import type { ApiContext } from "./options.ts";
import { Maintenance } from "./schemas.ts";
import type { WriteRoute } from "./write-route.ts";

const MAINTENANCE_URL = "/v1/services/:service/instances/:id/maintenance";
const section = "Instances";

export function operatorWriteRoutes({ wallMs }: ApiContext): readonly WriteRoute[] {
  return [
    {
      method: "PUT",
      url: MAINTENANCE_URL,
      action: "put an instance into maintenance",
      section,
      body: Maintenance,
      writesItem: false,
      draft: (draft, call) => beginMaintenance(draft, targetOf(call), call.body, wallMs(), call.precondition),
    },
    {
      method: "DELETE",
      url: MAINTENANCE_URL,
      action: "end the maintenance, or the drain, of an instance",
      section,
      writesItem: false,
      draft: (draft, call) => endMaintenance(draft, targetOf(call), call.precondition),
    },
  ];
}
