import { releaseBrake } from "../catalog/brake-changes.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { EVERY_SERVICE } from "../catalog/keys.ts";
import type { Brake } from "../catalog/model.ts";
import type { WriteRoute } from "./write-route.ts";

const section = "Brakes";

/** A brake releases itself; an operator who knows better need not wait for that. */
export function brakeWriteRoutes(): readonly WriteRoute[] {
  return [
    {
      method: "DELETE",
      url: "/v1/services/:service/brake",
      action: "release the brake of a service",
      section,
      writesItem: false,
      draft: (draft, { params }) => releaseBrake(draft, params["service"]!),
    },
    {
      method: "DELETE",
      url: "/v1/brake",
      action: "release the brake of all services",
      section,
      writesItem: false,
      draft: (draft) => releaseBrake(draft, EVERY_SERVICE),
    },
  ];
}

/** A brake with whom it is about: one service, or "*" for all. */
export interface EngagedBrake extends Brake {
  readonly of: string;
}

/** Those of these brakes that are engaged. */
export function engagedBrakes(catalog: Catalog, services: Iterable<string>): readonly EngagedBrake[] {
  return Array.from(services, (of) => ({ of, brake: catalog.brake(of) })).flatMap(({ of, brake }) =>
    brake === undefined ? [] : { of, ...brake },
  );
}
