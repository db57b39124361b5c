import type { FastifySchema } from "fastify";
import Type, { type TSchema } from "typebox";
import { RULES } from "../catalog/rule.ts";
import { Name, Revision, State } from "./schemas.ts";

export interface Description {
  readonly url: string;
  readonly action: string;
  readonly section: string;
  readonly answer: TSchema;
  /** The answer with 201, where something may come into being. */
  readonly created?: TSchema;
  readonly headers?: TSchema;
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly body?: TSchema;
}

/** The schema of a route, with the parameters of its path and the problems it may answer. */
export function describe({ url, action, section, answer, created, headers, query, body }: Description): FastifySchema {
  const params = url.split("/").flatMap((segment) => (segment.startsWith(":") ? [segment.slice(1)] : []));
  const problem = {
    description: "Why not",
    content: { "application/problem+json": { schema: ProblemDocument } },
  };
  return {
    summary: action[0]!.toUpperCase() + action.slice(1),
    tags: [section],
    ...(params.length > 0 && { params: Type.Object(Object.fromEntries(params.map((param) => [param, Name]))) }),
    ...(query !== undefined && { querystring: Type.Object(query) }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body }),
    response: { 200: answer, ...(created !== undefined && { 201: created }), "4xx": problem, "5xx": problem },
  };
}

/** What a write would do: of a dry run, also of one that is refused but may be forced. */
const EffectProperties = {
  instances: Type.Optional(
    Type.Array(Type.Object({ id: Name, state: Type.Optional(State), becomes: Type.Optional(State) }), {
      description: "Those that would change; with becomes left out they would be deregistered",
    }),
  ),
  answered: Type.Optional(
    Type.Object({ now: Type.Integer(), afterwards: Type.Integer(), rule: Type.Enum([...RULES]) }),
  ),
};

const ProblemDocument = Type.Object({
  type: Type.String({ description: "urn:muster:problem:… and a code" }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: "Cannot <action> as <reason>" }),
  errors: Type.Array(
    Type.Object({
      path: Type.String({ description: "JSON pointer into the body, or ?name of a query parameter" }),
      message: Type.String(),
    }),
  ),
  ...EffectProperties,
});

export const Committed = Type.Object(
  { revision: Revision },
  { description: "Durable, and answered by this server's DNS" },
);

/** Of a write that can be tried out. */
export const Tried = Type.Object({
  ...Committed.properties,
  dryRun: Type.Optional(Type.Boolean({ description: "Nothing was written: this is what it would do" })),
  ...EffectProperties,
});

export const PreconditionHeaders = Type.Object({
  "if-match": Type.Optional(Type.String({ description: "Revisions of the item, or *: 412 when it stands at another" })),
  "if-none-match": Type.Optional(Type.String({ description: "*: 412 when the item exists" })),
});

export const LongPollQuery = {
  wait: Type.Optional(Type.Number({ minimum: 0, maximum: 300, description: "Seconds to wait for a change" })),
  since: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: "Waits for changes after this: the Muster-Revision of an answer; else now",
    }),
  ),
};
