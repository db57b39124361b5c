import Type from "typebox";
import { type Fault, numberAt, shown } from "../catalog/fields.ts";
import type { HistoryEvent } from "../catalog/history.ts";
import { Refusal, refuseFaults } from "../catalog/refusal.ts";
import type { Revision } from "../catalog/store.ts";
import { asNumber, type Call } from "./call.ts";
import { RuleName } from "./explain-schemas.ts";
import type { ApiContext } from "./options.ts";
import { Problem } from "./problems.ts";
import type { Answer, ReadRoute } from "./read-route.ts";
import { Name, Revision as RevisionSchema } from "./schemas.ts";

const LIMIT = { min: 1, max: 10_000 };
const LIMIT_DEFAULT = 100;
const action = "read the history of a service";

interface Asked {
  readonly at: number | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly since: Revision;
  readonly limit: number;
}

const Time = Type.String({ description: "ISO 8601 with its zone, or milliseconds since 1970" });
const WallMs = Type.Integer({ description: "Milliseconds since 1970, wall clock" });
const Moves = Type.Array(Type.Object({ id: Type.String(), why: Type.String() }));
const HistoryAnswer = Type.Object({
  revision: RevisionSchema,
  service: Name,
  rememberedFromMs: WallMs,
  at: Type.Optional(Type.Object({ atMs: WallMs, rule: RuleName, answered: Type.Array(Type.String()) })),
  events: Type.Optional(
    Type.Array(
      Type.Object({
        revision: RevisionSchema,
        atMs: WallMs,
        rule: RuleName,
        was: RuleName,
        why: Type.Optional(Type.String()),
        came: Moves,
        left: Moves,
      }),
      { description: "Newest first" },
    ),
  ),
});

/** Who came into the answers of a service and who left them, or who was answered at a time. */
export function historyRoute({ catalog, history }: ApiContext): ReadRoute {
  return {
    url: "/v1/services/:service/history",
    action,
    section: "Explanations",
    query: {
      at: Type.Optional(Time),
      from: Type.Optional(Time),
      until: Type.Optional(Time),
      limit: Type.Optional(Type.Integer({ minimum: LIMIT.min, maximum: LIMIT.max, default: LIMIT_DEFAULT })),
    },
    answer: HistoryAnswer,
    changedAt: ({ params }) => catalog().changedAt(params["service"]),
    read: (call): Answer => {
      const service = call.params["service"]!;
      const asked = readAsked(call);
      const { value: newest } = history.of(service).next();
      if (newest === undefined && !catalog().services.has(service))
        throw new Refusal("not-found", action, `nothing is known of a service "${service}"`);
      const { rememberedFromMs } = history;
      const head = { revision: catalog().revision, service, rememberedFromMs };
      if (asked.at === undefined) return { body: { ...head, events: eventsOf(history.of(service), asked) } };
      const past = history.at(service, catalog(), asked.at);
      if (past === undefined) throw forgotten(asked.at, rememberedFromMs);
      return { body: { ...head, at: { atMs: asked.at, ...past } } };
    },
  };
}

function eventsOf(events: Iterable<HistoryEvent>, { fromMs, untilMs, since, limit }: Asked): HistoryEvent[] {
  const found: HistoryEvent[] = [];
  for (const event of events) {
    if (found.length === limit) break;
    if (event.atMs >= fromMs && event.atMs <= untilMs && event.revision > since) found.push(event);
  }
  return found;
}

function forgotten(atMs: number, fromMs: number): Problem {
  const [at, from] = [atMs, fromMs].map((ms) => new Date(ms).toISOString());
  return new Problem(
    410,
    "not-remembered",
    `Cannot tell who was answered at ${at} as nothing before ${from} is remembered`,
  );
}

function readAsked({ query }: Call): Asked {
  const faults: Fault[] = [];
  const at = timeAt(query, "at", faults);
  const fromMs = timeAt(query, "from", faults) ?? Number.NEGATIVE_INFINITY;
  const untilMs = timeAt(query, "until", faults) ?? Number.POSITIVE_INFINITY;
  const limit =
    query["limit"] === undefined ? LIMIT_DEFAULT : numberAt(asNumber(query["limit"]), "?limit", LIMIT, faults);
  refuseFaults(action, faults);
  // A revision as in every GET, whose form the long poll has checked.
  return { at, fromMs, untilMs, limit: limit!, since: Number(query["since"] ?? 0) };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const TIME_MS_MAX = 8.64e15;

function timeAt(query: Call["query"], name: string, faults: Fault[]): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) : TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (ms <= TIME_MS_MAX) return ms;
  const rule = "must be a time with its zone such as 2026-11-20T03:12:00Z, or milliseconds since 1970";
  faults.push({ path: `?${name}`, message: `${rule}: got ${shown(text)}` });
  return undefined;
}
