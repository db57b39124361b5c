import Type from "typebox";
import { RULES } from "../catalog/rule.ts";
import {
  BRAKE_RANGES,
  FAILOVER_TARGETS_MAX,
  FAILURE_POLICIES,
  SELECTION_KINDS,
  SETTING_RANGES,
} from "../catalog/service-settings.ts";
import { Checks, ShownChecks } from "./check-schemas.ts";
import { Count, closed, Instance, Name, Revision, WallMs } from "./schemas.ts";

/** The shapes of services: their settings, and what they are read as. */

interface Range {
  readonly min: number;
  readonly max: number;
  readonly allowsFractions?: boolean;
}

/** A number that may be left out, in the range that its reader wants. */
function within({ min, max, allowsFractions }: Range, description?: string) {
  const shape = { minimum: min, maximum: max, ...(description !== undefined && { description }) };
  return Type.Optional(allowsFractions ? Type.Number(shape) : Type.Integer(shape));
}

const FlapDamping = Type.Object(
  {
    halfLifeSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400, default: 120 })),
    suppressAbove: Type.Optional(Type.Number({ minimum: 0, maximum: 1000, default: 5, description: "0 is never" })),
    reuseAt: Type.Optional(Type.Number({ minimum: 0.1, maximum: 1000, default: 2 })),
    holdSecondsMax: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400, default: 300 })),
  },
  { ...closed, description: "Every fall adds 1 to a penalty that decays; above a limit the instance is held out" },
);

const States = Type.Object({ passing: Count, warning: Count, critical: Count, draining: Count, maintenance: Count });
const BrakeTerms = Type.Object(
  {
    aboveShare: within(
      BRAKE_RANGES.aboveShare,
      "Share of those that passed which must have fallen; 1 is never, by the brake of all neither",
    ),
    windowSeconds: within(BRAKE_RANGES.windowSeconds, "Time in which they fell"),
    leastInstances: within(BRAKE_RANGES.leastInstances, "Of fewer a share means nothing"),
    holdSecondsMax: within(BRAKE_RANGES.holdSecondsMax, "Released by then whatever happens"),
  },
  { ...closed, description: "What differs from the server's settings brake.*" },
);
const Failover = Type.Object(
  {
    service: Type.Optional(Name),
    tag: Type.Optional(Name),
    locality: Type.Optional(Type.String()),
  },
  { ...closed, description: "At least one; without service it is the service itself" },
);
export const ServiceSettings = Type.Object(
  {
    ttlSeconds: within(SETTING_RANGES.ttlSeconds),
    negativeTtlSeconds: within(SETTING_RANGES.negativeTtlSeconds),
    failBelow: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.String()], {
        description: 'Too few are up below this number, or this share ("30%") of those not taken out; 1 by default',
      }),
    ),
    failover: Type.Optional(
      Type.Array(Failover, {
        maxItems: FAILOVER_TARGETS_MAX,
        description: "Who stands in while too few are up: the first of which one is",
      }),
    ),
    failurePolicy: Type.Optional(
      Type.Enum([...FAILURE_POLICIES], {
        description: "What is answered when nobody stands in: all that ever passed, the last set that sufficed, none",
      }),
    ),
    lastSecondsMax: within(SETTING_RANGES.lastSecondsMax, "The policy last answers none that fell longer ago; 3600"),
    selection: Type.Optional(
      Type.Enum([...SELECTION_KINDS], {
        description: "Which instances one answer holds; by default a subset that is stable for the client's network",
      }),
    ),
    maxAnswers: within(SETTING_RANGES.maxAnswers, "Records of one RRset in one answer at most"),
    warningWeight: within(SETTING_RANGES.warningWeight, "Share of its weight that a warning instance keeps; 0.5"),
    slowStartSeconds: within(SETTING_RANGES.slowStartSeconds, "Time in which the weight of a recovered instance rises"),
    brake: Type.Optional(BrakeTerms),
    checks: Type.Optional(Checks),
    flapDamping: Type.Optional(FlapDamping),
  },
  {
    ...closed,
    description:
      "What is absent comes from the server's settings; checks are for instances with neither checks nor a lease",
  },
);
const EngagedBrake = Type.Object(
  {
    of: Type.String({ description: "The service, or * for all" }),
    since: Revision,
    reason: Type.String(),
    atMs: WallMs,
    untilMs: WallMs,
  },
  { description: "What fell at this revision or later is answered as if it had not, until this time at the latest" },
);
const Answered = Type.Enum([...RULES], { description: "Which instances DNS answers, and by which rule" });
const Held = Type.Optional(Type.Integer({ description: "Critical instances that a brake keeps in the answers" }));
export const Service = Type.Object({
  name: Name,
  revision: Type.Integer({ description: "Revision of the settings; 0 when there are none" }),
  settings: Type.Object({ ...ServiceSettings.properties, checks: Type.Optional(ShownChecks) }),
  states: States,
  answered: Answered,
  brakes: Type.Optional(Type.Array(EngagedBrake, { description: "Engaged, of this service or of all" })),
  held: Held,
  instances: Type.Array(Instance),
});
export const ServiceList = Type.Object({
  revision: Revision,
  services: Type.Array(
    Type.Object({
      name: Name,
      instances: Count,
      states: States,
      held: Held,
      answered: Answered,
      answeredInstances: Count,
    }),
  ),
  next: Type.Optional(Type.String({ description: "There are more: pass it as ?after=" })),
});
