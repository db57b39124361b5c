import type { FastifyRequest } from "fastify";
import { NO_PRECONDITION, type Precondition } from "../catalog/draft.ts";
import { type Fault, nameAt, openFields, pointer, shown } from "../catalog/fields.ts";
import { refuseFaults } from "../catalog/refusal.ts";
import { tagAt } from "../catalog/registration.ts";
import type { Revision } from "../catalog/store.ts";

/** What a request says, read out of HTTP, or out of one write of a batch. */
export interface Call {
  /** The names in the path, folded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: unknown;
  readonly precondition: Precondition;
  readonly callerAddress: string;
}

export type Query = Readonly<Record<string, string | undefined>>;

const FREE_NAME = /^(?<prefix>[a-z]+\.).+$/;

/** Reads a request for a route that knows these query parameters. Throws Refusal for names that are none and for others. */
export function callOf(request: FastifyRequest, queryKnown: readonly string[], action: string): Call {
  const faults: Fault[] = [];
  const call = {
    params: readParams(request.params as Record<string, string>, faults),
    query: readQuery(request.query as Record<string, unknown>, queryKnown, faults),
    body: request.body,
    precondition: readPrecondition(request.headers["if-match"], request.headers["if-none-match"], faults),
    callerAddress: request.ip,
  };
  refuseFaults(action, faults);
  return call;
}

export function readParams(params: Readonly<Record<string, string>>, faults: Fault[]): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [param, value] of Object.entries(params)) {
    const path = pointer("", param);
    names[param] = (param === "tag" ? tagAt(value, path, faults) : nameAt(value, path, faults)) ?? "";
  }
  return names;
}

/** Reads query parameters; of the known ones `meta.*` stands for each that begins so and goes on. */
export function readQuery(query: Readonly<Record<string, unknown>>, known: readonly string[], faults: Fault[]): Query {
  const free = Object.keys(query).filter((name) => known.includes(name.replace(FREE_NAME, "$<prefix>*")));
  const { values } = openFields({ ...query }, "?", [...known, ...free], faults);
  for (const [name, value] of Object.entries(values))
    if (Array.isArray(value)) faults.push({ path: `?${name}`, message: `must be given once: got ${shown(value)}` });
  return values as Query;
}

/** A parameter that is on when it says "true", or nothing. */
export function flagOf(query: Query, name: string, action: string): boolean {
  const value = query[name];
  if (value === "true" || value === "") return true;
  if (value !== undefined && value !== "false")
    refuseFaults(action, [{ path: `?${name}`, message: `must be true or false: got ${shown(value)}` }]);
  return false;
}

/** A number in a query parameter, as the readers of JSON fields want it. */
export function asNumber(text: string | undefined): unknown {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The precondition of a write (RFC 9110 §13.1): quoted or bare revisions, lists of them, or "*". */
function readPrecondition(ifMatch: string | undefined, ifNoneMatch: string | undefined, faults: Fault[]): Precondition {
  if (ifMatch === undefined) return ifNoneMatch?.trim() === "*" ? { kind: "absent" } : NO_PRECONDITION;
  if (ifMatch.trim() === "*") return { kind: "exists" };
  const revisions = revisionsOf(ifMatch);
  if (revisions.length === 0)
    faults.push({ path: "If-Match", message: `must be a revision, a list of them or *: got ${shown(ifMatch)}` });
  return { kind: "revisions", revisions };
}

/** The revisions in a list of entity tags. */
export function revisionsOf(tags: string): readonly Revision[] {
  return tags
    .split(",")
    .map((tag) => /^(?:W\/)?"?(\d+)"?$/.exec(tag.trim())?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number);
}

export function entityTag(revision: Revision): string {
  return `"${revision}"`;
}
