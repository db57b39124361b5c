import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import type { Fault } from "../catalog/fields.ts";
import { Refusal } from "../catalog/refusal.ts";
import { StoreError } from "../catalog/store.ts";
import type { ApiOptions } from "./options.ts";
import { paramsOf } from "./paths.ts";

/** Why a request is answered with an error: what becomes a problem document (RFC 9457 §3). */
export class Problem extends Error {
  readonly status: number;
  /** Ends the problem's `type`. */
  readonly code: string;
  readonly faults: readonly Fault[];
  /** Further members of the document (RFC 9457 §3.2). */
  readonly extension: object;

  constructor(status: number, code: string, message: string, faults: readonly Fault[] = [], extension: object = {}) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.faults = faults;
    this.extension = extension;
  }
}

const STATUS_OF_REFUSAL: Readonly<Record<Refusal["code"], number>> = {
  invalid: 400,
  "not-found": 404,
  conflict: 409,
  "precondition-failed": 412,
  unavailable: 503,
};

/** Answers every error as `application/problem+json`. */
export function answerProblems(app: FastifyInstance, log: ApiOptions["log"]): void {
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error, log));
}

/** Answers what no route takes: 405 where another method would be, else 404. */
export function noSuchRoute(app: FastifyInstance): void {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    methodsByUrl.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0]!;
    const methods = [...methodsByUrl].flatMap(([url, known]) => (paramsOf(url, path) === undefined ? [] : [...known]));
    if (methods.length === 0)
      return sendProblem(reply, new Problem(404, "no-such-path", `Cannot find ${path}: GET /docs lists what there is`));
    const allowed = [...new Set(methods)].sort().join(", ");
    reply.header("allow", allowed);
    const detail = `Cannot ${request.method} ${path} as it takes only ${allowed}`;
    return sendProblem(reply, new Problem(405, "method-not-allowed", detail));
  });
}

export function sendProblem(reply: FastifyReply, error: unknown, log?: ApiOptions["log"]): FastifyReply {
  const { status, code, message, faults, extension } = problemOf(error);
  if (status === 500) log?.error({ err: error }, "a request failed");
  if (status === 503) log?.warn({ err: error }, "a request cannot be served");
  const type = `urn:muster:problem:${code}`;
  const document = { type, title: STATUS_CODES[status], status, detail: message, errors: faults, ...extension };
  // As bytes, since to text of a JSON type fastify adds a charset parameter, which this type has not (RFC 9457 §7).
  return reply
    .code(status)
    .header("content-type", "application/problem+json")
    .send(Buffer.from(JSON.stringify(document)));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal)
    return new Problem(STATUS_OF_REFUSAL[error.code], error.code, error.message, error.faults);
  if (error instanceof StoreError) return new Problem(503, codeText(error.code), error.message);
  const { statusCode: status = 500, message } = error as FastifyError;
  const code = codeText(STATUS_CODES[status] ?? "refused");
  if (status === 413) return new Problem(status, code, "Cannot read the request as its body must have at most 1 MiB");
  if (status < 500) return new Problem(status, code, `Cannot read the request as HTTP demands otherwise: ${message}`);
  return new Problem(500, code, "Cannot answer as the server made a mistake, which is in its log");
}

function codeText(code: string): string {
  return code.toLowerCase().replaceAll(/[_ ]/g, "-");
}
