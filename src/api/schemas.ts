import Type from "typebox";
import { LIMITS, NAME_PATTERN } from "../catalog/model.ts";
import { Checks, RowOf1, ShownChecks } from "./check-schemas.ts";

/** The shapes of bodies and answers: the OpenAPI document, and the compiled serialisers of the answers. */

export const Name = Type.String({ pattern: NAME_PATTERN.source, description: "One DNS label; upper case is folded" });
export const Count = Type.Integer({ minimum: 0 });
export const Revision = Type.Integer({ minimum: 0, description: "Number of a commit" });
const Seconds = Type.Number({ minimum: 0 });
export const WallMs = Type.Integer({ description: "Milliseconds since 1970, wall clock" });
const PortNumber = Type.Integer({ minimum: 1, maximum: 65_535 });
const CheckState = Type.Enum(["passing", "warning", "critical"]);
export const State = Type.Enum(["passing", "warning", "critical", "draining", "maintenance"]);
export const closed = { additionalProperties: false };

const Port = Type.Object(
  {
    port: PortNumber,
    protocol: Type.Optional(Type.Enum(["tcp", "udp"])),
    alpn: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);
const registration = {
  tags: Type.Array(Name, { maxItems: LIMITS.tags }),
  meta: Type.Record(Type.String(), Type.String(), { description: `At most ${LIMITS.metaOctets} octets` }),
  priority: Type.Integer({ minimum: 0, maximum: 65_535, default: 10 }),
  weight: Type.Integer({ minimum: 0, maximum: 255, default: 10 }),
  initialState: CheckState,
  deregisterAfterSeconds: Type.Number({
    minimum: 0,
    description: "After turning critical; 0 is never. 600 by default with a lease",
  }),
  checks: Checks,
};
const Addresses = Type.Array(Type.String(), { maxItems: LIMITS.addresses, description: "IPv4 and IPv6" });
const optional = {
  host: Type.Optional(Type.String({ description: "Host name; excludes addresses" })),
  locality: Type.Optional(Type.String()),
  leaseSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
  heartbeat: Type.Optional(
    Type.Object(
      { passAfter: RowOf1, failAfter: RowOf1 },
      { ...closed, description: "Heartbeats in a row that decide" },
    ),
  ),
};
export const Registration = Type.Object(
  {
    address: Type.Optional(Type.String({ description: "Short for addresses of one" })),
    addresses: Type.Optional(Addresses),
    port: Type.Optional(PortNumber),
    ports: Type.Optional(
      Type.Record(Type.String(), Type.Union([PortNumber, Port]), { description: "By name; the first is the main one" }),
    ),
    ...Type.Partial(Type.Object(registration)).properties,
    ...optional,
  },
  { ...closed, description: "Without addresses and host: the caller's own address" },
);
export const Patch = Type.Object({}, { additionalProperties: true, description: "JSON merge patch (RFC 7396)" });

const CheckResult = Type.Object({
  check: Type.String(),
  state: CheckState,
  output: Type.String(),
  latencyMs: Type.Optional(Type.Number()),
  atMs: WallMs,
});
export const Instance = Type.Object({
  service: Name,
  id: Name,
  revision: Revision,
  state: State,
  reason: Type.String(),
  isHeld: Type.Optional(Type.Boolean({ description: "A brake keeps it in the answers, critical as it is" })),
  weightShare: Type.Optional(Type.Number({ description: "Share of its weight that it has while it starts slowly" })),
  author: Type.Optional(Type.String({ description: "Whose word it is, while it is an operator's" })),
  untilMs: Type.Optional(WallMs),
  addresses: Type.Optional(Addresses),
  ports: Type.Record(Type.String(), Port),
  ...registration,
  ...optional,
  checks: ShownChecks,
  flapping: Type.Optional(
    Type.Object(
      { penalty: Type.Number(), isHeldOut: Type.Boolean(), reuseInSeconds: Seconds },
      { description: "Falls to critical, each of which counts less the longer ago it is; absent when there are none" },
    ),
  ),
  checkResults: Type.Optional(Type.Array(CheckResult)),
});

export const Registered = Type.Optional(
  Type.Integer({
    minimum: 0,
    description: "Revision that your registration answered: 412 when another has come since",
  }),
);
export const Heartbeat = Type.Object(
  { state: Type.Optional(CheckState), output: Type.Optional(Type.String()), registered: Registered },
  { ...closed, description: "Optional; passing by default" },
);
export const Maintenance = Type.Object(
  {
    reason: Type.Optional(Type.String()),
    author: Type.Optional(Type.String({ description: "Who says so" })),
    untilSeconds: Type.Optional(Seconds),
  },
  { ...closed, description: "Optional; without an end it lasts until it is ended" },
);

const Values = Type.Record(Type.String(), Type.Unknown());
const secretNote = 'A secret shows as "***", which written back leaves it as it is.';
export const ConfigValues = Type.Record(Type.String(), Type.Unknown(), {
  description: `Keys (dotted labels) and JSON values. {"value": …, "secret": true} marks a secret: it never reaches DNS. A key stays secret until it is written with "secret": false, or removed. ${secretNote}`,
});
export const Config = Type.Object({
  revision: Revision,
  own: Values,
  effective: Values,
  secret: Type.Array(Type.String(), { description: secretNote }),
});
export const ConfigHistory = Type.Object({
  revision: Revision,
  releases: Type.Array(
    Type.Object({
      revision: Revision,
      release: Count,
      atMs: WallMs,
      values: Values,
      secret: Type.Array(Type.String()),
    }),
    { description: "Newest first" },
  ),
});
export const Rollback = Type.Object(
  { to: Type.Integer({ description: "Revision of a release in the history" }) },
  closed,
);

export const Batch = Type.Object(
  {
    writes: Type.Array(
      Type.Object(
        {
          method: Type.Enum(["PUT", "PATCH", "DELETE", "POST"]),
          path: Type.String({ description: "Path and query of a write of this API" }),
          body: Type.Optional(Type.Unknown()),
          ifMatch: Type.Optional(
            Type.Integer({ minimum: 0, description: "Revision of the item before the batch; 0 = it must not exist" }),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: LIMITS.batchWrites },
    ),
  },
  { ...closed, description: "All or nothing, in this order; the last write of an item stands" },
);

export const PlainEntry = Type.Object(
  {
    name: Name,
    address: Type.String({ description: "IP address or host name, with or without :port" }),
    port: Type.Optional(PortNumber),
  },
  closed,
);
export const PlainRegistered = Type.Object({
  revision: Revision,
  ...PlainEntry.properties,
  id: Name,
});
export const AnyObject = Type.Object({}, { additionalProperties: true });
